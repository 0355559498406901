#include "judge.h"

#include <string.h>

#include "literal.h"

static judgement judgement_of(bool spoke, const weir_match *match) {
  judgement j = {WEIR_NO_RULE, WEIR_VERDICT_PASS, WEIR_ACTION_NONE, WEIR_REASON_NO_RULE};
  if (!spoke) return j;
  j.rule = match->rule;
  j.action = match->action;
  switch (match->action) {
    case WEIR_ACTION_BLOCK:
      j.reason = WEIR_REASON_RULE_BLOCK;
      j.verdict = WEIR_VERDICT_DROP;
      break;
    case WEIR_ACTION_WARN:
      j.reason = WEIR_REASON_RULE_WARN;
      j.verdict = WEIR_VERDICT_DROP;
      break;
    case WEIR_ACTION_AUDIT: j.reason = WEIR_REASON_RULE_AUDIT; break;
    default: j.reason = WEIR_REASON_RULE_ALLOW;
  }
  return j;
}

judgement judge_name(const weir_engine *e, const name *n) {
  weir_match match;
  weir_addr address;
  if (!e->has_rules || !n->len) return judgement_of(false, NULL);
  /* RFC 9110 4.2.3: then the prefixes speak. */
  if (literal_parse(n, &address)) return judge_address(e, address.octets);
  weir_bytes bytes = {(const uint8_t *)n->text, n->len};
  return judgement_of(weir_ruleset_match_name(&e->rules, bytes, &match), &match);
}

judgement judge_address(const weir_engine *e, const uint8_t address[16]) {
  weir_match match;
  weir_addr a;
  if (!e->has_rules) return judgement_of(false, NULL);
  memcpy(a.octets, address, 16);
  return judgement_of(weir_ruleset_match_addr(&e->rules, &a, &match), &match);
}

void judge_flow(inspection *in, judgement j) {
  flow *f = in->flow;
  if (f->flags & FLOW_DECIDED || j.rule == WEIR_NO_RULE) return;
  f->verdict = j.verdict;
  f->action = j.action;
  f->reason = j.reason;
  in->facts->rule = j.rule;
  if (j.verdict == WEIR_VERDICT_DROP) f->flags |= FLOW_DECIDED;
  in->verdict = j.verdict;
  in->action = j.action;
  in->reason = j.reason;
  in->rule = j.rule;
}

void judge_packet(inspection *in, judgement j) {
  flow *f = in->flow;
  if (j.rule == WEIR_NO_RULE) return;
  if (f->verdict != WEIR_VERDICT_DROP) {
    f->verdict = j.verdict;
    f->action = j.action;
    f->reason = j.reason;
    in->facts->rule = j.rule;
  }
  if (in->verdict == WEIR_VERDICT_DROP) return;
  in->verdict = j.verdict;
  in->action = j.action;
  in->reason = j.reason;
  in->rule = j.rule;
}
