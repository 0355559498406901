/* inspect_http_test.c -- the hosts of HTTP flows, and one protocol in another. */
#include "inspect_said.h"

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

int main(void) {
  test_http_hosts();
  test_http_long_body();
  test_http_head_beyond_the_budget();
  test_http_hole();
  test_names_are_bounded();
  test_tunnels();
  test_h2c();
  return test_end("inspect-http");
}
