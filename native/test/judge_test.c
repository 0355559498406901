/* judge_test.c -- what rules say becomes what happens to flows and packets. */
#include "rig.h"

#include "judge.h"

static judgement ask(const rig *r, const char *host) {
  name n = {.len = (uint8_t)strlen(host)};
  memcpy(n.text, host, n.len);
  return judge_name(r->engine, &n);
}

static void test_names(void) {
  rig r = rig_with_rules();
  static const struct {
    const char *host;
    uint8_t action, verdict, reason;
  } cases[] = {
      {"a.malware.test", WEIR_ACTION_BLOCK, WEIR_VERDICT_DROP, WEIR_REASON_RULE_BLOCK},
      {"notmalware.test", WEIR_ACTION_NONE, WEIR_VERDICT_PASS, WEIR_REASON_NO_RULE},
      {"safe.malware.test", WEIR_ACTION_ALLOW, WEIR_VERDICT_PASS, WEIR_REASON_RULE_ALLOW},
      {"metrics.example.test", WEIR_ACTION_AUDIT, WEIR_VERDICT_PASS, WEIR_REASON_RULE_AUDIT},
      {"", WEIR_ACTION_NONE, WEIR_VERDICT_PASS, WEIR_REASON_NO_RULE},
      {"192.0.2.9", WEIR_ACTION_BLOCK, WEIR_VERDICT_DROP, WEIR_REASON_RULE_BLOCK}, /* a literal */
      {"192.0.2.53", WEIR_ACTION_ALLOW, WEIR_VERDICT_PASS, WEIR_REASON_RULE_ALLOW},
      {"2001:db8:bad::1", WEIR_ACTION_BLOCK, WEIR_VERDICT_DROP, WEIR_REASON_RULE_BLOCK},
      {"2001:db8:bae::1", WEIR_ACTION_NONE, WEIR_VERDICT_PASS, WEIR_REASON_NO_RULE},
      {"192.0.2.256", WEIR_ACTION_NONE, WEIR_VERDICT_PASS, WEIR_REASON_NO_RULE},
      {"192.0.2", WEIR_ACTION_NONE, WEIR_VERDICT_PASS, WEIR_REASON_NO_RULE},
      {"192.0.2.09", WEIR_ACTION_NONE, WEIR_VERDICT_PASS, WEIR_REASON_NO_RULE},
      {"192.0.2.9.test", WEIR_ACTION_NONE, WEIR_VERDICT_PASS, WEIR_REASON_NO_RULE}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    judgement j = ask(&r, cases[i].host);
    CHECK_EQ(j.action, cases[i].action);
    CHECK_EQ(j.verdict, cases[i].verdict);
    CHECK_EQ(j.reason, cases[i].reason);
    CHECK_EQ(j.rule == WEIR_NO_RULE, cases[i].action == WEIR_ACTION_NONE);
  }
  weir_engine_use(r.engine, NULL);
  CHECK_EQ(ask(&r, "malware.test").rule, WEIR_NO_RULE);
  rig_free(&r);
}

static const judgement blocked = {.rule = 1,
                                  .verdict = WEIR_VERDICT_DROP,
                                  .action = WEIR_ACTION_BLOCK,
                                  .reason = WEIR_REASON_RULE_BLOCK};
static const judgement warn = {.rule = 2,
                               .verdict = WEIR_VERDICT_DROP,
                               .action = WEIR_ACTION_WARN,
                               .reason = WEIR_REASON_RULE_WARN};
static const judgement audit = {.rule = 3,
                                .verdict = WEIR_VERDICT_PASS,
                                .action = WEIR_ACTION_AUDIT,
                                .reason = WEIR_REASON_RULE_AUDIT};
static const judgement none = {.rule = WEIR_NO_RULE,
                               .verdict = WEIR_VERDICT_PASS,
                               .action = WEIR_ACTION_NONE,
                               .reason = WEIR_REASON_NO_RULE};

static void test_a_flow_is_decided_once(void) {
  flow f = {.verdict = WEIR_VERDICT_PASS};
  facts x = {0};
  details d;
  weir_engine e = {.generation = 7, .flows = {.facts = &x, .details = &d}};
  inspection in = {
      .engine = &e, .flow = &f, .facts = &x, .rule = WEIR_NO_RULE, .verdict = WEIR_VERDICT_PASS};
  judge_flow(&in, none);
  CHECK_EQ(f.generation, 0);
  CHECK_EQ(in.rule, WEIR_NO_RULE);
  judge_flow(&in, audit);
  CHECK_EQ(d.rule, 3);
  CHECK_EQ(f.generation, 7);
  CHECK(!(f.flags & FLOW_DECIDED));
  judge_flow(&in, warn);
  CHECK_EQ(d.rule, 2);
  CHECK(f.flags & FLOW_DECIDED);
  judge_flow(&in, blocked);
  judge_flow(&in, audit);
  CHECK_EQ(d.rule, 2);
  CHECK_EQ(in.action, WEIR_ACTION_WARN);
}

static void test_packets_are_judged_one_by_one(void) {
  flow f = {.verdict = WEIR_VERDICT_PASS};
  facts x = {0};
  details d;
  weir_engine e = {.flows = {.facts = &x, .details = &d}};
  inspection in = {
      .engine = &e, .flow = &f, .facts = &x, .rule = WEIR_NO_RULE, .verdict = WEIR_VERDICT_PASS};
  judge_packet(&in, blocked);
  CHECK(!(f.flags & FLOW_DECIDED));
  CHECK_EQ(in.verdict, WEIR_VERDICT_DROP);
  in = (inspection){
      .engine = &e, .flow = &f, .facts = &x, .rule = WEIR_NO_RULE, .verdict = WEIR_VERDICT_PASS};
  judge_packet(&in, audit);
  CHECK_EQ(in.rule, 3);
  CHECK_EQ(in.verdict, WEIR_VERDICT_PASS);
  CHECK_EQ(d.rule, 1); /* the flow keeps the block */
  judge_packet(&in, warn);
  judge_packet(&in, audit);
  CHECK_EQ(in.rule, 2);
}

int main(void) {
  test_names();
  test_a_flow_is_decided_once();
  test_packets_are_judged_one_by_one();
  return test_end("judge");
}
