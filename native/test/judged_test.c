/* judged_test.c -- what those are told who watch flows as they are judged: weir_config.tells_judged. */
#include "rig.h"

static rig watched(uint8_t tells) {
  static weir_crypto crypto;
  weir_config c = rig_config();
  c.max_flows = 1024;
  weir_crypto_portable(&crypto);
  c.crypto = &crypto;
  c.tells_judged = tells;
  rig r = rig_with(&c);
  weir_engine_use(r.engine, rig_rules());
  return r;
}

static void say_hello(rig *r, wire_ends *e, const char *host) {
  uint8_t hello[512];
  e->port[0]++;
  rig_handshake(r, e, 1000);
  rig_tcp(r, e, 0, 1000, TCP_ACK, hello, rig_hello(hello, host));
}

static wire_ends to_server(void) {
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  memcpy(e.address[1], (uint8_t[]){198, 51, 100, 2}, 4);
  return e;
}

static void told_once(void) {
  rig r = watched(1);
  wire_ends e = to_server();
  say_hello(&r, &e, "www.malware.test");
  rig_tcp(&r, &e, 0, 1100, TCP_ACK, "x", 1);
  say_hello(&r, &e, "quiet.test");
  rig_tcp(&r, &e, 1, 5001, TCP_ACK, "x", 1);
  rig_drain(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_JUDGED), 2);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_FLOW), 0);
  weir_record stopped = rig_record(&r, WEIR_RECORD_JUDGED, 0);
  CHECK_NAME(stopped, "www.malware.test");
  CHECK_EQ(stopped.verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(stopped.reason, WEIR_REASON_RULE_BLOCK);
  CHECK(stopped.rule != WEIR_NO_RULE && stopped.generation);
  CHECK_EQ(stopped.protocol, WEIR_PROTOCOL_HTTPS);
  CHECK_EQ(stopped.packets_up, 2);
  CHECK_EQ(stopped.close, WEIR_CLOSE_NONE);
  weir_record passed = rig_record(&r, WEIR_RECORD_JUDGED, 1);
  CHECK_NAME(passed, "quiet.test");
  CHECK_EQ(passed.verdict, WEIR_VERDICT_PASS);
  CHECK_EQ(passed.flow_id, 2);
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_JUDGED), 2);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_FLOW), 2);
  rig_free(&r);
}

/* Other rules, another judgement. */
static void told_anew(void) {
  rig r = watched(1);
  wire_ends e = to_server();
  weir_engine_use(r.engine, NULL);
  say_hello(&r, &e, "www.malware.test");
  weir_engine_use(r.engine, rig_rules());
  rig_tcp(&r, &e, 1, 5001, TCP_ACK, "x", 1);
  rig_drain(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_JUDGED), 2);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_JUDGED, 0).verdict, WEIR_VERDICT_PASS);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_JUDGED, 1).verdict, WEIR_VERDICT_DROP);
  rig_free(&r);
}

static void told_to_nobody(void) {
  rig r = watched(0);
  wire_ends e = to_server();
  say_hello(&r, &e, "www.malware.test");
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_JUDGED), 0);
  CHECK_EQ(r.count, 1);
  rig_free(&r);
}

/* The same flows within a second and with a full ring: what is not told costs no record. */
static void never_at_others_cost(void) {
  rig r = watched(1);
  wire_ends e = to_server();
  for (unsigned i = 0; i < 200; i++) {
    say_hello(&r, &e, "www.malware.test");
    r.now_us -= 3000;
  }
  rig_drain(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_JUDGED), 128);
  r.now_us += 1000000;
  say_hello(&r, &e, "www.malware.test");
  rig_drain(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_JUDGED), 129);
  while (!weir_finish(r.engine)) rig_drain(&r);
  for (unsigned i = 0; i < 700; i++) { /* SYNs: nothing to tell of yet */
    e.port[0]++;
    rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
  }
  weir_finish(r.engine); /* stops with its reserve left, which is half of the ring */
  size_t before = r.count;
  say_hello(&r, &e, "www.malware.test"); /* makes room by draining */
  rig_finish(&r);
  CHECK_EQ(rig_counters(&r).records_lost, 0);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_FLOW), 200 + 1 + 700 + 1);
  CHECK(r.count > before);
  rig_free(&r);
}

/* Only while half of the ring is free. */
static void not_in_a_full_ring(void) {
  rig r = watched(1);
  wire_ends e = to_server();
  weir_packet last;
  for (unsigned i = 0; i < 600; i++) {
    e.port[0]++;
    rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
  }
  CHECK(!weir_finish(r.engine)); /* it ends what half of the ring takes, and waits */
  uint8_t hello[512], bytes[WIRE_HEADERS_MAX + 512];
  size_t len = wire_tcp(bytes, &e, 0, 1000, TCP_ACK, hello, rig_hello(hello, "www.malware.test"));
  last = (weir_packet){.data = bytes, .len = (uint32_t)len, .now_us = r.now_us + 1000};
  weir_inspect_lossy(r.engine, &last, 1, &r.result);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_JUDGED), 0);
  rig_free(&r);
}

int main(void) {
  told_once();
  told_anew();
  told_to_nobody();
  never_at_others_cost();
  not_in_a_full_ring();
  return test_end("judged");
}
