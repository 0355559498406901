#include "test.h"

#include "tls.h"

/* A ClientHello message with the name a.example and ALPN h2, header and all. */
static const char hello_hex[] =
    "01 000055  0303 00000000000000000000000000000000 00000000000000000000000000000000"
    "00  0004 1301 c02f  01 00  0028"
    "0000 000e 000c 00 0009 612e6578616d706c65"
    "0010 0005 0003 02 6832"
    "002b 0005 04 0304 0303"
    "5a5a 0000"; /* GREASE */

/* `message` in handshake records of at most `piece` bytes. */
static unsigned char *in_records(const unsigned char *message, size_t len, size_t piece,
                                 size_t *out_len) {
  unsigned char *out = malloc(len * 6 + 5), *at = out;
  for (size_t i = 0; i < len; i += piece) {
    size_t n = len - i < piece ? len - i : piece;
    *at++ = 22;
    *at++ = 3;
    *at++ = 1;
    *at++ = (unsigned char)(n >> 8);
    *at++ = (unsigned char)n;
    memcpy(at, message + i, n);
    at += n;
  }
  *out_len = (size_t)(at - out);
  return realloc(out, *out_len);
}

static parse_outcome client(const unsigned char *bytes, size_t len, size_t scratch_len, hello *h,
                            size_t *need) {
  unsigned char *copy = malloc(len ? len : 1), *scratch = malloc(scratch_len ? scratch_len : 1);
  memcpy(copy, bytes, len);
  parse_outcome outcome =
      tls_client_hello(reader_of(copy, len), scratch, scratch_len, NULL, h, need);
  free(copy);
  free(scratch);
  return outcome;
}

static parse_outcome client_hex(const char *text, hello *h) {
  size_t len, need;
  unsigned char *bytes = test_hex(text, &len);
  parse_outcome outcome = client(bytes, len, 4096, h, &need);
  free(bytes);
  return outcome;
}

/* Every strict prefix needs more, and no more than what is still to come. */
static void check_prefixes(const unsigned char *bytes, size_t len, size_t valid) {
  hello h;
  size_t need;
  for (size_t n = 0; n < valid; n++) {
    CHECK_EQ(client(bytes, n, 4096, &h, &need), PARSE_NEED_MORE);
    CHECK(need > n && need <= valid);
  }
  for (size_t n = valid; n <= len; n++) CHECK_EQ(client(bytes, n, 4096, &h, &need), PARSE_PARSED);
}

static void test_record_sizes(void) {
  size_t len, stream_len, need;
  unsigned char *message = test_hex(hello_hex, &len);
  hello h;
  for (size_t piece = 1; piece <= len; piece++) {
    unsigned char *stream = in_records(message, len, piece, &stream_len);
    check_prefixes(stream, stream_len, stream_len);
    CHECK_EQ(client(stream, stream_len, len, &h, &need), PARSE_PARSED);
    CHECK_TEXT(h.host.text, h.host.len, "a.example");
    CHECK_TEXT(h.alpn, h.alpn_len, "h2");
    CHECK_EQ(h.version, 0x0304);
    /* Scratch one byte short: only a hello within one record needs none. */
    CHECK_EQ(client(stream, stream_len, len - 1, &h, &need),
             piece == len ? PARSE_PARSED : PARSE_MALFORMED);
    CHECK_EQ(client(stream, stream_len, 0, &h, &need),
             piece == len ? PARSE_PARSED : PARSE_MALFORMED);
    free(stream);
  }
  free(message);
}

/* A caller that waits for *need makes few calls, whatever the records. */
static void test_linear(void) {
  enum { BODY = 3000 };
  size_t stream_len, need = 1, calls = 0;
  unsigned char *message = calloc(BODY + 4, 1);
  hello h;
  message[0] = 1;
  message[2] = BODY >> 8;
  message[3] = BODY & 255;
  message[4] = message[5] = 3;
  message[4 + 2 + 32 + 2] = 2; /* one suite */
  message[4 + 2 + 32 + 5] = 1; /* one compression method */
  message[4 + 2 + 32 + 7] = (BODY - 43) >> 8;
  message[4 + 2 + 32 + 8] = (BODY - 43) & 255;
  message[4 + 2 + 32 + 9] = 0xfe; /* one extension takes the rest */
  message[4 + 2 + 32 + 11] = (BODY - 47) >> 8;
  message[4 + 2 + 32 + 12] = (BODY - 47) & 255;
  unsigned char *stream = in_records(message, BODY + 4, 1, &stream_len);
  while (client(stream, need, 4096, &h, &need) == PARSE_NEED_MORE && need <= stream_len) calls++;
  CHECK_EQ(client(stream, stream_len, 4096, &h, &need), PARSE_PARSED);
  CHECK(calls < 100);
  free(message);
  free(stream);
}

static void test_leading(void) {
  size_t len, stream_len;
  unsigned char *message = test_hex(hello_hex, &len);
  unsigned char *stream = in_records(message, len, 20, &stream_len);
  static const unsigned char ahead[] = {21, 3, 1, 0, 2, 1, 0, 20, 3, 3, 0, 1, 1};
  unsigned char *all = malloc(sizeof ahead + stream_len);
  memcpy(all, ahead, sizeof ahead);
  memcpy(all + sizeof ahead, stream, stream_len);
  check_prefixes(all, sizeof ahead + stream_len, sizeof ahead + stream_len);
  free(all);
  free(stream);
  free(message);
  hello h;
  CHECK_EQ(client_hex("15 0301 0002 02 28", &h), PARSE_NOT_MINE); /* fatal: no hello follows */
  CHECK_EQ(client_hex("140301000101 140301000101 140301000101 140301000101 140301000101", &h),
           PARSE_NOT_MINE);
  CHECK_EQ(client_hex("140301000101 140301000101 140301000101 140301000101", &h), PARSE_NEED_MORE);
}

static void test_refused(void) {
  hello h;
  CHECK_EQ(client_hex("47", &h), PARSE_NOT_MINE);
  CHECK_EQ(client_hex("16 02", &h), PARSE_NOT_MINE);
  CHECK_EQ(client_hex("16 0305", &h), PARSE_NOT_MINE);
  CHECK_EQ(client_hex("16 0301 0000", &h), PARSE_NOT_MINE);
  CHECK_EQ(client_hex("16 0301 4801", &h), PARSE_NOT_MINE);
  CHECK_EQ(client_hex("16 0301 0020 02", &h), PARSE_NOT_MINE); /* a server's hello */
  CHECK_EQ(client_hex("17 0303 0020 01", &h), PARSE_NOT_MINE);
  /* Broken behind a good beginning: another record between the fragments, an empty fragment, a long message. */
  CHECK_EQ(client_hex("16 0301 0002 0100  15 0301 0002 0100", &h), PARSE_MALFORMED);
  CHECK_EQ(client_hex("16 0301 0002 0100  16 0301 0000", &h), PARSE_MALFORMED);
  CHECK_EQ(client_hex("16 0301 0002 0100  16 0301 0002 ffff", &h), PARSE_MALFORMED);
  CHECK_EQ(client_hex("16 0301 0004 01 00ffff", &h), PARSE_MALFORMED);
  CHECK_EQ(client_hex("16 0301 0006 01 000002 0303", &h), PARSE_MALFORMED);
}

static void test_sslv2(void) {
  hello h;
  size_t len;
  unsigned char *bytes = test_hex(
      "80 22 01 0301 0009 0000 0010  010080 000005 00000a"
      "00112233445566778899aabbccddeeff ff",
      &len);
  check_prefixes(bytes, len, len - 1);
  free(bytes);
  CHECK_EQ(client_hex(
               "80 1f 01 0002 0006 0000 0010  010080 0700c0 00112233445566778899aabbccddeeff", &h),
           PARSE_PARSED);
  CHECK_EQ(h.version, 0x0002);
  CHECK(!h.host.len && !h.ja4_len && !h.alpn_len && !h.ech);
  CHECK_EQ(client_hex("80 22 04", &h), PARSE_NOT_MINE);
  CHECK_EQ(client_hex("80 22 01 04", &h), PARSE_NEED_MORE);
  CHECK_EQ(client_hex("80 22 01 0401", &h), PARSE_NOT_MINE);
  CHECK_EQ(client_hex("80 23 01 0301 0009 0000 0010", &h), PARSE_NOT_MINE); /* lengths disagree */
  CHECK_EQ(client_hex("80 22 01 0301 0008 0001 0010", &h), PARSE_NOT_MINE);
}

static parse_outcome server(const char *text, size_t cut, tls_server *out, size_t *need) {
  size_t len;
  unsigned char *bytes = test_hex(text, &len), scratch[512];
  bytes = realloc(bytes, cut < len ? cut + !cut : len);
  parse_outcome outcome =
      tls_server_hello(reader_of(bytes, cut < len ? cut : len), scratch, sizeof scratch, out, need);
  free(bytes);
  return outcome;
}

#define RANDOM "00000000000000000000000000000000 00000000000000000000000000000000"

static void check_server(const char *text, uint16_t version, const char *alpn) {
  size_t len, need;
  tls_server s;
  free(test_hex(text, &len));
  CHECK_EQ(server(text, len, &s, &need), PARSE_PARSED);
  CHECK_EQ(s.version, version);
  CHECK_TEXT(s.alpn, s.alpn_len, alpn);
  for (size_t n = 0; n < len; n++) {
    CHECK_EQ(server(text, n, &s, &need), PARSE_NEED_MORE);
    CHECK(need > n && need <= len);
  }
}

static void test_server(void) {
  check_server("16 0303 002a 02 000026 0301" RANDOM "00 002f 00", 0x0301, "");
  check_server("16 0303 0035 02 000031 0303" RANDOM "00 c02f 00  0009 0010 0005 0003 02 6832",
               0x0303, "h2");
  check_server(
      "16 0303 0010 02 000030 0303 00000000000000000000  16 0303 0024 000000000000 "
      "00000000000000000000000000000000 00 1301 00  0008 0010 0004 0002 01 61",
      0x0303, "a");
  check_server("16 0303 0036 02 000032 0303" RANDOM "00 1301 00  000a 002b 0002 0304 ff01 0000",
               0x0304, "");
  check_server("16 0303 002a 02 000026 7f12" RANDOM "1301 0000", 0x7f12, "");
  check_server("15 0301 0002 02 28", 0, ""); /* handshake_failure */
  check_server("15 0301 0002 01 00", 0, ""); /* close_notify */
  /* unrecognized_name as a warning, then the hello (RFC 6066 3) */
  check_server("15 0303 0002 01 70  16 0303 002a 02 000026 0303" RANDOM "00 002f 00", 0x0303, "");
}

static void test_server_refused(void) {
  tls_server s;
  size_t need;
  CHECK_EQ(server("16 0303 0004 01", 6, &s, &need), PARSE_NOT_MINE);
  CHECK_EQ(server("48", 1, &s, &need), PARSE_NOT_MINE);
  CHECK_EQ(server("15 0303 0020", 5, &s, &need), PARSE_NOT_MINE); /* encrypted: not the first */
  CHECK_EQ(server("16 0303 0029 02 000025 0301" RANDOM "00 002f", 99, &s, &need), PARSE_MALFORMED);
  CHECK_EQ(server("16 0303 002c 02 000028 0301" RANDOM "00 002f 00 0001", 99, &s, &need),
           PARSE_MALFORMED);
}

static bool looks(const char *text) {
  size_t len;
  unsigned char *bytes = test_hex(text, &len);
  bool result = tls_looks_like_record(reader_of(bytes, len));
  free(bytes);
  return result;
}

static void test_looks(void) {
  CHECK(!looks(""));
  CHECK(looks("17"));
  CHECK(looks("17 0303 0010"));
  CHECK(looks("17 0303 0002 abcd 17 03"));
  CHECK(!looks("17 0303 0002 abcd 47"));
  CHECK(!looks("17 0303 4801"));
  CHECK(!looks("19 0303"));
}

int main(void) {
  test_record_sizes();
  test_linear();
  test_leading();
  test_refused();
  test_sslv2();
  test_server();
  test_server_refused();
  test_looks();
  return test_end("tls");
}
