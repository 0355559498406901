/* ruleset_join.c -- what decides where names or networks and patterns speak. */
#include <string.h>

#include "ruleset.h"

void ruleset_put_decider(const weir_ruleset *r, weir_match *out) {
  weir_match decider;
  uint32_t rule = ruleset_decider(r, out->rule);
  if (rule == out->rule || !weir_ruleset_rule(r, rule, &decider)) return;
  out->rule = rule;
  out->depth = decider.depth;
}

/* The strongest of the patterns that match, and the categories of its rank. */
typedef struct joined {
  const weir_ruleset *rules;
  bool is_name, without_specific, audited;
  bool has_specific;
  uint32_t rule, line; /* rule: WEIR_NO_RULE when none spoke */
  uint8_t rank;
  uint64_t categories;
  ruleset_pattern specific; /* the strongest of lists in which the most specific wins */
  uint32_t specific_rule;
} joined;

static void add(joined *j, uint32_t rule, uint32_t line, uint8_t rank) {
  uint64_t category = ruleset_line_category(j->rules, line);
  if (rank == RULESET_AUDIT_RANK) j->audited = true;
  if (j->rule != WEIR_NO_RULE && rank > j->rank) return;
  if (j->rule != WEIR_NO_RULE && rank == j->rank) {
    j->categories |= category;
    if (line >= j->line) return;
  } else {
    j->categories = category;
  }
  j->rule = rule;
  j->line = line;
  j->rank = rank;
}

/* Of lists in which the most specific rule wins: the longer text, the earlier list, allow over
 * block, the earlier line. */
static bool is_more_specific(const weir_ruleset *r, const ruleset_pattern *a,
                             const ruleset_pattern *b) {
  if (a->length != b->length) return a->length > b->length;
  uint32_t list_a = ruleset_line_list(r, a->line), list_b = ruleset_line_list(r, b->line);
  if (list_a != list_b) return list_a < list_b;
  return a->rank != b->rank ? a->rank < b->rank : a->line < b->line;
}

static void visit(void *context, uint32_t number) {
  joined *j = context;
  ruleset_pattern pattern;
  if (!ruleset_pattern_info(j->rules, number, &pattern) || pattern.rank > RULESET_AUDIT_RANK)
    return;
  uint32_t rule = ruleset_first_of(j->rules, RULESET_KIND_PATTERN) + number;
  if (!pattern.specific) {
    add(j, rule, pattern.line, pattern.rank);
  } else if (j->is_name && !j->without_specific &&
             (!j->has_specific || is_more_specific(j->rules, &pattern, &j->specific))) {
    j->has_specific = true;
    j->specific = pattern;
    j->specific_rule = rule;
  }
}

bool ruleset_join_patterns(const weir_ruleset *r, weir_bytes text, bool is_name, bool spoke,
                           unsigned flags, weir_match *out) {
  joined j = {.rules = r,
              .is_name = is_name,
              .without_specific = flags & RULESET_SPECIFIC,
              .rule = WEIR_NO_RULE};
  ruleset_match_patterns(r, text, visit, &j);
  if (j.has_specific) add(&j, j.specific_rule, j.specific.line, j.specific.rank);
  if (j.rule == WEIR_NO_RULE) return spoke;
  uint8_t audited = j.audited || flags & RULESET_AUDITED ? WEIR_MATCH_AUDITED : 0;
  /* Among indicators the most specific decides: a name before a pattern. */
  if (spoke && (out->rank <= j.rank || out->rank < RULESET_FIRST_LIST_RANK)) {
    if (out->rank == j.rank) out->categories |= j.categories;
    out->flags |= audited;
  } else {
    *out = (weir_match){.rule = j.rule,
                        .action = ruleset_rank_action(j.rank),
                        .rank = j.rank,
                        .flags = audited,
                        .categories = j.categories};
  }
  return true;
}
