/* rejudge_test.c -- rules and modes that change under live flows. */
#include "rig.h"

static void check(const rig *r, uint8_t verdict, uint8_t reason, bool rule, int line) {
  if (r->result.verdict == verdict && r->result.reason == reason &&
      (r->result.rule != WEIR_NO_RULE) == rule) {
    test_passed++;
  } else {
    test_failed++;
    fprintf(stderr, "%s:%d: %s, %s, rule %d\n", __FILE__, line,
            weir_verdict_text(r->result.verdict), weir_reason_text(r->result.reason),
            (int)r->result.rule);
  }
}

#define CHECK_RESULT(verdict, reason, rule) \
  check(&r, WEIR_VERDICT_##verdict, WEIR_REASON_##reason, rule, __LINE__)

static wire_ends to(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) {
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, port);
  memcpy(e.address[1], (uint8_t[]){a, b, c, d}, 4);
  return e;
}

static void ack(rig *r, const wire_ends *e) { rig_tcp(r, e, 0, 9000, TCP_ACK, NULL, 0); }

static void say(rig *r, const wire_ends *e, uint32_t seq, const char *text) {
  rig_tcp(r, e, 0, seq, TCP_ACK, text, strlen(text));
}

static void test_address(void) {
  rig r = rig_new();
  wire_ends e = to(192, 0, 2, 9, 443);
  rig_handshake(&r, &e, 1000);
  CHECK_RESULT(PASS, NO_RULE, false);
  weir_engine_use(r.engine, rig_rules());
  ack(&r, &e);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  ack(&r, &e);
  CHECK_RESULT(DROP, FLOW_DECIDED, true);
  weir_engine_use(r.engine, NULL);
  ack(&r, &e);
  CHECK_RESULT(PASS, NO_RULE, false);
  weir_engine_use(r.engine, rig_rules());
  e.address[1][3] = 53; /* another flow, as the rules are in use already */
  rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
  CHECK_RESULT(PASS, RULE_ALLOW, true);
  rig_free(&r);
}

static void test_sni(void) {
  uint8_t hello[512];
  rig r = rig_new();
  wire_ends e = to(198, 51, 100, 2, 443);
  rig_handshake(&r, &e, 1000);
  rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, rig_hello(hello, "www.malware.test"));
  CHECK_RESULT(PASS, NO_RULE, false);
  weir_engine_use(r.engine, rig_rules());
  rig_tcp(&r, &e, 1, 5001, TCP_ACK, "x", 1);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  weir_engine_use(r.engine, rig_rules()); /* the same ones: judged anew all the same */
  ack(&r, &e);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  ack(&r, &e);
  CHECK_RESULT(DROP, FLOW_DECIDED, true);
  weir_engine_use(r.engine, NULL);
  ack(&r, &e);
  CHECK_RESULT(PASS, NO_RULE, false);
  rig_finish(&r);
  weir_record f = rig_record(&r, WEIR_RECORD_FLOW, 0);
  CHECK_EQ(f.verdict, WEIR_VERDICT_PASS);
  CHECK_EQ(f.rule, WEIR_NO_RULE);
  rig_free(&r);
}

/* The further hosts of a flow count as the first does, and the one that came first decides. */
static void test_several_hosts(void) {
  static const char *const hosts[] = {"fine.test", "metrics.example.test", "a.malware.test",
                                      "phishing.test"};
  rig r = rig_new();
  wire_ends e = to(198, 51, 100, 2, 80);
  rig_handshake(&r, &e, 1000);
  uint32_t seq = 1000;
  for (unsigned i = 0; i < 4; i++) {
    char request[100];
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[i]);
    say(&r, &e, seq, request);
    seq += (uint32_t)strlen(request);
  }
  CHECK_RESULT(PASS, NO_RULE, false);
  weir_engine_use(r.engine, rig_rules());
  ack(&r, &e);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  weir_match match;
  CHECK(weir_ruleset_match_name(rig_rules(), (weir_bytes){(const uint8_t *)hosts[2], 14}, &match));
  CHECK_EQ(r.result.rule, match.rule);
  weir_engine_use(r.engine, NULL);
  ack(&r, &e);
  CHECK_RESULT(PASS, NO_RULE, false);
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_NAME), 3);
  rig_free(&r);
}

static const wire_ends resolver = {.version = 4,
                                   .transport = TRANSPORT_UDP,
                                   .address = {{10, 0, 0, 1}, {198, 51, 100, 53}},
                                   .port = {5000, 53}};

static void dns(rig *r, unsigned down, uint16_t id, const char *host, uint8_t last) {
  uint8_t bytes[600];
  rig_udp(r, &resolver, down, bytes,
          rig_dns(bytes, id, host, 1, down ? (uint8_t[]){198, 51, 100, last} : NULL));
}

/* A hint is asked once the flow is known to have no name of its own, and not before. */
static void test_hint(void) {
  for (unsigned rivals = 0; rivals < 2; rivals++) {
    rig r = rig_new();
    if (rivals) dns(&r, 1, 1, "fine.test", 7);
    dns(&r, 1, 2, "www.malware.test", 7);
    wire_ends e = to(198, 51, 100, 7, 22);
    rig_handshake(&r, &e, 1000);
    weir_engine_use(r.engine, rig_rules());
    ack(&r, &e);
    CHECK_RESULT(PASS, NO_RULE, false);
    weir_engine_use(r.engine, NULL);
    say(&r, &e, 1000, "SSH-2.0-x\r\n");
    CHECK_RESULT(PASS, NO_RULE, false);
    weir_engine_use(r.engine, rig_rules());
    ack(&r, &e);
    if (rivals)
      CHECK_RESULT(PASS, NO_RULE, false);
    else
      CHECK_RESULT(DROP, RULE_BLOCK, true);
    weir_engine_use(r.engine, NULL);
    ack(&r, &e);
    CHECK_RESULT(PASS, NO_RULE, false);
    rig_free(&r);
  }
}

static void test_remote_of_a_flow_from_outside(void) {
  rig r = rig_new();
  uint8_t bytes[100];
  wire_ends e = to(198, 51, 100, 2, 443);
  memcpy(e.address[0], (uint8_t[]){192, 0, 2, 9}, 4);
  weir_packet p = {.data = bytes,
                   .len = (uint32_t)wire_tcp(bytes, &e, 0, 999, TCP_SYN, NULL, 0),
                   .now_us = 1,
                   .direction = WEIR_DIRECTION_INBOUND};
  weir_inspect(r.engine, &p, 1, &r.result);
  CHECK_RESULT(PASS, NO_RULE, false);
  weir_engine_use(r.engine, rig_rules());
  weir_inspect(r.engine, &p, 1, &r.result);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  rig_free(&r);
}

/* A record says which rules its rule is one of, whenever it comes. */
static void test_generations(void) {
  rig r = rig_with_rules();
  uint16_t first = weir_engine_generation(r.engine);
  wire_ends stays = to(192, 0, 2, 9, 443), goes_on = to(192, 0, 2, 10, 443);
  rig_handshake(&r, &stays, 1000);
  rig_handshake(&r, &goes_on, 1000);
  dns(&r, 0, 1, "malware.test", 0);
  weir_engine_use(r.engine, rig_rules());
  uint16_t second = weir_engine_generation(r.engine);
  CHECK(second != first);
  ack(&r, &goes_on);
  dns(&r, 0, 2, "malware.test", 0);
  rig_finish(&r);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_FLOW, 0).generation, first);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_FLOW, 0).verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_FLOW, 1).generation, second);
  for (size_t i = 0; i < 2; i++) {
    weir_record d = rig_record(&r, WEIR_RECORD_DNS, i);
    CHECK_EQ(d.generation, d.dns_id == 1 ? first : second);
    CHECK(d.rule != WEIR_NO_RULE);
  }
  rig_free(&r);
}

/* What a flow that has no further packet tells at its end is judged by the rules of then. */
static void test_end_of_a_flow_judged_earlier(void) {
  uint8_t hello[512];
  rig r = rig_new();
  wire_ends e = to(198, 51, 100, 2, 443);
  rig_handshake(&r, &e, 1000);
  size_t len = rig_hello(hello, "www.malware.test");
  uint8_t bytes[WIRE_HEADERS_MAX + 512];
  size_t n = wire_tcp(bytes, &e, 0, 1000, TCP_ACK, hello, len - 7); /* its name, and not its end */
  rig_packet(&r, bytes, n - 1, n + 7);
  weir_engine_use(r.engine, rig_rules());
  rig_finish(&r);
  weir_record f = rig_record(&r, WEIR_RECORD_FLOW, 0);
  CHECK(f.rule == WEIR_NO_RULE || f.generation == weir_engine_generation(r.engine));
  rig_free(&r);
}

/* Numbers begin anew; what is older than all of them is nobody's. */
static void test_generations_wrap(void) {
  rig r = rig_with_rules();
  wire_ends e = to(192, 0, 2, 9, 443), other = to(192, 0, 2, 10, 443);
  rig_handshake(&r, &e, 1000);
  rig_handshake(&r, &other, 1000);
  dns(&r, 0, 1, "malware.test", 0);
  uint16_t before = weir_engine_generation(r.engine);
  for (unsigned i = 0; i < 65535; i++) weir_engine_use(r.engine, NULL);
  CHECK_EQ(weir_engine_generation(r.engine), before);
  ack(&r, &e);
  CHECK_RESULT(PASS, NO_RULE, false);
  rig_finish(&r);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_FLOW, 1).generation, 0);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_DNS, 0).generation, 0);
  rig_free(&r);
}

/* ---- modes ----------------------------------------------------------------- */

static void mode(rig *r, weir_protection protection, weir_action otherwise) {
  CHECK_EQ(weir_engine_mode(r->engine, protection, otherwise), WEIR_OK);
}

static void test_protection(void) {
  uint8_t hello[512];
  rig r = rig_with_rules();
  wire_ends e = to(198, 51, 100, 2, 443);
  mode(&r, WEIR_PROTECTION_AUDIT, WEIR_ACTION_ALLOW);
  rig_handshake(&r, &e, 1000);
  rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, rig_hello(hello, "www.malware.test"));
  CHECK_RESULT(PASS, AUDIT_MODE, true);
  ack(&r, &e);
  CHECK_RESULT(PASS, AUDIT_MODE, true);
  mode(&r, WEIR_PROTECTION_BLOCK, WEIR_ACTION_ALLOW);
  ack(&r, &e);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  mode(&r, WEIR_PROTECTION_OFF, WEIR_ACTION_BLOCK);
  ack(&r, &e);
  CHECK_RESULT(PASS, NO_RULE, false);
  mode(&r, WEIR_PROTECTION_AUDIT, WEIR_ACTION_ALLOW);
  ack(&r, &e);
  dns(&r, 0, 1, "malware.test", 0);
  CHECK_RESULT(PASS, AUDIT_MODE, true);
  rig_finish(&r);
  CHECK_EQ(rig_counters(&r).dropped, 1);
  weir_record f = rig_record(&r, WEIR_RECORD_FLOW, 0);
  CHECK_EQ(f.verdict, WEIR_VERDICT_PASS);
  CHECK_EQ(f.action, WEIR_ACTION_BLOCK);
  CHECK_EQ(f.reason, WEIR_REASON_AUDIT_MODE);
  rig_free(&r);
}

/* In audit mode the rule that would have blocked is the one that is told, as in the other. */
static void test_audit_mode_keeps_the_first_block(void) {
  for (unsigned protection = 0; protection < 2; protection++) {
    rig r = rig_with_rules();
    wire_ends e = to(198, 51, 100, 2, 80);
    mode(&r, (weir_protection)protection, WEIR_ACTION_ALLOW);
    rig_handshake(&r, &e, 1000);
    const char *blocked = "GET / HTTP/1.1\r\nHost: malware.test\r\n\r\n";
    say(&r, &e, 1000, blocked);
    say(&r, &e, 1000 + (uint32_t)strlen(blocked),
        "GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
    rig_finish(&r);
    weir_record f = rig_record(&r, WEIR_RECORD_FLOW, 0);
    CHECK_EQ(f.action, WEIR_ACTION_BLOCK);
    CHECK_EQ(f.verdict, protection ? WEIR_VERDICT_PASS : WEIR_VERDICT_DROP);
    rig_free(&r);
  }
}

static void hello_to(rig *r, const wire_ends *e, const char *host) {
  uint8_t hello[512];
  rig_handshake(r, e, 1000);
  rig_tcp(r, e, 0, 1000, TCP_ACK, hello, rig_hello(hello, host));
}

static void test_default_block(void) {
  rig r = rig_with_rules();
  mode(&r, WEIR_PROTECTION_BLOCK, WEIR_ACTION_BLOCK);
  wire_ends e = to(198, 51, 100, 2, 443);
  rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
  CHECK_RESULT(PASS, NO_RULE, false); /* its name may have a rule */
  hello_to(&r, &e, "unknown.test");
  CHECK_RESULT(DROP, DEFAULT_BLOCK, false);
  ack(&r, &e);
  CHECK_RESULT(DROP, FLOW_DECIDED, false);
  e.port[0]++;
  hello_to(&r, &e, "allowed.example");
  CHECK_RESULT(PASS, RULE_ALLOW, true);
  ack(&r, &e);
  CHECK_RESULT(PASS, NO_RULE, false);
  e.port[0]++;
  hello_to(&r, &e, "metrics.example.test"); /* a rule speaks */
  CHECK_RESULT(PASS, RULE_AUDIT, true);
  e = to(192, 0, 2, 53, 443); /* the address has a rule */
  hello_to(&r, &e, "unknown.test");
  CHECK_RESULT(PASS, NO_RULE, false);
  e = to(198, 51, 100, 2, 22);
  rig_handshake(&r, &e, 1000);
  CHECK_RESULT(PASS, NO_RULE, false);
  say(&r, &e, 1000, "SSH-2.0-x\r\n"); /* no name will come */
  CHECK_RESULT(DROP, DEFAULT_BLOCK, false);
  e.transport = 1;
  rig_packet(&r, (uint8_t[28]){0x45, 0, 0, 28, [8] = 64, 1, 0, 0, 10, 0, 0, 1, 198, 51, 100, 9, 8},
             28, 0);
  CHECK_RESULT(DROP, DEFAULT_BLOCK, false);
  mode(&r, WEIR_PROTECTION_AUDIT, WEIR_ACTION_BLOCK);
  e.transport = TRANSPORT_TCP;
  ack(&r, &e);
  CHECK_RESULT(PASS, AUDIT_MODE, false);
  mode(&r, WEIR_PROTECTION_BLOCK, WEIR_ACTION_ALLOW);
  ack(&r, &e);
  CHECK_RESULT(PASS, NO_RULE, false);
  mode(&r, WEIR_PROTECTION_BLOCK, WEIR_ACTION_BLOCK);
  ack(&r, &e);
  CHECK_RESULT(DROP, DEFAULT_BLOCK, false);
  rig_free(&r);
}

/* Queries are judged one by one, and their flow never as a whole. */
static void test_default_block_of_dns(void) {
  rig r = rig_with_rules();
  mode(&r, WEIR_PROTECTION_BLOCK, WEIR_ACTION_BLOCK);
  dns(&r, 0, 1, "unknown.test", 0);
  CHECK_RESULT(DROP, DEFAULT_BLOCK, false);
  dns(&r, 0, 2, "allowed.example", 0);
  CHECK_RESULT(PASS, RULE_ALLOW, true);
  dns(&r, 1, 2, "allowed.example", 7);
  CHECK_RESULT(PASS, RULE_ALLOW, true);
  weir_engine_use(r.engine, rig_rules());
  dns(&r, 0, 3, "allowed.example", 0);
  CHECK_RESULT(PASS, RULE_ALLOW, true);
  dns(&r, 0, 4, "unknown.test", 0);
  CHECK_RESULT(DROP, DEFAULT_BLOCK, false);
  rig_finish(&r);
  weir_record d = rig_record(&r, WEIR_RECORD_DNS, 0);
  CHECK_EQ(d.dns_id, 2);
  CHECK_EQ(d.action, WEIR_ACTION_ALLOW);
  d = rig_record(&r, WEIR_RECORD_DNS, 1);
  CHECK_EQ(d.dns_id, 1);
  CHECK_EQ(d.action, WEIR_ACTION_BLOCK);
  CHECK_EQ(d.reason, WEIR_REASON_DEFAULT_BLOCK);
  rig_free(&r);
}

static void test_modes_that_are_none(void) {
  rig r = rig_new();
  uint16_t before = weir_engine_generation(r.engine);
  CHECK_EQ(weir_engine_mode(r.engine, (weir_protection)3, WEIR_ACTION_ALLOW), WEIR_BAD_ARGUMENT);
  CHECK_EQ(weir_engine_mode(r.engine, WEIR_PROTECTION_OFF, WEIR_ACTION_WARN), WEIR_BAD_ARGUMENT);
  mode(&r, WEIR_PROTECTION_BLOCK, WEIR_ACTION_ALLOW); /* as it is */
  CHECK_EQ(weir_engine_generation(r.engine), before);
  rig_free(&r);
}

int main(void) {
  test_address();
  test_sni();
  test_several_hosts();
  test_hint();
  test_remote_of_a_flow_from_outside();
  test_generations();
  test_end_of_a_flow_judged_earlier();
  test_generations_wrap();
  test_protection();
  test_audit_mode_keeps_the_first_block();
  test_default_block();
  test_default_block_of_dns();
  test_modes_that_are_none();
  return test_end("rejudge");
}
