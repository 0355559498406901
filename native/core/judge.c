#include "judge.h"

#include <string.h>

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
    case WEIR_ACTION_AUDIT:
      j.reason = WEIR_REASON_RULE_AUDIT;
      break;
    default:
      j.reason = WEIR_REASON_RULE_ALLOW;
  }
  return j;
}

/* A host may be an address literal (RFC 9110 4.2.3); then the prefixes speak. */
static bool address_literal(const name *n, weir_addr *out) {
  uint32_t value = 0, part = 0, digits = 0, dots = 0;
  for (unsigned i = 0; i < n->len; i++) {
    char c = n->text[i];
    if (c == '.') {
      if (!digits || ++dots > 3) return false;
      value = value << 8 | part;
      part = digits = 0;
    } else if (c >= '0' && c <= '9') {
      if (digits && !part) return false; /* 010 is a name, not eight or ten */
      part = part * 10 + (uint32_t)(c - '0');
      if (++digits > 3 || part > 255) return false;
    } else {
      return false;
    }
  }
  if (dots != 3 || !digits) return false;
  value = value << 8 | part;
  memset(out->octets, 0, 10);
  out->octets[10] = out->octets[11] = 0xff;
  for (unsigned i = 0; i < 4; i++) out->octets[12 + i] = (uint8_t)(value >> (24 - 8 * i));
  return true;
}

judgement judge_name(const weir_engine *e, const name *n) {
  weir_match match;
  weir_addr address;
  if (!e->has_rules || !n->len) return judgement_of(false, NULL);
  if (address_literal(n, &address)) return judge_address(e, address.octets);
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
