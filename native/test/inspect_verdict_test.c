/* inspect_verdict_test.c -- what the engine says of each packet under rules. */
#include "inspect_said.h"

static void test_verdicts_by_address(void) {
  rig r = rig_with_rules();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  memcpy(e.address[1], (uint8_t[]){192, 0, 2, 9}, 4);
  rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  rig_tcp(&r, &e, 1, 5000, TCP_SYN | TCP_ACK, NULL, 0);
  CHECK_RESULT(DROP, FLOW_DECIDED, true);
  e.address[1][3] = 53;
  rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
  CHECK_RESULT(PASS, RULE_ALLOW, true);
  rig_tcp(&r, &e, 1, 5000, TCP_SYN | TCP_ACK, NULL, 0);
  CHECK_RESULT(PASS, NO_RULE, false);
  rig_finish(&r);
  weir_record f = rig_record(&r, FLOW, 0);
  CHECK_EQ(f.verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(f.packets_up + f.packets_down, 2);
  CHECK_EQ(rig_counters(&r).dropped, 2);
  rig_free(&r);
}

static void test_verdicts_by_name(void) {
  uint8_t hello[512];
  rig r = rig_with_rules();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  rig_handshake(&r, &e, 1000);
  CHECK_RESULT(PASS, NO_RULE, false);
  size_t len = rig_hello(hello, "www.malware.test");
  rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, 30);
  CHECK_RESULT(PASS, NO_RULE, false);
  rig_tcp(&r, &e, 0, 1030, TCP_ACK, hello + 30, len - 30);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  rig_tcp(&r, &e, 0, 1030, TCP_ACK, hello + 30, len - 30);
  CHECK_RESULT(DROP, FLOW_DECIDED, true);
  e.port[0]++;
  rig_handshake(&r, &e, 1000);
  rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, rig_hello(hello, "metrics.example.test"));
  CHECK_RESULT(PASS, RULE_AUDIT, true);
  rig_tcp(&r, &e, 0, 1000, TCP_ACK, "x", 1);
  CHECK_RESULT(PASS, NO_RULE, false);
  rig_finish(&r);
  CHECK_EQ(rig_record(&r, FLOW, 0).action, WEIR_ACTION_BLOCK);
  CHECK_EQ(rig_record(&r, FLOW, 1).action, WEIR_ACTION_AUDIT);
  rig_free(&r);
  r = rig_with_rules(); /* the second request of a flow */
  rig_handshake(&r, &web, 1000);
  uint32_t seq = say(&r, &web, 1000, request_a);
  CHECK_RESULT(PASS, NO_RULE, false);
  say(&r, &web, seq, "GET / HTTP/1.1\r\nHost: malware.test\r\n\r\n");
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  rig_free(&r);
}

/* A name's queries are stopped, and its flow goes on for others. */
static void test_verdicts_of_dns(void) {
  rig r = rig_with_rules();
  ask(&r, 1, "malware.test", 1);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  ask(&r, 2, "fine.test", 1);
  CHECK_RESULT(PASS, NO_RULE, false);
  answer(&r, 2, "fine.test", 7);
  CHECK_RESULT(PASS, NO_RULE, false);
  rig_free(&r);
  /* Two queries in one segment, the blocked one in front or behind. */
  for (unsigned first = 0; first < 2; first++) {
    uint8_t bytes[200];
    r = rig_with_rules();
    wire_ends e = resolver;
    e.transport = TRANSPORT_TCP;
    rig_handshake(&r, &e, 1000);
    size_t n = rig_dns(bytes + 2, 1, first ? "fine.test" : "malware.test", 1, NULL);
    wire_put16(bytes, (uint32_t)n), n += 2;
    size_t m = rig_dns(bytes + n + 2, 2, first ? "malware.test" : "fine.test", 1, NULL);
    wire_put16(bytes + n, (uint32_t)m);
    rig_tcp(&r, &e, 0, 1000, TCP_ACK, bytes, n + 2 + m);
    CHECK_RESULT(DROP, RULE_BLOCK, true);
    rig_finish(&r);
    CHECK_EQ(rig_record(&r, WEIR_RECORD_DNS, first).verdict, WEIR_VERDICT_DROP);
    CHECK_EQ(rig_record(&r, WEIR_RECORD_DNS, !first).verdict, WEIR_VERDICT_PASS);
    rig_free(&r);
  }
  /* Two questions in one message. */
  for (unsigned first = 0; first < 2; first++) {
    uint8_t bytes[200];
    r = rig_with_rules();
    size_t n = rig_dns(bytes, 1, first ? "fine.test" : "malware.test", 1, NULL);
    bytes[5] = 2;
    n += rig_dns_name(bytes + n, first ? "malware.test" : "fine.test");
    wire_put16(bytes + n, 1), wire_put16(bytes + n + 2, 1);
    rig_udp(&r, &resolver, 0, "\0", 1);
    rig_udp(&r, &resolver, 0, bytes, n + 4);
    CHECK_RESULT(DROP, RULE_BLOCK, true);
    rig_free(&r);
  }
}

static void test_direction_tells_the_remote(void) {
  rig r = rig_with_rules();
  uint8_t bytes[100];
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  memcpy(e.address[0], (uint8_t[]){192, 0, 2, 9}, 4); /* the client is the blocked one */
  weir_packet p = {
      .data = bytes, .len = (uint32_t)wire_tcp(bytes, &e, 0, 999, TCP_SYN, NULL, 0), .now_us = 1};
  weir_inspect(r.engine, &p, 1, &r.result);
  CHECK_RESULT(PASS, NO_RULE, false);
  wire_put16(bytes + 20, 40001);
  p.direction = WEIR_DIRECTION_INBOUND;
  weir_inspect(r.engine, &p, 1, &r.result);
  CHECK_RESULT(DROP, RULE_BLOCK, true);
  rig_free(&r);
}

static void test_purpose_of_malformed(void) {
  for (uint8_t verdict = 0; verdict < 2; verdict++) {
    weir_config c = rig_config();
    c.on_malformed = verdict;
    rig r = rig_with(&c);
    rig_packet(&r, (const uint8_t *)"\x45\0\0\x10", 4, 0);
    CHECK_EQ(r.result.verdict, verdict);
    rig_packet(&r, (const uint8_t *)"\x75", 1, 0);
    CHECK_EQ(r.result.verdict, verdict);
    CHECK_EQ(r.result.reason, WEIR_REASON_UNSUPPORTED);
    CHECK_EQ(r.result.flow_id, 0);
    CHECK_EQ(r.result.rule, WEIR_NO_RULE);
    rig_free(&r);
  }
}

int main(void) {
  test_verdicts_by_address();
  test_verdicts_by_name();
  test_verdicts_of_dns();
  test_direction_tells_the_remote();
  test_purpose_of_malformed();
  return test_end("inspect-verdict");
}
