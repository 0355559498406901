/* inspect_order_test.c -- a client's bytes in every order, cut anywhere, and again. */
#include "inspect_said.h"

/* A client's bytes and what they tell. */
typedef struct speech {
  uint8_t bytes[2048];
  size_t len;
  uint16_t port;
  uint8_t protocol;
  const char *host;
  unsigned dns; /* transactions */
} speech;

static speech speech_tls(void) {
  speech s = {.port = 443, .protocol = WEIR_PROTOCOL_HTTPS, .host = "www.example.net"};
  s.len = rig_hello(s.bytes, s.host);
  return s;
}

static speech speech_http(void) {
  static const char text[] =
      "GET /path HTTP/1.1\r\nUser-Agent: x\r\nHost: Www.Example.NET\r\nAccept: */*\r\n\r\n";
  speech s = {.port = 80,
              .protocol = WEIR_PROTOCOL_HTTP,
              .host = "www.example.net",
              .len = sizeof text - 1};
  memcpy(s.bytes, text, s.len);
  return s;
}

static speech speech_dns(void) {
  speech s = {.port = 53, .protocol = WEIR_PROTOCOL_DNS, .host = "one.example", .dns = 2};
  size_t n = rig_dns(s.bytes + 2, 1, "one.example", 1, NULL);
  wire_put16(s.bytes, (uint32_t)n);
  s.len = 2 + n;
  n = rig_dns(s.bytes + s.len + 2, 2, "two.example", 28, NULL);
  wire_put16(s.bytes + s.len, (uint32_t)n);
  s.len += 2 + n;
  return s;
}

/* STARTTLS of a protocol that nobody knows here. */
static speech speech_preface(void) {
  static const char text[] = "CAPABILITIES\r\nSTARTTLS \x16\x03\x01\r\n";
  speech s = {.port = 119,
              .protocol = WEIR_PROTOCOL_TLS,
              .host = "www.example.net",
              .len = sizeof text - 1};
  memcpy(s.bytes, text, s.len);
  s.len += rig_hello(s.bytes + s.len, s.host);
  return s;
}

static void check_told(rig *r, const speech *s, int line) {
  rig_finish(r);
  weir_record f = rig_record(r, FLOW, 0);
  if (f.protocol != s->protocol || f.name_len != strlen(s->host) ||
      memcmp(f.name, s->host, f.name_len) || rig_count(r, FLOW) != 1 ||
      rig_count(r, WEIR_RECORD_DNS) != s->dns) {
    fprintf(stderr, "  line %d: %s \"%.*s\", %zu flows, %zu transactions\n", line,
            weir_protocol_text(f.protocol), f.name_len, f.name, rig_count(r, FLOW),
            rig_count(r, WEIR_RECORD_DNS));
    test_failed++;
  } else {
    test_passed++;
  }
  rig_free(r);
}

static wire_ends ends_of(const speech *s) {
  return wire_between(TRANSPORT_TCP, 1, 40000, 2, s->port);
}

static void piece(rig *r, const speech *s, uint32_t seq, size_t from, size_t to) {
  wire_ends e = ends_of(s);
  rig_tcp(r, &e, 0, seq + (uint32_t)from, TCP_ACK, s->bytes + from, to - from);
}

static void cut_anywhere(const speech *s) {
  for (size_t at = 1; at < s->len; at++) {
    static const uint32_t starts[2] = {1000, UINT32_MAX - 20}; /* the numbers wrap around */
    for (unsigned order = 0; order < 4; order++) {
      rig r = rig_new();
      wire_ends e = ends_of(s);
      uint32_t seq = starts[order & 1];
      rig_handshake(&r, &e, seq);
      if (order & 2) piece(&r, s, seq, at, s->len);
      piece(&r, s, seq, 0, at);
      if (!(order & 2)) piece(&r, s, seq, at, s->len);
      check_told(&r, s, __LINE__);
    }
  }
}

static void byte_by_byte(const speech *s) {
  for (unsigned backwards = 0; backwards < 2; backwards++) {
    rig r = rig_new();
    wire_ends e = ends_of(s);
    rig_handshake(&r, &e, 1000);
    size_t step = backwards ? s->len / 12 + 1 : 1; /* as many runs as an assembler holds */
    for (size_t at = 0; at < s->len; at += step) {
      size_t to = at + step < s->len ? at + step : s->len;
      if (backwards)
        piece(&r, s, 1000, s->len - to, s->len - at);
      else
        piece(&r, s, 1000, at, to);
    }
    check_told(&r, s, __LINE__);
  }
}

/* Four pieces in all 24 orders, with the whole sent again at the end. */
static void every_order(const speech *s, bool with_syn) {
  for (unsigned code = 0; code < 256; code++) {
    unsigned order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6}, seen = 0;
    for (unsigned i = 0; i < 4; i++) seen |= 1u << order[i];
    if (seen != 15) continue;
    rig r = rig_new();
    wire_ends e = ends_of(s);
    if (with_syn) rig_handshake(&r, &e, 1000);
    for (unsigned i = 0; i < 4; i++)
      piece(&r, s, 1000, s->len * order[i] / 4, s->len * (order[i] + 1) / 4);
    piece(&r, s, 1000, 0, s->len);
    check_told(&r, s, __LINE__);
  }
}

/* Other bytes for a place that was filled change nothing: what was judged cannot be rewritten. */
static void first_bytes_win(const speech *s) {
  uint8_t other[2048];
  memset(other, 'X', sizeof other);
  for (size_t at = 1; at < s->len; at += 3) {
    rig r = rig_new();
    wire_ends e = ends_of(s);
    rig_handshake(&r, &e, 1000);
    piece(&r, s, 1000, at, s->len);
    rig_tcp(&r, &e, 0, 1000 + (uint32_t)at, TCP_ACK, other, s->len - at);
    piece(&r, s, 1000, 0, at / 2);
    rig_tcp(&r, &e, 0, 1000, TCP_ACK, other, at / 2);
    piece(&r, s, 1000, 0, s->len);
    check_told(&r, s, __LINE__);
  }
}

/* The capture shows data before the SYN, or no SYN at all. */
static void out_of_turn(const speech *s) {
  wire_ends e = ends_of(s);
  for (size_t at = 0; at <= s->len; at += s->len / 7) {
    rig r = rig_new();
    piece(&r, s, 1000, 0, at);
    rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
    rig_tcp(&r, &e, 1, 5000, TCP_SYN | TCP_ACK, NULL, 0);
    piece(&r, s, 1000, at, s->len);
    check_told(&r, s, __LINE__);
    r = rig_new();
    piece(&r, s, 1000, 0, at);
    piece(&r, s, 1000, at, s->len);
    check_told(&r, s, __LINE__);
  }
  rig r = rig_new(); /* TCP Fast Open (RFC 7413): data on the SYN */
  rig_tcp(&r, &e, 0, 999, TCP_SYN, s->bytes, s->len);
  check_told(&r, s, __LINE__);
}

/* SYNs that a host would not take do not move the place where its bytes are looked for. */
static void handshakes_again(const speech *s) {
  static const struct {
    unsigned down;
    uint32_t seq;
    uint8_t flags;
  } again[] = {{0, 999, TCP_SYN},
               {1, 5000, TCP_SYN | TCP_ACK},
               {0, 70000, TCP_SYN | TCP_ACK},
               {1, 90000, TCP_SYN | TCP_ACK}};
  wire_ends e = ends_of(s);
  for (unsigned i = 0; i < 4; i++) {
    for (size_t at = 0; at <= s->len; at += s->len / 5) {
      rig r = rig_new();
      rig_handshake(&r, &e, 1000);
      piece(&r, s, 1000, 0, at);
      rig_tcp(&r, &e, again[i].down, again[i].seq, again[i].flags, NULL, 0);
      piece(&r, s, 1000, at, s->len);
      check_told(&r, s, __LINE__);
    }
  }
  rig r = rig_new(); /* nobody answered, and the client chose another number */
  rig_tcp(&r, &e, 0, 77, TCP_SYN, NULL, 0);
  rig_handshake(&r, &e, 1000);
  piece(&r, s, 1000, 0, s->len);
  check_told(&r, s, __LINE__);
}

static void test_streams(void) {
  speech all[3] = {speech_tls(), speech_http(), speech_dns()};
  for (unsigned i = 0; i < 3; i++) {
    cut_anywhere(&all[i]);
    byte_by_byte(&all[i]);
    every_order(&all[i], true);
    first_bytes_win(&all[i]);
    out_of_turn(&all[i]);
    handshakes_again(&all[i]);
  }
  every_order(&all[1], false);
  speech preface = speech_preface();
  cut_anywhere(&preface);
  byte_by_byte(&preface);
  every_order(&preface, true);
  first_bytes_win(&preface);
  handshakes_again(&preface);
}

int main(void) {
  test_streams();
  return test_end("inspect-order");
}
