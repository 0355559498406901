#include "rig.h"

#include "answer_quic.h"
#include "arrival_same.h"
#include "dns.h"
#include "quic_seal.h"

static uint8_t out[1500];

/* Plays a packet from the client, which is to be dropped, and gives the view of its answer. */
static packet told(rig *r, const wire_ends *e, uint32_t seq, uint8_t flags, const void *payload,
                   size_t len) {
  static uint8_t bytes[WIRE_HEADERS_MAX + 4096];
  size_t n = e->transport == TRANSPORT_TCP ? wire_tcp(bytes, e, 0, seq, flags, payload, len)
                                           : wire_udp(bytes, e, 0, payload, len);
  if (e->transport == TRANSPORT_TCP) wire_put32(bytes + n - len - 12, 5001); /* acknowledges */
  rig_packet(r, bytes, n, 0);
  weir_packet in = {.data = bytes, .len = (uint32_t)n, .now_us = r->now_us};
  size_t answered = weir_answer(r->engine, &in, &r->result, out, sizeof out);
  packet view = {.kind = PACKET_MALFORMED};
  if (!answered) return view;
  weir_packet back = {
      .data = out, .len = (uint32_t)answered, .now_us = 7, .direction = WEIR_DIRECTION_INBOUND};
  packet_parse(&view, &back);
  CHECK(arrival_same(r->engine, &in, &back));
  CHECK_EQ(view.ip_bytes, answered);
  if (view.transport != TRANSPORT_ICMP) CHECK_EQ(view.source_port, e->port[1]);
  CHECK(!memcmp(view.destination, e->address[0], 4));
  return view;
}

static bool silent(packet p) { return p.kind == PACKET_MALFORMED; }

static void tls(void) {
  rig r = rig_with_rules();
  uint8_t hello[512];
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 9, 443);
  rig_handshake(&r, &e, 1001);
  packet p = told(&r, &e, 1001, TCP_ACK, hello, rig_hello(hello, "ads.example.test"));
  CHECK_EQ(p.tcp_flags, TCP_RST); /* in sequence, RFC 5961 3.2 */
  CHECK_EQ(p.seq, 5001);
  CHECK_EQ(told(&r, &e, 1001, TCP_ACK, hello, 10).tcp_flags, TCP_RST); /* once more */
  CHECK(silent(told(&r, &e, 1001, TCP_RST, NULL, 0)));

  e.port[0]++;
  rig_handshake(&r, &e, 1001);
  CHECK(silent(told(&r, &e, 1001, TCP_ACK, hello, rig_hello(hello, "www.example.test"))));
  rig_free(&r);
}

/* An address that is blocked: at the SYN, which carries no acknowledgment. */
static void syn(void) {
  rig r = rig_with_rules();
  uint8_t bytes[64];
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 9, 443);
  memcpy(e.address[1], (uint8_t[]){192, 0, 2, 99}, 4);
  size_t n = wire_tcp(bytes, &e, 0, 1000, TCP_SYN, NULL, 0);
  rig_packet(&r, bytes, n, 0);
  weir_packet in = {.data = bytes, .len = (uint32_t)n}, back = {.data = out};
  packet p;
  back.len = (uint32_t)weir_answer(r.engine, &in, &r.result, out, sizeof out);
  packet_parse(&p, &back);
  CHECK_EQ(p.tcp_flags, TCP_RST | TCP_ACK);
  CHECK_EQ(p.seq, 0);
  CHECK_EQ(p.ack, 1001);
  /* The server, should it speak, is told nothing. */
  n = wire_tcp(bytes, &e, 1, 5000, TCP_SYN | TCP_ACK, NULL, 0);
  rig_packet(&r, bytes, n, 0);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  in.len = (uint32_t)n;
  CHECK_EQ(weir_answer(r.engine, &in, &r.result, out, sizeof out), 0);
  rig_free(&r);
}

static void http(void) {
  static const char get[] = "GET / HTTP/1.1\r\nHost: ads.example.test\r\n\r\n";
  static const char head[] = "HEAD / HTTP/1.1\r\nHost: ads.example.test\r\n\r\n";
  rig r = rig_with_rules();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 9, 80);
  rig_handshake(&r, &e, 1001);
  packet p = told(&r, &e, 1001, TCP_ACK, get, sizeof get - 1);
  CHECK_EQ(p.tcp_flags, TCP_PSH | TCP_ACK | TCP_FIN);
  CHECK_EQ(p.seq, 5001);
  CHECK_EQ(p.ack, 1001 + sizeof get - 1);
  CHECK(!memcmp(p.body.at, "HTTP/1.1 403 ", 13));
  out[p.ip_bytes - 1] = 0;
  CHECK(strstr((const char *)p.body.at, "<b>ads.example.test</b>") != NULL);
  CHECK(strstr((const char *)p.body.at, "demo-ads") != NULL);
  /* It reads the page, and closes. */
  CHECK(silent(told(&r, &e, 1001 + sizeof get - 1, TCP_ACK, NULL, 0)));
  p = told(&r, &e, 1001 + sizeof get - 1, TCP_ACK | TCP_FIN, NULL, 0);
  CHECK_EQ(p.tcp_flags, TCP_ACK);
  CHECK_EQ(p.ack, 1001 + sizeof get);

  e.port[0]++;
  rig_handshake(&r, &e, 1001);
  p = told(&r, &e, 1001, TCP_ACK, head, sizeof head - 1);
  CHECK(!memcmp(p.body.at + p.body.left - 4, "\r\n\r\n", 4));
  rig_free(&r);
}

static void dns(void) {
  rig r = rig_with_rules();
  uint8_t query[300];
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 53, 53);
  dns_message m;
  packet p = told(&r, &e, 0, 0, query, rig_dns(query, 7, "x.malware.test", 1, NULL));
  CHECK_EQ(dns_parse(p.body, &m), PARSE_PARSED);
  CHECK(m.is_response);
  CHECK_EQ(m.id, 7);
  CHECK_EQ(m.rcode, 3);
  CHECK(silent(told(&r, &e, 0, 0, query, rig_dns(query, 8, "www.example.test", 1, NULL))));

  weir_answers answers;
  weir_answers_init(&answers);
  answers.dns.mode = WEIR_DNS_NULL;
  weir_engine_answers(r.engine, &answers);
  p = told(&r, &e, 0, 0, query, rig_dns(query, 9, "x.malware.test", 1, NULL));
  CHECK(dns_parse(p.body, &m) == PARSE_PARSED && m.rcode == 0 && m.answers == 1);

  e.transport = TRANSPORT_TCP;
  rig_handshake(&r, &e, 1001);
  size_t n = rig_dns(query + 2, 10, "x.malware.test", 1, NULL);
  wire_put16(query, (uint32_t)n);
  p = told(&r, &e, 1001, TCP_ACK, query, 2 + n);
  CHECK_EQ(p.tcp_flags, TCP_PSH | TCP_ACK | TCP_FIN);
  CHECK_EQ(p.body.at[0] << 8 | p.body.at[1], p.body.left - 2);
  CHECK(dns_parse(reader_of(p.body.at + 2, p.body.left - 2), &m) == PARSE_PARSED && m.id == 10);
  rig_free(&r);
}

/* The hello of a QUIC client comes in one Initial packet. */
static void quic(void) {
  static uint8_t bytes[1500], hello[600], frames[700];
  static const uint8_t dcid[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  rig r = rig_with_rules();
  weir_crypto crypto;
  weir_crypto_portable(&crypto);
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 9, 443);
  size_t n = rig_hello(hello, "ads.example.test") - 5; /* without the record's header */
  frames[0] = 6, frames[1] = 0;                        /* CRYPTO, at 0 */
  wire_put16(frames + 2, (uint32_t)(0x4000 | n));
  memcpy(frames + 4, hello + 5, n);
  seal_packet sent = {.version = 1,
                      .profile = quic_profile_of(1),
                      .key_dcid = reader_of(dcid, 8),
                      .dcid = reader_of(dcid, 8),
                      .frames = reader_of(frames, 4 + n),
                      .padded = 1162};
  size_t len = seal_initial(bytes, &crypto, &sent);
  packet p = told(&r, &e, 0, 0, bytes, len);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(p.transport, TRANSPORT_UDP);
  CHECK(p.body.left > 0 && p.body.left <= ANSWER_QUIC_MAX);
  CHECK_EQ(p.body.at[0] & 0xf0, 0xc0);
  /* What cannot be opened gets an ICMP message: port unreachable. */
  bytes[len - 1] ^= 1;
  p = told(&r, &e, 0, 0, bytes, len);
  CHECK_EQ(p.transport, TRANSPORT_ICMP);
  CHECK_EQ(p.body.at[0] << 8 | p.body.at[1], 0x0303);
  rig_free(&r);
}

/* Anything else is unreachable, so often a second and no more (RFC 1812 4.3.2.8). */
static void rate(void) {
  rig r = rig_with_rules();
  unsigned answered = 0;
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 9, 9999);
  memcpy(e.address[1], (uint8_t[]){192, 0, 2, 99}, 4);
  for (unsigned i = 0; i < 1000; i++) { /* a millisecond apart */
    packet p = told(&r, &e, 0, 0, "?", 1);
    if (silent(p)) continue;
    answered++;
    CHECK_EQ(p.body.at[0] << 8 | p.body.at[1], 0x030d);
  }
  CHECK(answered >= 150 && answered <= 201);
  weir_answers none;
  weir_answers_init(&none);
  none.unreachable_rate = 0;
  weir_engine_answers(r.engine, &none);
  CHECK(silent(told(&r, &e, 0, 0, "?", 1)));
  rig_free(&r);
}

int main(void) {
  tls();
  syn();
  http();
  dns();
  quic();
  rate();
  return test_end("answer");
}
