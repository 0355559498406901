/* ruleset_addr.c -- the rule that decides for an address.
 *
 * The compiler has worked wider networks into narrower ones and takes a wider
 * one up again behind each inside it: the last entry at or before an
 * address covers it, or no network does. */
#include <string.h>

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
  return a.high < b.high || (a.high == b.high && a.low <= b.low);
}

/* Number of the last of the keys [from, to) not above `key`; from <= to <= count.  `from` when
 * there is none. */
static inline uint32_t last_not_above(const uint8_t *keys, unsigned width, uint32_t from,
                                      uint32_t to, address_key key) {
  for (uint32_t n = to - from; n > 1;) {
    uint32_t half = n / 2;
    from = not_above(key_at(keys + (size_t)(from + half) * width, width), key) ? from + half : from;
    n -= half;
  }
  return from;
}

static inline bool shares_prefix(address_key a, address_key b, unsigned width, unsigned bits) {
  unsigned first = width == 4 ? 32 : 64;
  if (bits > width * 8) return false;
  if (bits < first) return !bits || (a.high ^ b.high) >> (first - bits) == 0;
  return a.high == b.high && (bits == first || (a.low ^ b.low) >> (128 - bits) == 0);
}

static inline bool match_in(const weir_ruleset *r, unsigned table, unsigned width, uint32_t from,
                            uint32_t to, address_key key, weir_match *out) {
  if (from >= to) return false;
  uint32_t i = last_not_above(r->keys[table], width, from, to, key);
  address_key found = key_at(r->keys[table] + (size_t)i * width, width);
  const uint8_t *meta = ruleset_meta(r, table, i);
  if (!not_above(found, key) || !shares_prefix(found, key, width, meta[0])) return false;
  const uint8_t *verdict = ruleset_verdict(r, meta + 1);
  if (!verdict || verdict[0] == WEIR_ACTION_NONE) return false;
  uint32_t rule = r->name_count + i;
  for (unsigned t = 0; t < table; t++) rule += r->prefix_count[t];
  *out = (weir_match){rule, verdict[0], meta[0], (uint16_t)load_le16(verdict + 4)};
  return true;
}

static bool match_ipv4(const weir_ruleset *r, uint32_t addr, weir_match *out) {
  uint32_t count = r->prefix_count[RULESET_IPV4];
  const uint8_t *bucket = r->index4 + ((uint64_t)addr >> (32 - r->index4_bits)) * 4;
  uint32_t from = load_le32(bucket), to = load_le32(bucket + 4);
  if (to > count || from > to) return false;
  if (from) from--; /* one that began in an earlier bucket may reach into this one */
  return match_in(r, RULESET_IPV4, 4, from, to, (address_key){addr, 0}, out);
}

static uint64_t load_be64(const uint8_t *p) {
  uint64_t v = 0;
  for (unsigned i = 0; i < 8; i++) v = v << 8 | p[i];
  return v;
}

bool weir_ruleset_match_addr(const weir_ruleset *rules, const weir_addr *addr, weir_match *out) {
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  uint64_t high = load_be64(addr->octets), low = load_be64(addr->octets + 8);
  if (!memcmp(addr->octets, mapped, sizeof mapped)) {
    return rules->prefix_count[RULESET_IPV4] && match_ipv4(rules, (uint32_t)low, out);
  }
  /* Any network of more than 64 bits is longer than every other one. */
  return match_in(rules, RULESET_IPV6_LONG, 16, 0, rules->prefix_count[RULESET_IPV6_LONG],
                  (address_key){high, low}, out) ||
         match_in(rules, RULESET_IPV6, 8, 0, rules->prefix_count[RULESET_IPV6],
                  (address_key){high, 0}, out);
}
