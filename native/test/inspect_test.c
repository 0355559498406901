/* inspect_test.c -- whole flows through the engine: what a sender may do to bytes, names and time. */
#include "rig.h"

#define FLOW    WEIR_RECORD_FLOW
#define TEXT(s) (s), sizeof(s) - 1

static const uint64_t second = 1000000;

/* ---- bytes in every order -------------------------------------------------- */

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

/* ---- HTTP ------------------------------------------------------------------ */

static const wire_ends web = {.version = 4,
                              .transport = TRANSPORT_TCP,
                              .address = {{10, 0, 0, 1}, {198, 51, 100, 80}},
                              .port = {40000, 80}};

static uint32_t say(rig *r, const wire_ends *e, uint32_t seq, const char *text) {
  rig_tcp(r, e, 0, seq, TCP_ACK, text, strlen(text));
  return seq + (uint32_t)strlen(text);
}

/* The hosts of the first flow, in order of their records, with commas. */
static const char *hosts(rig *r) {
  static char out[1024];
  size_t n = 0;
  rig_finish(r);
  for (size_t i = 0; i < r->count; i++) {
    const weir_record *x = &r->records[i];
    if (x->kind != FLOW && x->kind != WEIR_RECORD_NAME) continue;
    n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? "," : "", x->name_len, x->name);
  }
  rig_free(r);
  return out;
}

#define CHECK_HOSTS(r, expected)              \
  do {                                        \
    const char *told = hosts(r);              \
    CHECK_TEXT(told, strlen(told), expected); \
  } while (0)

static const char request_a[] = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
static const char request_b[] = "GET / HTTP/1.1\r\nHost: b.test\r\n\r\n";
static const char post_a[] = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 40\r\n\r\n";
static const char body40[] = "GET / HTTP/1.1\r\nHost: body.test\r\n\r\n.....";

static void test_http_hosts(void) {
  _Static_assert(sizeof body40 == 41, "as the head says");
  rig r = rig_new();
  rig_handshake(&r, &web, 1000);
  uint32_t seq = say(&r, &web, 1000, request_a);
  seq = say(&r, &web, seq, request_b);
  seq = say(&r, &web, seq, request_a);
  say(&r, &web, seq, "GET http://c.test/ HTTP/1.1\r\nHost: c.test\r\n\r\n");
  CHECK_HOSTS(&r, "b.test,c.test,a.test");
  /* A whole conversation in one segment, cut at every byte, its halves in both orders. */
  char text[1024];
  snprintf(text, sizeof text, "%s%s%s%s%s%s", post_a, body40, request_b,
           "POST / HTTP/1.1\r\nHost: d.test\r\nTransfer-Encoding: chunked\r\n\r\n",
           "5\r\nGET /\r\n0\r\n\r\n", "GET / HTTP/1.1\r\nHost: e.test\r\n\r\n");
  for (size_t at = 0; at < strlen(text); at++) {
    for (unsigned swap = 0; swap < 2; swap++) {
      r = rig_new();
      rig_handshake(&r, &web, 1000);
      if (swap) rig_tcp(&r, &web, 0, 1000 + (uint32_t)at, TCP_ACK, text + at, strlen(text) - at);
      rig_tcp(&r, &web, 0, 1000, TCP_ACK, text, at);
      if (!swap) rig_tcp(&r, &web, 0, 1000 + (uint32_t)at, TCP_ACK, text + at, strlen(text) - at);
      CHECK_HOSTS(&r, "b.test,d.test,e.test,a.test");
    }
  }
}

/* A body of many segments is passed over by numbers, whatever the order, and not by looking. */
static void test_http_long_body(void) {
  uint8_t body[1000];
  for (size_t i = 0; i < sizeof body; i++) body[i] = (uint8_t)body40[i % 35];
  for (unsigned order = 0; order < 3; order++) {
    rig r = rig_new();
    rig_handshake(&r, &web, 1000);
    uint32_t seq =
        say(&r, &web, 1000, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 200000\r\n\r\n");
    for (uint32_t i = 0; i < 200; i++) {
      uint32_t which = order == 0 ? i : order == 1 ? i ^ 1 : i ^ 3;
      rig_tcp(&r, &web, 0, seq + which * 1000, TCP_ACK, body, sizeof body);
    }
    say(&r, &web, seq + 200000, request_b);
    CHECK_EQ(rig_counters(&r).assemblers_full, 0);
    CHECK_HOSTS(&r, "b.test,a.test");
  }
}

/* Of a head larger than the buffer, the Host that came is told. */
static void test_http_head_beyond_the_budget(void) {
  rig r = rig_new();
  rig_handshake(&r, &web, 1000);
  uint32_t seq = say(&r, &web, 1000, "GET / HTTP/1.1\r\nHost: big.test\r\nCookie: ");
  uint8_t pad[1000];
  memset(pad, 'x', sizeof pad);
  for (unsigned i = 0; i < 12; i++, seq += 1000)
    rig_tcp(&r, &web, 0, seq, TCP_ACK, pad, sizeof pad);
  CHECK_EQ(rig_counters(&r).assemblers_full, 1);
  CHECK_HOSTS(&r, "big.test");
}

/* A segment that never comes: the requests behind it are found when the buffer is full, or at the end. */
static void test_http_hole(void) {
  for (unsigned full = 0; full < 2; full++) {
    rig r = rig_new();
    rig_handshake(&r, &web, 1000);
    say(&r, &web, 1000, request_a);
    uint32_t seq = say(&r, &web, 3000, request_b);
    for (unsigned i = 0; i < (full ? 400u : 2u); i++) seq = say(&r, &web, seq, request_a);
    if (full) say(&r, &web, seq, "GET / HTTP/1.1\r\nHost: c.test\r\n\r\n");
    CHECK_HOSTS(&r, full ? "b.test,c.test,a.test" : "b.test,a.test");
  }
}

static void test_names_are_bounded(void) {
  rig r = rig_new();
  rig_handshake(&r, &web, 1000);
  uint32_t seq = 1000;
  for (unsigned i = 0; i < 40; i++) {
    char text[80];
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: n%u.test\r\n\r\n", i);
    seq = say(&r, &web, seq, text);
  }
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_NAME), 16);
  CHECK_NAME(rig_record(&r, WEIR_RECORD_NAME, 0), "n1.test");
  CHECK_NAME(rig_record(&r, WEIR_RECORD_NAME, 15), "n16.test");
  CHECK_NAME(rig_record(&r, FLOW, 0), "n0.test");
  CHECK_EQ(rig_counters(&r).names_dropped, 23);
  rig_free(&r);
}

/* ---- one protocol in another ----------------------------------------------- */

static void test_tunnels(void) {
  uint8_t hello[512];
  size_t len = rig_hello(hello, "inner.test");
  static const struct {
    uint16_t port;
    const char *client, *server, *client2, *server2;
    uint8_t protocol, via;
  } cases[] = {
      {3128, "CONNECT inner.test:443 HTTP/1.1\r\nHost: inner.test:443\r\n\r\n",
       "HTTP/1.1 200 OK\r\n\r\n", NULL, NULL, WEIR_PROTOCOL_TLS, WEIR_PROTOCOL_HTTP},
      {25, "EHLO me.test\r\n", "220 mx.test ESMTP\r\n", "STARTTLS\r\n", "220 go\r\n",
       WEIR_PROTOCOL_STARTTLS, WEIR_PROTOCOL_SMTP},
      {143, "a1 STARTTLS\r\n", "* OK IMAP4rev1\r\n", NULL, "a1 OK\r\n", WEIR_PROTOCOL_STARTTLS,
       WEIR_PROTOCOL_IMAP},
      {1080, "\x04\x01\x01\xbb\xc6\x33\x64\x01me", NULL, NULL, NULL, WEIR_PROTOCOL_TLS,
       WEIR_PROTOCOL_SOCKS},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    for (size_t at = 0; at < len; at += 9) {
      rig r = rig_new();
      wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, cases[i].port);
      rig_handshake(&r, &e, 1000);
      uint32_t up = 1000, down = 5001;
      bool server_first = cases[i].via == WEIR_PROTOCOL_SMTP || cases[i].via == WEIR_PROTOCOL_IMAP;
      for (unsigned turn = 0; turn < 2; turn++) {
        const char *client = turn ? cases[i].client2 : cases[i].client,
                   *server = turn ? cases[i].server2 : cases[i].server;
        size_t n = client ? cases[i].port == 1080 ? 11 : strlen(client) : 0;
        if (server && server_first && !turn)
          rig_tcp(&r, &e, 1, down, TCP_ACK, server, strlen(server)),
              down += (uint32_t)strlen(server);
        if (n) rig_tcp(&r, &e, 0, up, TCP_ACK, client, n), up += (uint32_t)n;
        if (server && !(server_first && !turn))
          rig_tcp(&r, &e, 1, down, TCP_ACK, server, strlen(server)),
              down += (uint32_t)strlen(server);
      }
      rig_tcp(&r, &e, 0, up, TCP_ACK, hello, at);
      rig_tcp(&r, &e, 0, up + (uint32_t)at, TCP_ACK, hello + at, len - at);
      rig_finish(&r);
      weir_record f = rig_record(&r, FLOW, 0);
      CHECK_NAME(f, "inner.test");
      CHECK_EQ(f.protocol, cases[i].protocol);
      CHECK_EQ(f.via, cases[i].via);
      rig_free(&r);
    }
  }
}

/* An upgrade to h2c (RFC 7540 3.2): the preface and a request behind the granted head. */
static void test_h2c(void) {
  size_t len;
  unsigned char *frames = test_hex(
      "000000 04 00 00000000 | 000010 01 05 00000003  82 86 84 41 0b 7365636f6e642e74657374", &len);
  rig r = rig_new();
  rig_handshake(&r, &web, 1000);
  uint32_t seq = say(&r, &web, 1000,
                     "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, "
                     "HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
  rig_tcp(&r, &web, 1, 5001, TCP_ACK,
          TEXT("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"));
  seq = say(&r, &web, seq, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  for (size_t i = 0; i < len; i += 7)
    rig_tcp(&r, &web, 0, seq + (uint32_t)i, TCP_ACK, frames + i, len - i < 7 ? len - i : 7);
  rig_finish(&r);
  CHECK_EQ(rig_record(&r, FLOW, 0).protocol, WEIR_PROTOCOL_HTTP2);
  CHECK_NAME(rig_record(&r, FLOW, 0), "a.test");
  CHECK_NAME(rig_record(&r, WEIR_RECORD_NAME, 0), "second.test");
  rig_free(&r);
  free(frames);
}

/* ---- padding that a driver counts as payload ------------------------------- */

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

/* ---- snap length ----------------------------------------------------------- */

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

/* ---- QUIC ------------------------------------------------------------------ */

/* ---- DNS ------------------------------------------------------------------- */

static const wire_ends resolver = {.version = 4,
                                   .transport = TRANSPORT_UDP,
                                   .address = {{10, 0, 0, 1}, {198, 51, 100, 53}},
                                   .port = {5000, 53}};

static void ask(rig *r, uint16_t id, const char *host, uint16_t type) {
  uint8_t bytes[600];
  rig_udp(r, &resolver, 0, bytes, rig_dns(bytes, id, host, type, NULL));
}

static void answer(rig *r, uint16_t id, const char *host, unsigned last) {
  uint8_t bytes[600];
  rig_udp(r, &resolver, 1, bytes,
          rig_dns(bytes, id, host, 1, (uint8_t[]){198, 51, 100, (uint8_t)last}));
}

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
  CHECK_EQ(rig_counters(&r).dns_pending_evicted, 8);
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

/* ---- verdicts -------------------------------------------------------------- */

static void check_result(const rig *r, uint8_t verdict, uint8_t reason, bool rule, int line) {
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
  check_result(&r, WEIR_VERDICT_##verdict, WEIR_REASON_##reason, rule, __LINE__)

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

/* ---- flows and time -------------------------------------------------------- */

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

/* ---- records and their reader ---------------------------------------------- */

static void test_slow_reader(void) {
  weir_config c = rig_config();
  c.max_records = 256;
  c.max_flows = 4096;
  rig r = rig_with(&c);
  enum { N = 2000 };
  weir_packet *packets = calloc(N, sizeof *packets);
  weir_result *results = calloc(N, sizeof *results);
  uint8_t *bytes = malloc(N * 64);
  for (unsigned i = 0; i < N; i++) {
    wire_ends e = wire_between(TRANSPORT_UDP, 1, (uint16_t)(1000 + i), 2, 9);
    packets[i] = (weir_packet){.data = bytes + 64 * i, .now_us = 1000 + i * second};
    packets[i].len = (uint32_t)wire_udp(bytes + 64 * i, &e, 0, "x", 1);
  }
  size_t done = 0, stops = 0;
  while (done < N) {
    size_t n = weir_inspect(r.engine, packets + done, N - done, results + done);
    done += n;
    if (done < N) {
      stops++;
      CHECK_EQ(weir_inspect(r.engine, packets + done, 1, results + done),
               0); /* until somebody reads */
      size_t waiting;
      weir_records(r.engine, &waiting);
      CHECK(waiting > 0);
      rig_drain(&r);
    }
  }
  CHECK(stops > 5);
  CHECK_EQ(rig_counters(&r).packets, N);
  unsigned calls = 0;
  while (!weir_finish(r.engine)) rig_drain(&r), calls++;
  CHECK(calls > 0);
  rig_drain(&r);
  CHECK_EQ(r.count, N);
  uint64_t sum = 0;
  for (unsigned i = 0; i < N; i++) {
    sum += r.records[i].flow_id;
    CHECK_EQ(results[i].flow_id, i + 1);
  }
  CHECK_EQ(sum, (uint64_t)N * (N + 1) / 2); /* each flow once */
  CHECK_EQ(rig_counters(&r).records_lost, 0);
  free(packets), free(results), free(bytes);
  rig_free(&r);
}

static void test_lossy(void) {
  weir_config c = rig_config();
  c.max_records = 256;
  rig r = rig_with(&c);
  uint8_t bytes[64];
  for (unsigned i = 0; i < 1000; i++) {
    wire_ends e = wire_between(TRANSPORT_UDP, 1, (uint16_t)(1000 + i), 2, 9);
    weir_packet p = {
        .data = bytes, .len = (uint32_t)wire_udp(bytes, &e, 0, "x", 1), .now_us = 1000};
    weir_inspect_lossy(r.engine, &p, 1, &r.result);
  }
  weir_counters n = rig_counters(&r);
  CHECK_EQ(n.packets, 1000);
  CHECK_EQ(n.records_written, 256);
  CHECK_EQ(n.records_lost, 1000 - 64 - 256);
  CHECK(!weir_finish(r.engine)); /* finish does not lose */
  rig_free(&r);
}

/* What one packet can make of records is bounded, so that what is lost does not hang on the reader. */
static void test_one_packet_of_many_records(void) {
  uint64_t written[2];
  for (unsigned half = 0; half < 2; half++) {
    weir_config c = rig_config();
    c.max_records = 256;
    rig r = rig_with(&c);
    if (half) { /* the ring is not empty, but has the room that is asked for */
      for (unsigned i = 0; i < 120; i++) answer(&r, (uint16_t)i, "a.test", 1);
    }
    uint64_t before = rig_counters(&r).records_written;
    uint8_t bytes[12 + 200 * 7] = {0, 1, 0x81, 0x80};
    size_t n = 12;
    unsigned questions = 200;
    for (unsigned i = 0; i < questions; i++, n += 7) memcpy(bytes + n, "\1a\0\0\1\0\1", 7);
    wire_put16(bytes + 4, questions);
    rig_udp(&r, &resolver, 1, bytes, n);
    weir_counters k = rig_counters(&r);
    written[half] = k.records_written - before;
    rig_free(&r);
  }
  CHECK_EQ(written[0], written[1]);
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

/* ---- fragments ------------------------------------------------------------- */

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
  test_streams();
  test_http_hosts();
  test_http_long_body();
  test_http_head_beyond_the_budget();
  test_http_hole();
  test_names_are_bounded();
  test_tunnels();
  test_h2c();
  test_padding();
  test_snap_length();
  test_dns_transactions();
  test_dns_pendings_are_bounded();
  test_hints();
  test_verdicts_by_address();
  test_verdicts_by_name();
  test_verdicts_of_dns();
  test_direction_tells_the_remote();
  test_close();
  test_clock();
  test_clock_at_the_ends_of_time();
  test_syn_flood();
  test_observer_pool();
  test_packet_counts_stay();
  test_slow_reader();
  test_lossy();
  test_one_packet_of_many_records();
  test_purpose_of_malformed();
  test_fragmented_query();
  test_fragment_expiry();
  test_malformed_when_joined();
  return test_end("inspect");
}
