#include "judge.h"

#include <string.h>

#include "literal.h"
#include "ruleset.h"

static const judgement silence = {.rule = WEIR_NO_RULE,
                                  .verdict = WEIR_VERDICT_PASS,
                                  .action = WEIR_ACTION_NONE,
                                  .reason = WEIR_REASON_NO_RULE,
                                  .overruled = WEIR_NO_RULE};

static judgement weigh(const weir_engine *e, uint32_t rule, uint8_t action, uint8_t reason) {
  judgement j = silence;
  j.rule = rule;
  j.action = action;
  j.reason = reason;
  if (!judge_stops(action)) return j;
  if (e->protection == WEIR_PROTECTION_AUDIT)
    j.reason = WEIR_REASON_AUDIT_MODE;
  else
    j.verdict = WEIR_VERDICT_DROP;
  return j;
}

/* `told` of the rules that spoke are at `match`, the one that decides first. */
static judgement judgement_of(const weir_engine *e, const weir_match match[2], size_t told) {
  uint8_t reason = WEIR_REASON_RULE_ALLOW;
  if (match->action == WEIR_ACTION_BLOCK) reason = WEIR_REASON_RULE_BLOCK;
  if (match->action == WEIR_ACTION_WARN) reason = WEIR_REASON_RULE_WARN;
  if (match->action == WEIR_ACTION_AUDIT) reason = WEIR_REASON_RULE_AUDIT;
  judgement j = weigh(e, match->rule, match->action, reason);
  j.categories = match->categories;
  if (told > 1) j.overruled = match[1].rule;
  return j;
}

static bool asks_rules(const weir_engine *e) {
  return e->has_rules && e->protection != WEIR_PROTECTION_OFF;
}

judgement judge_name(const weir_engine *e, const name *n) {
  weir_match match[2];
  weir_addr address;
  if (!asks_rules(e) || !n->len) return silence;
  /* RFC 9110 4.2.3: then the prefixes speak. */
  if (literal_parse(n, &address)) return judge_address(e, address.octets);
  size_t told = ruleset_match_two(&e->rules, (weir_bytes){(const uint8_t *)n->text, n->len}, match);
  return told ? judgement_of(e, match, told) : silence;
}

judgement judge_address(const weir_engine *e, const uint8_t address[16]) {
  weir_match match[2];
  weir_addr a;
  if (!asks_rules(e)) return silence;
  memcpy(a.octets, address, 16);
  if (!weir_ruleset_match_addr(&e->rules, &a, match)) return silence;
  return judgement_of(e, match, weir_ruleset_explain_addr(&e->rules, &a, match, 2));
}

static judgement by_default(const weir_engine *e) {
  if (e->default_action != WEIR_ACTION_BLOCK || e->protection == WEIR_PROTECTION_OFF)
    return silence;
  return weigh(e, WEIR_NO_RULE, WEIR_ACTION_BLOCK, WEIR_REASON_DEFAULT_BLOCK);
}

/* ---- with bypasses ----------------------------------------------------------- */

static const uint8_t *remote(const inspection *in) {
  return in->flow->key.address[in->facts->remote_is_1];
}

const uint8_t *judge_client(const inspection *in) {
  return in->flow->key.address[!in->facts->remote_is_1];
}

/* A live bypass is before all that would stop; nothing else need ask for one. */
static judgement lift(const inspection *in, const name *host, const uint8_t *server, judgement j) {
  weir_engine *e = in->engine;
  if (j.verdict != WEIR_VERDICT_DROP || !e->bypasses.count ||
      !bypasses_lift(&e->bypasses, judge_client(in), host, server, j.action, e->now_us))
    return j;
  j.verdict = WEIR_VERDICT_PASS;
  j.reason = WEIR_REASON_BYPASS;
  return j;
}

judgement judge_host(const inspection *in, const name *host) {
  const weir_engine *e = in->engine;
  judgement j = judge_name(e, host), otherwise = by_default(e);
  bool is_open = j.reason == WEIR_REASON_NO_RULE && otherwise.reason != WEIR_REASON_NO_RULE;
  if (is_open && judge_address(e, remote(in)).reason == WEIR_REASON_NO_RULE) j = otherwise;
  return lift(in, host, remote(in), j);
}

judgement judge_hint(const inspection *in, const name *host) {
  return lift(in, host, remote(in), judge_name(in->engine, host));
}

judgement judge_nameless(const inspection *in) {
  return lift(in, NULL, remote(in), by_default(in->engine));
}

judgement judge_query(const inspection *in, const name *asked) {
  const weir_engine *e = in->engine;
  judgement j = judge_name(e, asked);
  if (j.reason == WEIR_REASON_NO_RULE) j = by_default(e);
  j = lift(in, asked, NULL, j); /* the server is a resolver */
  if (j.action == WEIR_ACTION_WARN && !e->answers.dns.stops_warned) j.verdict = WEIR_VERDICT_PASS;
  return j;
}

/* ---- what follows ------------------------------------------------------------ */

static void take_over(inspection *in, judgement j) {
  flow *f = in->flow;
  f->generation = in->engine->generation;
  f->verdict = j.verdict;
  in->facts->action = j.action;
  in->facts->reason = j.reason;
  if (j.rule == WEIR_NO_RULE && !in->facts->has_details) return;
  details *d = inspection_own_details(in);
  d->rule = j.rule;
  d->overruled = j.overruled;
  d->categories = j.categories;
}

void judge_open(inspection *in) {
  take_over(in, silence);
  in->flow->flags &= (uint8_t)~FLOW_DECIDED;
  judge_flow(in, lift(in, NULL, remote(in), judge_address(in->engine, remote(in))));
}

static void judge_this(inspection *in, judgement j) {
  in->verdict = j.verdict;
  in->action = j.action;
  in->reason = j.reason;
  in->rule = j.rule;
  in->overruled = j.overruled;
  in->categories = j.categories;
}

void judge_flow(inspection *in, judgement j) {
  flow *f = in->flow;
  bool went_on = in->facts->reason == WEIR_REASON_BYPASS && j.verdict == WEIR_VERDICT_DROP;
  if ((f->flags & FLOW_DECIDED && !went_on) || j.reason == WEIR_REASON_NO_RULE) return;
  take_over(in, j);
  judge_this(in, j);
  if (judge_stops(j.action)) f->flags |= FLOW_DECIDED;
}

void judge_packet(inspection *in, judgement j) {
  if (j.reason == WEIR_REASON_NO_RULE) return;
  if (!judge_stands(in->facts->action, in->flow->verdict, in->facts->reason)) take_over(in, j);
  if (!judge_stands(in->action, in->verdict, in->reason)) judge_this(in, j);
}
