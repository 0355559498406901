/* inspect_flow_test.c -- how flows begin and end, in time and when there are too many. */
#include "inspect_said.h"

static const uint64_t second = 1000000;

static void test_close(void) {
  rig r = rig_new();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  rig_handshake(&r, &e, 1000);
  rig_tcp(&r, &e, 0, 1000, TCP_FIN | TCP_ACK, NULL, 0);
  rig_tcp(&r, &e, 1, 5001, TCP_FIN | TCP_ACK, NULL, 0);
  rig_tcp(&r, &e, 0, 1001, TCP_ACK, NULL, 0);
  uint64_t last = r.now_us;
  rig_handshake(&r, &e, 777000); /* the ports again, at once */
  rig_tcp(&r, &e, 1, 5001, TCP_RST, NULL, 0);
  rig_handshake(&r, &e, 999000);
  rig_handshake(&r, &e, 555000); /* and without an end in between */
  r.now_us += 4000 * second;
  rig_tcp(&r, &e, 0, 555000, TCP_ACK, NULL, 0); /* after a silence: a new flow */
  rig_finish(&r);
  static const uint8_t close[] = {WEIR_CLOSE_FIN, WEIR_CLOSE_RST, WEIR_CLOSE_REUSED,
                                  WEIR_CLOSE_IDLE, WEIR_CLOSE_FINISH};
  static const unsigned packets[] = {5, 3, 2, 2, 1};
  CHECK_EQ(rig_count(&r, FLOW), 5);
  for (unsigned i = 0; i < 5; i++) {
    weir_record f = rig_record(&r, FLOW, i);
    CHECK_EQ(f.close, close[i]);
    CHECK_EQ(f.packets_up + f.packets_down, packets[i]);
    CHECK_EQ(f.flow_id, i + 1);
  }
  CHECK_EQ(rig_record(&r, FLOW, 0).end_us, last);
  rig_free(&r);
}

/* Captures' clocks: back a little is disorder, back a lot is a clock set anew, forward is silence. */
static void test_clock(void) {
  rig r = rig_new();
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 2, 9);
  uint64_t began = r.now_us;
  rig_udp(&r, &e, 0, "x", 1);
  r.now_us -= 30 * second;
  rig_udp(&r, &e, 0, "x", 1);
  r.now_us -= 86400 * second;
  for (unsigned i = 0; i < 100; i++) {
    r.now_us += second;
    rig_udp(&r, &e, 0, "x", 1);
  }
  CHECK_EQ(rig_counters(&r).flows_closed, 0);
  CHECK(weir_next_deadline(r.engine) < r.now_us + 2 * second);
  r.now_us += 200 * second;
  CHECK(weir_tick(r.engine, r.now_us));
  rig_drain(&r);
  weir_record f = rig_record(&r, FLOW, 0);
  CHECK_EQ(f.close, WEIR_CLOSE_IDLE);
  CHECK_EQ(f.packets_up, 102);
  CHECK_EQ(f.start_us, began + 1000);
  CHECK_EQ(f.end_us, began + 1000);
  rig_free(&r);
}

/* Times at the end of the range, again and again: nothing stops, nothing waits for ever. */
static void test_clock_at_the_ends_of_time(void) {
  rig r = rig_new();
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 2, 9);
  for (unsigned i = 0; i < 64; i++) {
    r.now_us = i & 1 ? 0 : UINT64_MAX - 2000;
    rig_udp(&r, &e, 0, "x", 1);
  }
  e.port[0]++;
  for (unsigned i = 0; i < 10; i++) {
    r.now_us = 1000000 * second + i * 100 * second;
    rig_udp(&r, &e, 0, "x", 1);
  }
  rig_drain(&r);
  CHECK(rig_counters(&r).flows_closed > 20);
  CHECK_EQ(rig_counters(&r).flows_opened - rig_counters(&r).flows_closed, 1);
  rig_free(&r);
}

static void test_syn_flood(void) {
  rig r = rig_new();
  uint8_t hello[512];
  wire_ends good = wire_between(TRANSPORT_TCP, 9, 40000, 2, 443);
  rig_handshake(&r, &good, 1000);
  wire_ends bad = wire_between(TRANSPORT_TCP, 1, 1, 2, 443);
  for (uint32_t i = 0; i < 5000; i++) {
    bad.address[0][3] = (uint8_t)i;
    bad.port[0] = (uint16_t)(i >> 2);
    rig_tcp(&r, &bad, 0, i, TCP_SYN, NULL, 0);
  }
  size_t len = rig_hello(hello, "good.test");
  rig_tcp(&r, &good, 0, 1000, TCP_ACK, hello, len);
  CHECK_EQ(r.result.flow_id, 1);
  weir_counters c = rig_counters(&r);
  CHECK_EQ(c.flows_opened, 5001);
  CHECK_EQ(c.flows_evicted, 5001 - 64);
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, FLOW), 5001);
  CHECK_EQ(rig_counters(&r).records_lost, 0);
  rig_free(&r);
}

/* One-sided UDP with data takes observers: their pool is bounded too. */
static void test_observer_pool(void) {
  rig r = rig_new();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 1, 2, 443);
  uint8_t hello[512];
  size_t len = rig_hello(hello, "late.test");
  for (uint16_t i = 0; i < 40; i++) {
    e.port[0] = (uint16_t)(100 + i);
    rig_handshake(&r, &e, 1000);
    rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, 40);
  }
  CHECK_EQ(rig_counters(&r).assemblers_evicted, 32); /* eight blocks */
  for (uint16_t i = 0; i < 40; i++) {
    e.port[0] = (uint16_t)(100 + i);
    rig_tcp(&r, &e, 0, 1040, TCP_ACK, hello + 40, len - 40);
  }
  rig_finish(&r);
  for (unsigned i = 0; i < 40; i++) CHECK_EQ(rig_record(&r, FLOW, i).name_len, i < 32 ? 0 : 9);
  CHECK_EQ(rig_counters(&r).flows_evicted, 0);
  rig_free(&r);
}

static void test_packet_counts_stay(void) {
  rig r = rig_new();
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 2, 9);
  rig_udp(&r, &e, 0, "x", 1);
  rig_udp(&r, &e, 1, "x", 1);
  r.engine->flows.flow[0].packets[1] = UINT32_MAX - 1;
  for (unsigned i = 0; i < 5; i++) rig_udp(&r, &e, 1, "x", 1);
  CHECK_EQ(r.engine->flows.young_head, FLOW_NONE);
  rig_finish(&r);
  CHECK_EQ(rig_record(&r, FLOW, 0).packets_down, UINT32_MAX);
  rig_free(&r);
}

int main(void) {
  test_close();
  test_clock();
  test_clock_at_the_ends_of_time();
  test_syn_flood();
  test_observer_pool();
  test_packet_counts_stay();
  return test_end("inspect-flow");
}
