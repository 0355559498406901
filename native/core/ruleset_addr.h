/* ruleset_addr.h -- addresses as keys of sorted tables. */
#ifndef WEIR_RULESET_ADDR_H
#define WEIR_RULESET_ADDR_H

#include "ruleset.h"

/* A condition that is as often true as not: gcc makes no branch of it anyway. */
#ifdef __clang__
#define UNPREDICTABLE(condition) __builtin_unpredictable(condition)
#else
#define UNPREDICTABLE(condition) (condition)
#endif

typedef struct address_key {
  uint64_t high, low; /* IPv4: in `high`, 32 bits; low only for 16-byte keys */
} address_key;

static inline address_key key_at(const uint8_t *at, unsigned width) {
  address_key key = {width == 4 ? load_le32(at) : load_le64(at), 0};
  if (width == 16) key.low = load_le64(at + 8);
  return key;
}

/* One comparison, where there are numbers of 128 bits: of two, compilers make branches. */
static inline bool not_above(address_key a, address_key b) {
#ifdef __SIZEOF_INT128__
  __extension__ typedef unsigned __int128 wide;
  return ((wide)a.high << 64 | a.low) <= ((wide)b.high << 64 | b.low);
#else
  return (a.high < b.high) | ((a.high == b.high) & (a.low <= b.low));
#endif
}

#define RULESET_NO_NETWORK UINT32_MAX

static inline address_key ruleset_network_key(const weir_ruleset *r, unsigned table,
                                              uint32_t entry) {
  const unsigned width = ruleset_key_width(table);
  return key_at(r->keys[table] + (size_t)entry * width, width);
}

/* Number of the last entry of a table that does not begin above `key`: of one below all of them anything, and
 * RULESET_NO_NETWORK when the table is empty or damaged. */
uint32_t ruleset_last_network(const weir_ruleset *r, unsigned table, address_key key);

static inline uint32_t load_be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t load_be64(const uint8_t *p) {
  return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

/* IPv4 is in `low`. */
static inline address_key address_key_of(const weir_addr *addr) {
  return (address_key){load_be64(addr->octets), load_be64(addr->octets + 8)};
}

#endif
