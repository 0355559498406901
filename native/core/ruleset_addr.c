/* ruleset_addr.c -- the rule that decides for an address.
 *
 * The compiler has worked wider networks into narrower ones and takes a wider
 * one up again behind each inside it: the last entry at or before an
 * address covers it, or no network does. */
#include "ruleset_addr.h"

static inline bool shares_prefix(address_key a, address_key b, unsigned width, unsigned bits) {
  unsigned first = width == 4 ? 32 : 64;
  if (bits > width * 8) return false;
  if (bits < first) return !bits || (a.high ^ b.high) >> (first - bits) == 0;
  return a.high == b.high && (bits == first || (a.low ^ b.low) >> (128 - bits) == 0);
}

/* The verdict of the entry that covers `key`, its number and length; NULL when none does. */
static inline const uint8_t *find_in(const weir_ruleset *r, unsigned table, unsigned width,
                                     uint32_t from, uint32_t to, address_key key, weir_match *out) {
  if (from >= to) return NULL;
  uint32_t i = last_not_above(r->keys[table], width, width, from, to, key);
  address_key found = key_at(r->keys[table] + (size_t)i * width, width);
  const uint8_t *meta = ruleset_meta(r, table, i);
  if (!not_above(found, key) || !shares_prefix(found, key, width, meta[0])) return NULL;
  const uint8_t *verdict = ruleset_verdict(r, meta + 1);
  if (!verdict) return NULL;
  uint32_t rule = r->name_count + i;
  for (unsigned t = 0; t < table; t++) rule += r->prefix_count[t];
  *out = ruleset_match_of(rule, verdict, meta[0]);
  return verdict;
}

static const uint8_t *find_ipv4(const weir_ruleset *r, uint32_t addr, weir_match *out) {
  uint32_t count = r->prefix_count[RULESET_IPV4];
  if (!count) return NULL;
  const uint8_t *bucket = r->index4 + ((uint64_t)addr >> (32 - r->index4_bits)) * 4;
  uint32_t from = load_le32(bucket), to = load_le32(bucket + 4);
  if (to > count || from > to) return NULL;
  if (from) from--; /* one that began in an earlier bucket may reach into this one */
  return find_in(r, RULESET_IPV4, 4, from, to, (address_key){addr, 0}, out);
}

/* Any network of more than 64 bits is longer than every other one. */
static const uint8_t *find_ipv6(const weir_ruleset *r, address_key key, weir_match *out) {
  const uint8_t *verdict =
      find_in(r, RULESET_IPV6_LONG, 16, 0, r->prefix_count[RULESET_IPV6_LONG], key, out);
  key.low = 0;
  return verdict ? verdict
                 : find_in(r, RULESET_IPV6, 8, 0, r->prefix_count[RULESET_IPV6], key, out);
}

bool weir_ruleset_match_addr(const weir_ruleset *rules, const weir_addr *addr, weir_match *out) {
  address_key key = address_key_of(addr);
  const uint8_t *verdict = ruleset_is_mapped(addr) ? find_ipv4(rules, (uint32_t)key.low, out)
                                                   : find_ipv6(rules, key, out);
  bool spoke = verdict && verdict[0] != WEIR_ACTION_NONE;
  if (spoke && rules->alias_count) ruleset_put_decider(rules, out);
  if (!rules->pattern_count) return spoke;
  char text[RULESET_ADDRESS_MAX];
  weir_bytes bytes = {(const uint8_t *)text, ruleset_address_text(addr, text)};
  return ruleset_join_patterns(rules, bytes, false, spoke, verdict ? verdict[2] : 0, out);
}
