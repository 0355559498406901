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

/* Number of the last of the records [from, to) whose key is not above `key`; `from` when there is
 * none. from <= to <= count.  Four ways a step: three loads at once take as long as one. */
static inline uint32_t last_not_above(const uint8_t *keys, unsigned width, uint32_t stride,
                                      uint32_t from, uint32_t to, address_key key) {
  uint32_t n = to - from;
  while (n > 3) {
    uint32_t quarter = n / 4;
    const uint8_t *at = keys + (size_t)from * stride;
    size_t step = (size_t)quarter * stride;
    uint32_t below = (uint32_t)not_above(key_at(at + step, width), key) +
                     (uint32_t)not_above(key_at(at + 2 * step, width), key) +
                     (uint32_t)not_above(key_at(at + 3 * step, width), key);
    from += below * quarter;
    n = below == 3 ? n - 3 * quarter : quarter;
  }
  for (uint32_t i = from + 1, end = from + n; i < end; i++)
    from += not_above(key_at(keys + (size_t)i * stride, width), key);
  return from;
}

static inline uint64_t load_be64(const uint8_t *p) {
  uint64_t v = 0;
  for (unsigned i = 0; i < 8; i++) v = v << 8 | p[i];
  return v;
}

/* IPv4 is in `low`. */
static inline address_key address_key_of(const weir_addr *addr) {
  return (address_key){load_be64(addr->octets), load_be64(addr->octets + 8)};
}

#endif
