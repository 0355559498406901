/* rule_line.h -- what a ruleset says of one of its rules, as text: to compare machines by. */
#ifndef WEIR_RULE_LINE_H
#define WEIR_RULE_LINE_H

#include "weir.h"
#include "writer.h"

#define RULE_LINE_MAX 4096u
#define RULE_TEXT_MAX 1024u

static inline void put_action(writer *w, unsigned action) {
  for (const char *c = weir_action_text(action); *c; c++) put(w, c, 1);
  put(w, "\t", 1);
}

static inline void put_number(writer *w, uint64_t n) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + n % 10);
  while (n /= 10);
  put(w, digits + at, sizeof digits - at);
  put(w, "\t", 1);
}

static inline void put_column(writer *w, weir_bytes text) {
  put(w, text.base, text.len);
  put(w, "\t", 1);
}

static inline void put_match(writer *w, const weir_match *m) {
  put_number(w, m->rule);
  put_action(w, m->action);
  put_number(w, m->rank);
  put_number(w, m->depth);
  put_number(w, m->flags);
  put_number(w, m->categories);
}

/* What the rules say of a host: how many speak, and the match of the one that decides. */
static inline void put_asked(writer *w, const weir_ruleset *rules, weir_bytes host) {
  weir_match match;
  put_number(w, weir_ruleset_explain_host(rules, host, &match, 1));
  if (!weir_ruleset_match_host(rules, host, &match)) match = (weir_match){.rule = WEIR_NO_RULE};
  put_match(w, &match);
}

static inline void put_source(writer *w, const weir_ruleset *rules, uint32_t rule) {
  weir_bytes list = {NULL, 0}, title = {NULL, 0};
  uint32_t line = 0;
  uint8_t severity = 0;
  weir_ruleset_provenance(rules, rule, &list, &line);
  weir_ruleset_note(rules, rule, &title, &severity);
  put_column(w, list);
  put_number(w, line);
  put_number(w, severity);
  put_column(w, title);
}

/* Rule `rule` in columns, a tab between them: the match it gives (number, action, rank, depth, flags,
 * categories), list, line, severity, title; what is said of its text taken as a host, and of a name below
 * that; the text.  Returns its length; 0: there is no such rule. */
static inline size_t rule_line(const weir_ruleset *rules, uint32_t rule, char out[RULE_LINE_MAX]) {
  char text[RULE_TEXT_MAX] = "below.";
  enum { BELOW = 6 };
  writer w = {(uint8_t *)out, RULE_LINE_MAX, false};
  weir_match match;
  if (!weir_ruleset_rule(rules, rule, &match)) return 0;
  put_match(&w, &match);
  put_source(&w, rules, rule);
  size_t len = weir_ruleset_text(rules, rule, text + BELOW, sizeof text - BELOW);
  if (len > sizeof text - BELOW) len = sizeof text - BELOW;
  put_asked(&w, rules, (weir_bytes){(const uint8_t *)text + BELOW, len});
  put_asked(&w, rules, (weir_bytes){(const uint8_t *)text, len + BELOW});
  put(&w, text + BELOW, len);
  put(&w, "\n", 1);
  return RULE_LINE_MAX - w.left;
}

#endif
