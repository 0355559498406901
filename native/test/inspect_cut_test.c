/* inspect_cut_test.c -- packets that are not as they were sent: padded, cut by a snap length, in fragments. */
#include "inspect_said.h"

static const uint64_t second = 1000000;

static void test_padding(void) {
  uint8_t hello[512];
  size_t len = rig_hello(hello, "padded.test");
  for (unsigned zeros = 1; zeros <= 7; zeros++) {
    rig r = rig_new();
    wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
    rig_handshake(&r, &e, 1000);
    rig_tcp(&r, &e, 0, 1000, TCP_ACK, (const uint8_t[7]){0}, zeros);
    rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, len);
    rig_finish(&r);
    CHECK_EQ(rig_record(&r, FLOW, 0).name_len, zeros <= 6 ? 11 : 0); /* seven are data */
    rig_free(&r);
  }
}

static void test_snap_length(void) {
  uint8_t hello[512], bytes[2048];
  size_t len = rig_hello(hello, "cut.test"), n;
  for (size_t kept = 0; kept <= len; kept++) {
    rig r = rig_new();
    wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
    rig_handshake(&r, &e, 1000);
    n = wire_tcp(bytes, &e, 0, 1000, TCP_ACK, hello, len);
    rig_packet(&r, bytes, n - len + kept, n);
    CHECK_EQ(rig_counters(&r).truncated, kept < len);
    rig_finish(&r);
    weir_record f = rig_record(&r, FLOW, 0);
    CHECK_EQ(f.bytes_up, n + 40); /* as the wire had them */
    /* The extensions behind the SNI take seven bytes. */
    CHECK_EQ(f.name_len, kept < len - 7 ? 0 : 8);
    CHECK_EQ(f.protocol, kept ? WEIR_PROTOCOL_HTTPS : WEIR_PROTOCOL_UNKNOWN);
    rig_free(&r);
  }
  /* A cut POST: its body's missing bytes do not hide the next request. */
  rig r = rig_new();
  rig_handshake(&r, &web, 1000);
  char text[200];
  snprintf(text, sizeof text, "%s%s", post_a, body40);
  n = wire_tcp(bytes, &web, 0, 1000, TCP_ACK, text, strlen(text));
  rig_packet(&r, bytes, n - 20, n);
  say(&r, &web, 1000 + (uint32_t)strlen(text), request_b);
  CHECK_HOSTS(&r, "b.test,a.test");
}

static size_t udp_body(uint8_t *body, const wire_ends *e, const void *payload, size_t len) {
  uint8_t bytes[WIRE_HEADERS_MAX + 2048];
  size_t n = wire_udp(bytes, e, 0, payload, len), header = e->version == 4 ? 20 : 40;
  memcpy(body, bytes + header, n - header);
  return n - header;
}

static void test_fragmented_query(void) {
  uint8_t query[200], body[256], bytes[512];
  for (unsigned swap = 0; swap < 2; swap++) {
    rig r = rig_with_rules();
    size_t n = udp_body(body, &resolver, query, rig_dns(query, 1, "www.malware.test", 1, NULL));
    if (swap) rig_packet(&r, bytes, wire_fragment4(bytes, &resolver, 7, body, 24, n, false), 0);
    rig_packet(&r, bytes, wire_fragment4(bytes, &resolver, 7, body, 0, 24, true), 0);
    CHECK_EQ(r.result.flow_id, swap);
    if (!swap) CHECK_RESULT(PASS, FRAGMENT, false);
    if (!swap) rig_packet(&r, bytes, wire_fragment4(bytes, &resolver, 7, body, 24, n, false), 0);
    CHECK_RESULT(DROP, RULE_BLOCK, true);
    rig_finish(&r);
    CHECK_EQ(rig_record(&r, FLOW, 0).packets_up, 2);
    CHECK_EQ(rig_record(&r, FLOW, 0).bytes_up, n + 40);
    CHECK_NAME(rig_record(&r, WEIR_RECORD_DNS, 0), "www.malware.test");
    CHECK_EQ(rig_counters(&r).fragments_joined, 1);
    rig_free(&r);
  }
}

/* What never gets whole still counts, at the time it came. */
static void test_fragment_expiry(void) {
  uint8_t body[256] = {0}, bytes[512];
  for (unsigned tick = 0; tick < 2; tick++) {
    rig r = rig_new();
    udp_body(body, &resolver, body, 100);
    rig_packet(&r, bytes, wire_fragment4(bytes, &resolver, 7, body, 0, 48, true), 0);
    uint64_t came = r.now_us;
    r.now_us += 31 * second;
    if (tick) {
      CHECK(weir_next_deadline(r.engine) <= came + 30 * second);
      CHECK(weir_tick(r.engine, r.now_us));
    } else {
      wire_ends e = wire_between(TRANSPORT_UDP, 3, 40000, 2, 9);
      rig_udp(&r, &e, 0, "x", 1);
    }
    CHECK_EQ(rig_counters(&r).fragments_expired, 1);
    rig_finish(&r);
    weir_record f = rig_record(&r, FLOW, 0);
    CHECK_EQ(f.tuple.server_port, 53);
    CHECK_EQ(f.packets_up, 1);
    CHECK_EQ(f.start_us, came);
    CHECK_EQ(f.end_us, came);
    rig_free(&r);
  }
}

/* A datagram whose pieces are sound and whose whole is not. */
static void test_malformed_when_joined(void) {
  uint8_t body[64] = {0}, bytes[128];
  weir_config c = rig_config();
  c.on_malformed = WEIR_VERDICT_DROP;
  rig r = rig_with(&c);
  wire_put16(body + 4, 3); /* a UDP length below its header's */
  rig_packet(&r, bytes, wire_fragment4(bytes, &resolver, 7, body, 0, 24, true), 0);
  rig_packet(&r, bytes, wire_fragment4(bytes, &resolver, 7, body, 24, 48, false), 0);
  CHECK_RESULT(DROP, MALFORMED, false);
  CHECK_EQ(rig_counters(&r).malformed, 1);
  rig_free(&r);
}

int main(void) {
  test_padding();
  test_snap_length();
  test_fragmented_query();
  test_fragment_expiry();
  test_malformed_when_joined();
  return test_end("inspect-cut");
}
