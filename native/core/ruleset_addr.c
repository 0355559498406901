/* ruleset_addr.c -- the rule that decides for an address.
 *
 * The compiler has worked wider networks into narrower ones and takes a wider
 * one up again behind each inside it: the last entry at or before an
 * address covers it, or no network does. */
#include "ruleset_addr.h"

/* Number of the last of the keys [from, to) that is not above `key`, or `from`.  Halved without a branch: nobody
 * knows which half it is, and a wrong guess takes as long as a few halves. */
static inline uint32_t last_not_above(const uint8_t *keys, unsigned width, uint32_t from,
                                      uint32_t to, address_key key) {
  const uint8_t *at = keys + (size_t)from * width;
  for (uint32_t n = to - from; n > 1;) {
    uint32_t half = n / 2;
    const uint8_t *middle = at + (size_t)half * width;
    at = UNPREDICTABLE(not_above(key_at(middle, width), key)) ? middle : at;
    n -= half;
  }
  return (uint32_t)((size_t)(at - keys) / width);
}

uint32_t ruleset_last_network(const weir_ruleset *r, unsigned table, address_key key) {
  const uint8_t *keys = r->keys[table];
  if (!r->prefix_count[table]) return RULESET_NO_NETWORK;
  uint64_t cell = (key.high - ruleset_network_key(r, table, 0).high) >> r->cell_bits[table];
  if (cell >= r->cell_count[table]) cell = r->cell_count[table] - 1;
  const uint8_t *at = r->cells[table] + cell * 4;
  uint32_t from = load_le32(at), to = load_le32(at + 4);
  if (from > to || to > r->prefix_count[table]) return RULESET_NO_NETWORK;
  from -= from > 0; /* one that began in an earlier cell may reach into this one */
  switch (table) {
    case RULESET_IPV4: return last_not_above(keys, 4, from, to, key);
    case RULESET_IPV6: return last_not_above(keys, 8, from, to, key);
    default: return last_not_above(keys, 16, from, to, key);
  }
}

static inline bool shares_prefix(address_key a, address_key b, unsigned width, unsigned bits) {
  unsigned first = width == 4 ? 32 : 64;
  if (bits > width * 8) return false;
  if (bits < first) return !bits || (a.high ^ b.high) >> (first - bits) == 0;
  return a.high == b.high && (bits == first || (a.low ^ b.low) >> (128 - bits) == 0);
}

/* The verdict of the entry that covers `key`, its number and length; NULL when none does. */
static inline const uint8_t *find_in(const weir_ruleset *r, unsigned table, address_key key,
                                     weir_match *out) {
  uint32_t i = ruleset_last_network(r, table, key);
  if (i == RULESET_NO_NETWORK) return NULL;
  const uint8_t *verdict = ruleset_network_verdict(r, table, i);
  if (!verdict || !shares_prefix(ruleset_network_key(r, table, i), key, ruleset_key_width(table),
                                 ruleset_network_bits(verdict)))
    return NULL;
  uint32_t rule = r->name_count + i;
  for (unsigned t = 0; t < table; t++) rule += r->prefix_count[t];
  *out = ruleset_match_of(rule, verdict, ruleset_network_bits(verdict));
  return verdict;
}

static const uint8_t *find_ipv4(const weir_ruleset *r, address_key key, weir_match *out) {
  return find_in(r, RULESET_IPV4, (address_key){(uint32_t)key.low, 0}, out);
}

/* Any network of more than 64 bits is longer than every other one. */
static const uint8_t *find_ipv6(const weir_ruleset *r, address_key key, weir_match *out) {
  const uint8_t *verdict = find_in(r, RULESET_IPV6_LONG, key, out);
  return verdict ? verdict : find_in(r, RULESET_IPV6, (address_key){key.high, 0}, out);
}

bool weir_ruleset_match_addr(const weir_ruleset *rules, const weir_addr *addr, weir_match *out) {
  address_key key = address_key_of(addr);
  const uint8_t *verdict =
      ruleset_is_mapped(addr) ? find_ipv4(rules, key, out) : find_ipv6(rules, key, out);
  bool spoke = verdict && verdict[0] != WEIR_ACTION_NONE;
  if (spoke && rules->alias_count) ruleset_put_decider(rules, out);
  if (!rules->pattern_count) return spoke;
  char text[RULESET_ADDRESS_MAX];
  weir_bytes bytes = {(const uint8_t *)text, ruleset_address_text(addr, text)};
  return ruleset_join_patterns(rules, bytes, false, spoke, verdict ? verdict[2] : 0, out);
}
