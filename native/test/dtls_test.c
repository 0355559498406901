#include "test.h"

#include "tls.h"

enum { BODY = 78, PIECES = 3, PIECE = BODY / PIECES, STATE = 4096 };

/* A body of 78 bytes: no cookie, the name a.example. */
static const char body_hex[] =
    "fefd 00000000000000000000000000000000 00000000000000000000000000000000"
    "00 00  0002 c02b  01 00  0022"
    "0000 000e 000c 00 0009 612e6578616d706c65"
    "000d 0004 0002 0403  000a 0004 0002 001d";

typedef struct datagram {
  size_t len;
  unsigned char bytes[512];
} datagram;

/* Adds a record with one piece of the hello. */
static void add_piece(datagram *d, const unsigned char *body, unsigned sequence, size_t offset,
                      size_t len) {
  size_t record = 12 + len;
  const unsigned char header[25] = {22,
                                    0xfe,
                                    0xff,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    (unsigned char)(record >> 8),
                                    (unsigned char)record,
                                    1,
                                    0,
                                    0,
                                    BODY,
                                    (unsigned char)(sequence >> 8),
                                    (unsigned char)sequence,
                                    0,
                                    (unsigned char)(offset >> 8),
                                    (unsigned char)offset,
                                    0,
                                    (unsigned char)(len >> 8),
                                    (unsigned char)len};
  memcpy(d->bytes + d->len, header, sizeof header);
  memcpy(d->bytes + d->len + sizeof header, body + offset, len);
  d->len += sizeof header + len;
}

static parse_outcome take(const datagram *d, uint8_t *state, hello *h) {
  unsigned char *bytes = malloc(d->len ? d->len : 1);
  memcpy(bytes, d->bytes, d->len);
  parse_outcome outcome = dtls_client_hello(reader_of(bytes, d->len), state, STATE, NULL, h);
  free(bytes);
  return outcome;
}

static void check_hello(parse_outcome outcome, const hello *h) {
  CHECK_EQ(outcome, PARSE_PARSED);
  CHECK_TEXT(h->host.text, h->host.len, "a.example");
  CHECK_EQ(h->version, 0xfefd);
}

static void test_whole(const unsigned char *body) {
  uint8_t *state = calloc(STATE, 1);
  datagram d = {0, {0}};
  hello h;
  add_piece(&d, body, 0, 0, BODY);
  check_hello(take(&d, state, &h), &h);
  /* A datagram that is cut short lies about its lengths. */
  for (; d.len > 13; d.len--) {
    parse_outcome outcome = take(&d, state, &h);
    CHECK_EQ(outcome, d.len == 25 + BODY ? PARSE_PARSED : PARSE_MALFORMED);
  }
  free(state);
}

/* Each order of three pieces, one a datagram and all in one, with one sent twice. */
static void test_orders(const unsigned char *body) {
  static const size_t orders[6][PIECES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                           {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (unsigned o = 0; o < 6; o++) {
    uint8_t *state = calloc(STATE, 1);
    datagram all = {0, {0}};
    parse_outcome outcome = PARSE_NEED_MORE;
    hello h;
    for (unsigned i = 0; i < PIECES; i++) {
      datagram one = {0, {0}};
      CHECK_EQ(outcome, PARSE_NEED_MORE);
      add_piece(&one, body, 0, orders[o][i] * PIECE, PIECE);
      if (i == 0) CHECK_EQ(take(&one, state, &h), PARSE_NEED_MORE);
      outcome = take(&one, state, &h);
      add_piece(&all, body, 0, orders[o][i] * PIECE, PIECE);
    }
    check_hello(outcome, &h);
    memset(state, 0, STATE);
    check_hello(take(&all, state, &h), &h);
    free(state);
  }
}

/* The hello with the cookie supersedes an unfinished one, and late pieces of that do no harm. */
static void test_second_hello(const unsigned char *body) {
  uint8_t *state = calloc(STATE, 1);
  unsigned char other[BODY];
  hello h;
  memset(other, 0xee, sizeof other);
  datagram d = {0, {0}};
  add_piece(&d, other, 0, 0, 40);
  add_piece(&d, body, 1, 40, BODY - 40);
  add_piece(&d, other, 0, 40, 30);
  CHECK_EQ(take(&d, state, &h), PARSE_NEED_MORE);
  d.len = 0;
  add_piece(&d, body, 1, 0, 40);
  check_hello(take(&d, state, &h), &h);
  free(state);
}

static void test_foreign(const unsigned char *body) {
  uint8_t *state = calloc(STATE, 1);
  datagram stun = {4, {0, 1, 0, 0}}, d = {0, {0}};
  hello h;
  CHECK_EQ(take(&stun, state, &h), PARSE_NOT_MINE);
  datagram empty = {13, {22, 0xfe, 0xff}}; /* a record with no piece in it */
  CHECK_EQ(take(&empty, state, &h), PARSE_NOT_MINE);
  add_piece(&d, body, 0, 0, 40);
  CHECK_EQ(take(&d, state, &h), PARSE_NEED_MORE);
  CHECK_EQ(take(&stun, state, &h), PARSE_NEED_MORE); /* RFC 7983: it may share the flow */
  d.bytes[16] = BODY + 1;
  CHECK_EQ(take(&d, state, &h), PARSE_MALFORMED); /* another length for the same message */
  memset(state, 0, STATE);
  d.bytes[15] = 0x20; /* longer than the state */
  CHECK_EQ(take(&d, state, &h), PARSE_MALFORMED);
  memset(state, 0, STATE);
  d.bytes[4] = 1; /* epoch 1: encrypted */
  CHECK_EQ(take(&d, state, &h), PARSE_NOT_MINE);
  d.bytes[4] = 0;
  d.bytes[13] = 2; /* a server's hello */
  CHECK_EQ(take(&d, state, &h), PARSE_NOT_MINE);
  CHECK_EQ(dtls_client_hello(reader_of(d.bytes, d.len), state, STATE - 1, NULL, &h),
           PARSE_NOT_MINE);
  CHECK(dtls_looks_like_record(reader_of(d.bytes, d.len)));
  CHECK(!dtls_looks_like_record(reader_of(d.bytes, d.len - 1)));
  CHECK(!dtls_looks_like_record(reader_of(stun.bytes, stun.len)));
  free(state);
}

int main(void) {
  size_t len;
  unsigned char *body = test_hex(body_hex, &len);
  CHECK_EQ(len, BODY);
  test_whole(body);
  test_orders(body);
  test_second_hello(body);
  test_foreign(body);
  free(body);
  return test_end("dtls");
}
