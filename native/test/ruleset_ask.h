/* ruleset_ask.h -- asks a ruleset every question there is, and checks what every answer promises. */
#ifndef WEIR_RULESET_ASK_H
#define WEIR_RULESET_ASK_H

#include <stdlib.h>
#include <string.h>

#include "weir.h"

#define ASK_REQUIRE(condition) \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

static inline void ask_within(weir_bytes inner, weir_bytes file) {
  ASK_REQUIRE(!inner.len || (inner.base >= file.base && inner.base <= file.base + file.len &&
                             inner.len <= (size_t)(file.base + file.len - inner.base)));
}

static inline void ask_match(const weir_ruleset *r, const weir_match *m) {
  ASK_REQUIRE(m->rule < r->rule_count && m->action != WEIR_ACTION_NONE &&
              m->action <= WEIR_ACTION_BLOCK);
  for (unsigned bit = 0; bit < 70; bit += 3) ask_within(weir_ruleset_category(r, bit), r->file);
}

/* All that can be asked of a rule's number. */
static inline void ask_rule(const weir_ruleset *r, uint32_t rule) {
  weir_bytes list, title;
  uint32_t line;
  uint8_t severity;
  weir_match m;
  char out[WEIR_NAME_MAX], few[3];
  bool known = rule < r->rule_count;
  if (weir_ruleset_provenance(r, rule, &list, &line)) {
    ASK_REQUIRE(known);
    ask_within(list, r->file);
  }
  if (weir_ruleset_note(r, rule, &title, &severity)) ask_within(title, r->file);
  size_t len = weir_ruleset_text(r, rule, out, sizeof out);
  ASK_REQUIRE(known || !len);
  ASK_REQUIRE(weir_ruleset_text(r, rule, few, sizeof few) == len);
  ASK_REQUIRE(weir_ruleset_text(r, rule, NULL, 0) == len);
  if (weir_ruleset_rule(r, rule, &m)) {
    ASK_REQUIRE(m.rule == rule);
    ask_match(r, &m);
  }
}

/* What is explained begins with what match says, however little room there is. */
static inline void ask_explained(const weir_ruleset *r, bool spoke, const weir_match *decider,
                                 const weir_match *all, size_t max, size_t count) {
  ASK_REQUIRE(!spoke || count);
  for (size_t i = 0; i < count && i < max; i++) {
    ask_match(r, &all[i]);
    for (size_t k = 0; k < i; k++) ASK_REQUIRE(all[i].rule != all[k].rule);
  }
  if (spoke && max) ASK_REQUIRE(!memcmp(decider, all, sizeof *all));
}

static inline void ask_name(const weir_ruleset *r, const void *bytes, size_t len) {
  uint8_t *name = malloc(len ? len : 1); /* exact size: ASan sees one byte too many */
  weir_match m, all[8];
  if (len) memcpy(name, bytes, len);
  weir_bytes text = {name, len};
  bool spoke = weir_ruleset_match_name(r, text, &m);
  if (spoke) ask_match(r, &m);
  for (size_t max = 0; max <= 8; max += 2)
    ask_explained(r, spoke, &m, all, max, weir_ruleset_explain_name(r, text, all, max));
  free(name);
}

static inline void ask_addr(const weir_ruleset *r, const weir_addr *addr) {
  weir_match m, all[8];
  bool spoke = weir_ruleset_match_addr(r, addr, &m);
  if (spoke) ask_match(r, &m);
  for (size_t max = 0; max <= 8; max += 2)
    ask_explained(r, spoke, &m, all, max, weir_ruleset_explain_addr(r, addr, all, max));
}

#endif
