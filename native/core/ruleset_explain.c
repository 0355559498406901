/* ruleset_explain.c -- every rule that speaks for a name or an address, in order.
 *
 * The rule that decides comes from the look-up.  The others are found one name,
 * one network at a time: RULESET.md says where each of them is told. */
#include <string.h>

#include "ruleset_addr.h"

#define PLACE_MAX 256u /* rules told of one name or network */
#define OFF_MAX   32u  /* rules that are off for a name, known at a time */

typedef struct explanation {
  const weir_ruleset *rules;
  weir_match *out;
  size_t max, kept, spoke;
  uint32_t decider_line; /* out[0], when there is room: told once */
  uint8_t decider_depth;
  bool has_decider;
  uint32_t off[OFF_MAX]; /* lines */
  unsigned off_count;
} explanation;

/* By rank, the more specific first, exact before below, then lists and lines. */
static bool is_before(const weir_ruleset *r, const weir_match *a, uint32_t line,
                      const weir_match *b) {
  if (a->rank != b->rank) return a->rank < b->rank;
  if (a->depth != b->depth) return a->depth > b->depth;
  bool a_exact = !(a->flags & WEIR_MATCH_BELOW), b_exact = !(b->flags & WEIR_MATCH_BELOW);
  if (a_exact != b_exact) return a_exact;
  return line < ruleset_line(r, b->rule);
}

/* Which was told first. */
static bool is_decider(const explanation *x, uint32_t line, unsigned depth) {
  return x->has_decider && line == x->decider_line && depth == x->decider_depth;
}

static void tell(explanation *x, weir_match m, uint32_t line) {
  if (!line || m.action == WEIR_ACTION_NONE) return;
  if (is_decider(x, line, m.depth)) return;
  for (unsigned i = 0; i < x->off_count; i++)
    if (x->off[i] == line) return;
  for (size_t i = 0; i < x->kept; i++) /* patterns come again, and anything in a damaged file */
    if (x->out[i].rule == m.rule) return;
  m.categories = ruleset_line_category(x->rules, line);
  x->spoke++;
  size_t at = x->kept, first = x->has_decider;
  while (at > first && is_before(x->rules, &m, line, &x->out[at - 1])) at--;
  if (at >= x->max) return;
  if (x->kept < x->max) x->kept++;
  memmove(&x->out[at + 1], &x->out[at], (x->kept - at - 1) * sizeof m);
  x->out[at] = m;
}

static explanation explanation_of(const weir_ruleset *r, bool spoke, const weir_match *decider,
                                  weir_match *out, size_t max) {
  explanation x = {.rules = r, .out = out, .max = max};
  if (!spoke) return x;
  x.spoke = 1;
  x.has_decider = true;
  x.decider_line = ruleset_line(r, decider->rule);
  x.decider_depth = decider->depth;
  if (max) out[x.kept++] = *decider;
  return x;
}

static weir_match match_of_rank(uint32_t rule, unsigned rank, unsigned depth, unsigned scope) {
  return (weir_match){.rule = rule,
                      .action = ruleset_rank_action(rank),
                      .rank = (uint8_t)rank,
                      .depth = (uint8_t)depth,
                      .flags = (uint8_t)scope};
}

/* ---- names ------------------------------------------------------------------- */

/* The further rules of a slot: the first, and how many, PLACE_MAX at most. */
static uint32_t further_of(const weir_ruleset *r, uint32_t slot, uint32_t *first) {
  uint32_t count = 0, n = r->further_count;
  for (*first = 0; n > 0;) { /* the first that is not below `slot` */
    uint32_t half = n / 2;
    bool below = load_le32(r->further + (size_t)(*first + half) * RULESET_FURTHER_LEN) < slot;
    if (below) *first += half + 1;
    n = below ? n - half - 1 : half;
  }
  while (count < PLACE_MAX && *first + count < r->further_count &&
         load_le32(r->further + (size_t)(*first + count) * RULESET_FURTHER_LEN) == slot)
    count++;
  return count;
}

static ruleset_packed further_at(const weir_ruleset *r, uint32_t i) {
  return ruleset_unpack(r->further + (size_t)i * RULESET_FURTHER_LEN + 4);
}

/* One name above the one asked for, or that itself. */
typedef struct place {
  explanation *x;
  const uint32_t *slots;
  unsigned count, depth;
  uint8_t scope;                         /* for whom a rule must speak */
  uint32_t own_lines[RULESET_SLOTS_MAX]; /* what its entries have told */
  unsigned own_count;
} place;

static bool is_own(const place *p, uint32_t line) {
  for (unsigned i = 0; i < p->own_count; i++)
    if (p->own_lines[i] == line) return true;
  return false;
}

/* Whether an earlier slot of the name has the same further rule. */
static bool was_told(const place *p, unsigned slots, ruleset_packed rule) {
  for (unsigned s = 0; s < slots; s++) {
    uint32_t first, n = further_of(p->x->rules, p->slots[s], &first);
    for (uint32_t i = first; i < first + n; i++) {
      ruleset_packed other = further_at(p->x->rules, i);
      if (other.line == rule.line && other.scope & p->scope) return true;
    }
  }
  return false;
}

static void note_off(place *p) {
  const weir_ruleset *r = p->x->rules;
  for (unsigned s = 0; s < p->count; s++) {
    uint32_t first, n = further_of(r, p->slots[s], &first);
    for (uint32_t i = first; i < first + n; i++) {
      ruleset_packed rule = further_at(r, i);
      if (!rule.scope && p->x->off_count < OFF_MAX) p->x->off[p->x->off_count++] = rule.line;
    }
  }
}

static void tell_entry(place *p, uint32_t entry) {
  const weir_ruleset *r = p->x->rules;
  weir_match m;
  uint32_t line = ruleset_line(r, entry);
  if (is_decider(p->x, line, p->depth)) return; /* mostly so: what else it is need not be known */
  if (!weir_ruleset_rule(r, entry, &m) || !(m.flags & p->scope)) return;
  if (ruleset_decider(r, entry) != entry) return; /* has no rule of its own */
  if (is_own(p, line)) return;
  p->own_lines[p->own_count++] = line;
  m.depth = (uint8_t)p->depth;
  m.flags &= WEIR_MATCH_SELF | WEIR_MATCH_BELOW;
  tell(p->x, m, line);
}

static void tell_further(place *p, unsigned s) {
  const weir_ruleset *r = p->x->rules;
  uint32_t first, n = further_of(r, p->slots[s], &first);
  uint32_t base = ruleset_first_of(r, RULESET_KIND_FURTHER);
  for (uint32_t i = first; i < first + n; i++) {
    ruleset_packed rule = further_at(r, i);
    if (!(rule.scope & p->scope) || is_own(p, rule.line) || was_told(p, s, rule)) continue;
    tell(p->x, match_of_rank(base + i, rule.rank, p->depth, rule.scope), rule.line);
  }
}

static void tell_name(void *context, const uint32_t *slots, unsigned count, unsigned depth,
                      bool whole) {
  place p = {.x = context,
             .slots = slots,
             .count = count,
             .depth = depth,
             .scope = whole ? RULESET_SELF : RULESET_BELOW};
  note_off(&p);
  for (unsigned i = 0; i < count; i++)
    if (slots[i] < p.x->rules->name_count) tell_entry(&p, slots[i]);
  for (unsigned i = 0; i < count; i++) tell_further(&p, i);
}

/* ---- patterns ---------------------------------------------------------------------- */

typedef struct patterns_told {
  explanation *x;
  bool is_name;
  uint32_t last; /* a pattern told again at once is told once */
} patterns_told;

static void tell_pattern(void *context, uint32_t number) {
  patterns_told *told = context;
  explanation *x = told->x;
  ruleset_pattern pattern;
  if (number == told->last || !ruleset_pattern_info(x->rules, number, &pattern)) return;
  if (pattern.specific && !told->is_name) return; /* such lists have patterns for names only */
  told->last = number;
  uint32_t rule = ruleset_first_of(x->rules, RULESET_KIND_PATTERN) + number;
  tell(x, match_of_rank(rule, pattern.rank, 0, 0), pattern.line);
}

static void tell_patterns(explanation *x, weir_bytes text, bool is_name) {
  patterns_told told = {x, is_name, UINT32_MAX};
  if (x->rules->pattern_count) ruleset_match_patterns(x->rules, text, tell_pattern, &told);
}

size_t ruleset_explain_decided(const weir_ruleset *rules, weir_bytes name,
                               const weir_match *decider, weir_match *out, size_t max) {
  explanation x = explanation_of(rules, decider != NULL, decider, out, max);
  ruleset_walk_name(rules, name, tell_name, &x);
  tell_patterns(&x, name, true);
  return x.spoke;
}

size_t weir_ruleset_explain_name(const weir_ruleset *rules, weir_bytes name, weir_match *out,
                                 size_t max) {
  weir_match decider;
  if (!name.len || name.len > WEIR_NAME_MAX) return 0;
  bool spoke = weir_ruleset_match_name(rules, name, &decider);
  if (!spoke && !ruleset_name_valid(name.base, name.len)) return 0;
  return ruleset_explain_decided(rules, name, spoke ? &decider : NULL, out, max);
}

/* ---- addresses ------------------------------------------------------------------------ */

static address_key masked(address_key key, unsigned width, unsigned bits) {
  unsigned first = width == 4 ? 32 : 64;
  if (bits < first) {
    key.high = bits ? key.high >> (first - bits) << (first - bits) : 0;
    key.low = 0;
  } else if (width == 16 && bits < 128) {
    key.low = bits > 64 ? key.low >> (128 - bits) << (128 - bits) : 0;
  }
  return key;
}

static bool same_key(address_key a, address_key b) { return a.high == b.high && a.low == b.low; }

/* The entry that begins where the network does and has its length; returns its line, 0 when none. */
static uint32_t tell_network_entry(explanation *x, unsigned table, address_key key, unsigned bits) {
  const weir_ruleset *r = x->rules;
  uint32_t i = ruleset_last_network(r, table, key);
  if (i == RULESET_NO_NETWORK || !same_key(ruleset_network_key(r, table, i), key)) return 0;
  const uint8_t *verdict = ruleset_network_verdict(r, table, i);
  if (!verdict || ruleset_network_bits(verdict) != bits) return 0;
  uint32_t rule = ruleset_first_of(r, (ruleset_kind)(RULESET_KIND_IPV4 + table)) + i, line;
  weir_match m;
  if (ruleset_decider(r, rule) != rule || !weir_ruleset_rule(r, rule, &m)) return 0;
  m.flags = 0;
  line = ruleset_line(r, rule);
  tell(x, m, line);
  return line;
}

/* The rules of sections 20 or 21 for just this network. `own`: the line that an entry has told. */
static void tell_lost(explanation *x, unsigned which, address_key key, unsigned bits,
                      uint32_t own) {
  const weir_ruleset *r = x->rules;
  const unsigned width = which ? 16 : 4, len = which ? RULESET_LOST6_LEN : RULESET_LOST4_LEN;
  uint32_t base = ruleset_first_of(r, which ? RULESET_KIND_LOST6 : RULESET_KIND_LOST4), first = 0;
  for (uint32_t n = r->lost_count[which]; n > 0;) { /* the first not below the network */
    uint32_t half = n / 2;
    const uint8_t *at = r->lost[which] + (size_t)(first + half) * len;
    address_key found = key_at(at, width);
    bool below = same_key(found, key) ? at[width + 4] < bits : not_above(found, key);
    if (below) first += half + 1;
    n = below ? n - half - 1 : half;
  }
  for (uint32_t i = first; i < r->lost_count[which] && i - first < PLACE_MAX; i++) {
    const uint8_t *at = r->lost[which] + (size_t)i * len;
    if (!same_key(key_at(at, width), key) || at[width + 4] != bits) return;
    ruleset_packed rule = ruleset_unpack(at + width);
    if (rule.line != own) tell(x, match_of_rank(base + i, rule.rank, bits, 0), rule.line);
  }
}

static void tell_networks(explanation *x, const weir_addr *addr) {
  address_key key = address_key_of(addr);
  bool is_ipv4 = ruleset_is_mapped(addr);
  if (is_ipv4) key = (address_key){(uint32_t)key.low, 0};
  for (unsigned bits = is_ipv4 ? 32 : 128;; bits--) {
    address_key network = masked(key, is_ipv4 ? 4 : 16, bits);
    unsigned table = is_ipv4 ? RULESET_IPV4 : bits > 64 ? RULESET_IPV6_LONG : RULESET_IPV6;
    uint32_t own = tell_network_entry(x, table, network, bits);
    tell_lost(x, !is_ipv4, network, bits, own);
    if (!bits) return;
  }
}

size_t weir_ruleset_explain_addr(const weir_ruleset *rules, const weir_addr *addr, weir_match *out,
                                 size_t max) {
  weir_match decider;
  char text[RULESET_ADDRESS_MAX];
  bool spoke = weir_ruleset_match_addr(rules, addr, &decider);
  explanation x = explanation_of(rules, spoke, &decider, out, max);
  tell_networks(&x, addr);
  tell_patterns(&x, (weir_bytes){(const uint8_t *)text, ruleset_address_text(addr, text)}, false);
  return x.spoke;
}
