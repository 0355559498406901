/* ruleset_rule.c -- a rule by its number: what it says, and its text for people to read. */
#include <string.h>

#include "ruleset.h"

uint8_t ruleset_rank_action(unsigned rank) {
  static const uint8_t actions[RULESET_NO_RANK] = {
      WEIR_ACTION_ALLOW, WEIR_ACTION_WARN, WEIR_ACTION_BLOCK, WEIR_ACTION_ALLOW,
      WEIR_ACTION_BLOCK, WEIR_ACTION_WARN, WEIR_ACTION_ALLOW, WEIR_ACTION_BLOCK,
      WEIR_ACTION_WARN,  WEIR_ACTION_AUDIT};
  return rank < RULESET_NO_RANK ? actions[rank] : WEIR_ACTION_NONE;
}

/* ---- names ------------------------------------------------------------------ */

/* The block that holds name `number`: on the last line that begins at or before it. */
static bool block_of(const weir_ruleset_blocks *blocks, uint32_t number, ruleset_block *block) {
  const uint8_t *line = blocks->index;
  for (uint32_t n = blocks->count; n > 1;) {
    const uint8_t *middle = line + (size_t)(n / 2) * blocks->stride;
    if (load_le32(middle + 4) <= number) line = middle;
    n -= n / 2;
  }
  uint32_t first = load_le32(line + 4);
  return number >= first && ruleset_block_at(blocks, line, number - first >= line[12], block) &&
         number >= block->first && number - block->first < block->count;
}

/* The block that has `*slot`, which becomes its place there. */
static bool block_of_slot(const weir_ruleset *r, uint32_t *slot, ruleset_block *block) {
  bool is_entry = *slot < r->name_count;
  if (!is_entry) *slot -= r->name_count;
  if (!(is_entry ? block_of(&r->names, *slot, block)
                 : *slot < r->silent_count && block_of(&r->silent, *slot, block)))
    return false;
  *slot -= block->first;
  return true;
}

size_t ruleset_slot_name(const weir_ruleset *r, uint32_t slot, char out[WEIR_NAME_MAX]) {
  ruleset_block block;
  if (!block_of_slot(r, &slot, &block)) return 0;
  weir_bytes code = ruleset_block_code(&block, slot);
  size_t at = 0;
  for (size_t i = 0; i < code.len; i++) {
    size_t len = r->symbols[(size_t)RULESET_SYMBOLS * 8 + code.base[i]];
    if (len > WEIR_NAME_MAX - at) return 0;
    memcpy(out + at, r->symbols + (size_t)code.base[i] * 8, len);
    at += len;
  }
  return at;
}

static unsigned slot_depth(const weir_ruleset *r, uint32_t slot) {
  char name[WEIR_NAME_MAX];
  size_t len = ruleset_slot_name(r, slot, name);
  unsigned depth = len > 0;
  for (size_t i = 0; i < len; i++) depth += name[i] == '.';
  return depth;
}

/* ---- what a rule says ----------------------------------------------------------- */

static weir_match match_of_packed(ruleset_packed rule, unsigned depth) {
  return (weir_match){.action = ruleset_rank_action(rule.rank),
                      .rank = rule.rank,
                      .depth = (uint8_t)depth,
                      .flags = rule.scope};
}

static bool match_of_entry(const weir_ruleset *r, ruleset_kind kind, uint32_t i, weir_match *out) {
  ruleset_block block;
  const uint8_t *verdict = NULL;
  unsigned depth = 0;
  if (kind == RULESET_KIND_NAME) {
    depth = slot_depth(r, i);
    if (!block_of_slot(r, &i, &block)) return false;
    verdict = ruleset_verdict(r, block.verdicts + (size_t)i * r->verdict_width);
  } else {
    verdict = ruleset_network_verdict(r, (unsigned)kind - RULESET_KIND_IPV4, i);
    if (verdict) depth = ruleset_network_bits(verdict);
  }
  if (!verdict || verdict[0] == WEIR_ACTION_NONE) return false;
  *out = ruleset_match_of(0, verdict, depth);
  return true;
}

bool weir_ruleset_rule(const weir_ruleset *rules, uint32_t rule, weir_match *out) {
  uint32_t i = rule;
  ruleset_pattern pattern;
  ruleset_kind kind = ruleset_kind_of(rules, &i);
  const uint8_t *at;
  switch (kind) {
    case RULESET_KIND_NONE: return false;
    case RULESET_KIND_PATTERN:
      if (!ruleset_pattern_info(rules, i, &pattern)) return false;
      *out = match_of_packed((ruleset_packed){pattern.line, pattern.rank, 0}, 0);
      break;
    case RULESET_KIND_FURTHER:
      at = rules->further + (size_t)i * RULESET_FURTHER_LEN;
      *out = match_of_packed(ruleset_unpack(at + 4), slot_depth(rules, load_le32(at)));
      break;
    case RULESET_KIND_LOST4:
      at = rules->lost[0] + (size_t)i * RULESET_LOST4_LEN;
      *out = match_of_packed(ruleset_unpack(at + 4), at[8]);
      break;
    case RULESET_KIND_LOST6:
      at = rules->lost[1] + (size_t)i * RULESET_LOST6_LEN;
      *out = match_of_packed(ruleset_unpack(at + 16), at[20]);
      break;
    default:
      if (!match_of_entry(rules, kind, i, out)) return false;
  }
  if (out->action == WEIR_ACTION_NONE) return false;
  out->rule = rule;
  out->categories = ruleset_line_category(rules, ruleset_line(rules, rule));
  return true;
}

/* ---- its text --------------------------------------------------------------------- */

typedef struct writer {
  char *at;
  size_t len;
} writer;

static void put(writer *w, char c) { w->at[w->len++] = c; }

static void put_number(writer *w, unsigned value, unsigned base) {
  char digits[8];
  unsigned n = 0;
  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (n) put(w, digits[--n]);
}

static void put_ipv4(writer *w, const uint8_t octets[4]) {
  for (unsigned i = 0; i < 4; i++) {
    if (i) put(w, '.');
    put_number(w, octets[i], 10);
  }
}

/* RFC 5952 4: the longest run of two or more zero groups, the first of equals, becomes "::". */
static void put_ipv6(writer *w, const uint8_t octets[16]) {
  uint16_t groups[8];
  unsigned best = 8, best_len = 1;
  for (unsigned i = 0; i < 8; i++) groups[i] = (uint16_t)(octets[2 * i] << 8 | octets[2 * i + 1]);
  for (unsigned i = 0; i < 8; i++) {
    unsigned run = 0;
    while (i + run < 8 && !groups[i + run]) run++;
    if (run > best_len) best = i, best_len = run;
    if (run) i += run - 1;
  }
  for (unsigned i = 0; i < 8; i++) {
    if (i == best) {
      put(w, ':');
      put(w, ':');
      i += best_len - 1;
      continue;
    }
    if (i && i != best + best_len) put(w, ':');
    put_number(w, groups[i], 16);
  }
}

size_t ruleset_address_text(const weir_addr *addr, char out[RULESET_ADDRESS_MAX]) {
  writer w = {out, 0};
  if (ruleset_is_mapped(addr)) {
    put_ipv4(&w, addr->octets + 12);
  } else {
    put_ipv6(&w, addr->octets);
  }
  return w.len;
}

/* Keys and addresses of section 20 and 21 as octets, the most significant first; `width` bytes of them. */
static unsigned octets_of(const uint8_t *key, unsigned width, uint8_t out[16]) {
  unsigned word = width < 8 ? width : 8;
  for (unsigned i = 0; i < width; i++) out[i] = key[i / word * word + (word - 1 - i % word)];
  return width;
}

/* An entry that takes a network up again begins inside it: what is behind the prefix is cleared. */
static size_t put_network(writer *w, const uint8_t *key, unsigned width, unsigned bits) {
  uint8_t octets[16] = {0};
  octets_of(key, width, octets);
  for (unsigned i = 0; i < 16; i++) {
    unsigned kept = bits <= i * 8 ? 0 : bits - i * 8 < 8 ? bits - i * 8 : 8;
    octets[i] = (uint8_t)(octets[i] & (0xff00u >> kept));
  }
  if (width == 4) {
    put_ipv4(w, octets);
  } else {
    put_ipv6(w, octets);
  }
  put(w, '/');
  put_number(w, bits, 10);
  return w->len;
}

static size_t put_text(const weir_ruleset *r, uint32_t rule, char own[WEIR_NAME_MAX],
                       const char **text) {
  uint32_t i = rule;
  writer w = {own, 0};
  ruleset_pattern pattern;
  ruleset_kind kind = ruleset_kind_of(r, &i);
  unsigned table = (unsigned)kind - RULESET_KIND_IPV4, width;
  const uint8_t *at;
  switch (kind) {
    case RULESET_KIND_NAME: return ruleset_slot_name(r, i, own);
    case RULESET_KIND_NONE: return 0;
    case RULESET_KIND_PATTERN:
      if (!ruleset_pattern_info(r, i, &pattern)) return 0;
      *text = (const char *)pattern.text.base;
      return pattern.text.len;
    case RULESET_KIND_FURTHER:
      return ruleset_slot_name(r, load_le32(r->further + (size_t)i * RULESET_FURTHER_LEN), own);
    case RULESET_KIND_LOST4:
      at = r->lost[0] + (size_t)i * RULESET_LOST4_LEN;
      return put_network(&w, at, 4, at[8]);
    case RULESET_KIND_LOST6:
      at = r->lost[1] + (size_t)i * RULESET_LOST6_LEN;
      return put_network(&w, at, 16, at[20]);
    default:
      width = ruleset_key_width(table);
      at = ruleset_network_verdict(r, table, i);
      return at ? put_network(&w, r->keys[table] + (size_t)i * width, width,
                              ruleset_network_bits(at))
                : 0;
  }
}

size_t weir_ruleset_text(const weir_ruleset *rules, uint32_t rule, char *out, size_t max) {
  char own[WEIR_NAME_MAX];
  const char *text = own;
  size_t len = put_text(rules, rule, own, &text);
  if (len && max) memcpy(out, text, len < max ? len : max);
  return len;
}
