/* ruleset_text.c -- a rule as text: what the file holds in binary, for people to read. */
#include <string.h>

#include "ruleset.h"

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

static void put_ipv4(writer *w, uint32_t addr) {
  for (unsigned i = 0; i < 4; i++) {
    if (i) put(w, '.');
    put_number(w, addr >> (24 - 8 * i) & 0xff, 10);
  }
}

/* RFC 5952 4: the longest run of two or more zero groups, the first of equals, becomes "::". */
static void put_ipv6(writer *w, const uint16_t groups[8]) {
  unsigned best = 8, best_len = 1;
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

/* The network of entry `i`.  An entry that takes a network up again begins
 * inside it: what is behind the prefix is cleared. */
static void put_network(writer *w, const weir_ruleset *r, unsigned table, uint32_t i) {
  unsigned bits = ruleset_meta(r, table, i)[0];
  if (table == RULESET_IPV4) {
    uint32_t addr = load_le32(r->keys[table] + (size_t)i * 4);
    put_ipv4(w, bits >= 32 ? addr : addr & ~(UINT32_MAX >> bits));
  } else {
    size_t width = table == RULESET_IPV6 ? 8 : 16;
    const uint8_t *key = r->keys[table] + (size_t)i * width;
    uint16_t groups[8] = {0};
    for (unsigned g = 0; g < width / 2; g++) {
      uint64_t half = load_le64(key + g / 4 * 8);
      unsigned kept = bits <= g * 16 ? 0 : bits - g * 16 < 16 ? bits - g * 16 : 16;
      groups[g] = (uint16_t)(half >> (48 - g % 4 * 16) & (0xffff0000u >> kept) & 0xffff);
    }
    put_ipv6(w, groups);
  }
  put(w, '/');
  put_number(w, bits, 10);
}

size_t weir_ruleset_text(const weir_ruleset *rules, uint32_t rule, char out[WEIR_NAME_MAX]) {
  writer w = {out, 0};
  if (rule < rules->name_count) {
    weir_bytes list, text;
    uint32_t line;
    if (!weir_ruleset_provenance(rules, rule, &list, &line, &text) || text.len > WEIR_NAME_MAX)
      return 0;
    if (text.len) memcpy(out, text.base, text.len);
    return text.len;
  }
  unsigned table = ruleset_table_of(rules, &rule);
  if (table == RULESET_TABLES) return 0;
  put_network(&w, rules, table, rule);
  return w.len;
}
