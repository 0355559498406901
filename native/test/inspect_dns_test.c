/* inspect_dns_test.c -- DNS transactions, and the names that answers give to addresses. */
#include "inspect_said.h"

static void test_dns_transactions(void) {
  rig r = rig_new();
  ask(&r, 1, "a.test", 1);
  ask(&r, 1, "a.test", 1); /* sent again */
  ask(&r, 1, "a.test", 28);
  uint64_t asked = r.now_us;
  answer(&r, 1, "A.test", 7);
  answer(&r, 9, "other.test", 8); /* nobody asked */
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_DNS), 3);
  weir_record d = rig_record(&r, WEIR_RECORD_DNS, 0);
  CHECK_NAME(d, "a.test");
  CHECK_EQ(d.flags, WEIR_FLAG_QUERY | WEIR_FLAG_RESPONSE);
  CHECK_EQ(d.start_us, asked - 2000);
  CHECK_EQ(d.end_us, asked + 1000);
  CHECK_EQ(d.answers, 1);
  weir_record a = rig_record(&r, WEIR_RECORD_ANSWER, 0);
  CHECK_EQ(a.flags, WEIR_FLAG_ADDRESS_IS_IPV4);
  CHECK_EQ(a.address[15], 7);
  CHECK_EQ(a.ttl, 300);
  d = rig_record(&r, WEIR_RECORD_DNS, 1);
  CHECK_EQ(d.flags, WEIR_FLAG_RESPONSE);
  CHECK_NAME(d, "other.test");
  d = rig_record(&r, WEIR_RECORD_DNS, 2);
  CHECK_EQ(d.flags, WEIR_FLAG_QUERY);
  CHECK_EQ(d.qtype, 28);
  CHECK_EQ(rig_record(&r, FLOW, 0).protocol, WEIR_PROTOCOL_DNS);
  rig_free(&r);
}

static void test_dns_pendings_are_bounded(void) {
  rig r = rig_new();
  for (uint16_t i = 0; i < 100; i++) ask(&r, i, "a.test", 1);
  rig_drain(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_DNS), 100 - 32); /* a flow's own bound */
  CHECK_EQ(rig_record(&r, WEIR_RECORD_DNS, 0).dns_id, 0);
  wire_ends e = resolver;
  for (uint16_t i = 0; i < 40; i++) { /* one a flow: the pool's bound of 64 */
    uint8_t bytes[100];
    e.port[0] = (uint16_t)(6000 + i);
    rig_udp(&r, &e, 0, bytes, rig_dns(bytes, i, "b.test", 1, NULL));
  }
  CHECK_EQ(rig_counters(&r).dns_pending_evicted, 68 + 8);
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_DNS), 140);
  rig_free(&r);
}

static void test_hints(void) {
  rig r = rig_with_rules();
  answer(&r, 1, "www.malware.test", 7);
  answer(&r, 2, "one.test", 8);
  answer(&r, 3, "malware.test", 8);
  answer(&r, 4, "www.malware.test", 9);
  rig_drain(&r);
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 7, 9999);
  for (uint8_t last = 7; last < 10; last++) {
    e.address[1][3] = last;
    rig_handshake(&r, &e, 1000);
    if (last == 9) {
      uint8_t hello[512];
      rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, rig_hello(hello, "own.test"));
    }
  }
  rig_finish(&r);
  weir_record f = rig_record(&r, FLOW, 1); /* after the resolver's */
  CHECK_NAME(f, "www.malware.test");
  CHECK_EQ(f.host_source, WEIR_HOST_DNS_HINT);
  CHECK_EQ(f.reason, WEIR_REASON_RULE_BLOCK);
  f = rig_record(&r, FLOW, 2);
  CHECK_NAME(f, "malware.test");
  CHECK_EQ(f.flags, WEIR_FLAG_HINT_AMBIGUOUS);
  CHECK_EQ(f.reason, WEIR_REASON_NO_RULE); /* it may be another's */
  f = rig_record(&r, FLOW, 3);
  CHECK_NAME(f, "own.test");
  CHECK_EQ(f.host_source, WEIR_HOST_TLS_SNI);
  CHECK_EQ(f.reason, WEIR_REASON_NO_RULE); /* its own name counts, not the hint */
  rig_free(&r);
}

int main(void) {
  test_dns_transactions();
  test_dns_pendings_are_bounded();
  test_hints();
  return test_end("inspect-dns");
}
