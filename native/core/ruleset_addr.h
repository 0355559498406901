/* ruleset_addr.h -- addresses as keys of sorted tables. */
#ifndef WEIR_RULESET_ADDR_H
#define WEIR_RULESET_ADDR_H

#include "ruleset.h"

typedef struct address_key {
  uint64_t high, low; /* IPv4: in `high`, 32 bits; low only for 16-byte keys */
} address_key;

static inline address_key key_at(const uint8_t *at, unsigned width) {
  address_key key = {width == 4 ? load_le32(at) : load_le64(at), 0};
  if (width == 16) key.low = load_le64(at + 8);
  return key;
}

static inline bool not_above(address_key a, address_key b) {
  return (a.high < b.high) | ((a.high == b.high) & (a.low <= b.low));
}

/* How many parts a step of a search looks at: that many loads at once take hardly longer than one. */
#define SEARCH_PARTS 8u

/* Number of the last of the records [from, to) whose key is not above `key`; `from` when there is
 * none. from <= to <= count. */
static inline uint32_t last_not_above(const uint8_t *keys, unsigned width, uint32_t stride,
                                      uint32_t from, uint32_t to, address_key key) {
  uint32_t n = to - from;
  while (n >= SEARCH_PARTS) {
    uint32_t part = n / SEARCH_PARTS, below = 0;
    const uint8_t *at = keys + (size_t)from * stride;
    size_t step = (size_t)part * stride;
    for (unsigned i = 1; i < SEARCH_PARTS; i++)
      below += not_above(key_at(at + i * step, width), key);
    from += below * part;
    n = below == SEARCH_PARTS - 1 ? n - below * part : part;
  }
  for (uint32_t i = from + 1, end = from + n; i < end; i++)
    from += not_above(key_at(keys + (size_t)i * stride, width), key);
  return from;
}

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
