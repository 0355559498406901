#include "test.h"

#include "crypto.h"
#include "hello.h"
#include "ja4.h"

static weir_crypto portable;

/* The hello of the JA4 specification's example, t13d1516h2_8daaf6152771_e5627efa2ab1:
 * 15 suites, 16 extensions, GREASE in every list. */
static const char chrome[] =
    "0303"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "00"
    "0020 1a1a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035"
    "01 00"
    "0095"
    "2a2a 0000"
    "0000 0010 000e 00 000b 4578616d706c652e6f7267 # Example.org \n"
    "0017 0000  ff01 0001 00"
    "000a 0008 0006 3a3a 001d 0017"
    "000b 0002 0100"
    "0023 0000"
    "0010 000e 000c 02 6832 08 687474702f312e31"
    "0005 0005 0100000000"
    "000d 0012 0010 0403 0804 0401 0503 0805 0501 0806 0601"
    "0012 0000  0033 0000  002d 0002 0101"
    "002b 0007 06 4a4a 0304 0303"
    "001b 0003 020002"
    "4469 0000  5a5a 0001 00  0015 0000";

static parse_outcome parse(const char *text, hello_carrier carrier, hello *out) {
  size_t len;
  unsigned char *bytes = test_hex(text, &len);
  parse_outcome outcome = hello_parse(reader_of(bytes, len), carrier, &portable, out);
  free(bytes);
  return outcome;
}

/* A TLS 1.2 hello with one suite and the extensions given. */
static parse_outcome parse_extensions(const char *extensions, hello *out) {
  char text[4096];
  size_t len;
  free(test_hex(extensions, &len));
  snprintf(text, sizeof text, "0303 %064d 00 0002 c02f 01 00 %04zx %s", 0, len, extensions);
  return parse(text, HELLO_TLS, out);
}

static void test_chrome(void) {
  hello h;
  CHECK_EQ(parse(chrome, HELLO_TLS, &h), PARSE_PARSED);
  CHECK_TEXT(h.host.text, h.host.len, "example.org");
  CHECK_TEXT(h.alpn, h.alpn_len, "h2,http/1.1");
  CHECK_TEXT(h.ja4, h.ja4_len, "t13d1516h2_8daaf6152771_e5627efa2ab1");
  uint8_t packed[JA4_PACKED];
  char ja4[WEIR_JA4_MAX];
  ja4_pack(packed, h.ja4);
  ja4_unpack(ja4, packed);
  CHECK_TEXT(ja4, sizeof ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
  CHECK_EQ(h.version, 0x0304);
  CHECK(!h.ech && !h.esni && !h.host_refused);
  CHECK_EQ(parse(chrome, HELLO_QUIC, &h), PARSE_PARSED);
  CHECK_TEXT(h.ja4, h.ja4_len, "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

/* A body is complete: cut anywhere, some length lies, but for the end of the compression methods. */
static void test_cut(void) {
  size_t len;
  unsigned char *bytes = test_hex(chrome, &len);
  for (size_t n = 0; n < len; n++) {
    unsigned char *cut = malloc(n ? n : 1);
    hello h;
    memcpy(cut, bytes, n);
    parse_outcome outcome = hello_parse(reader_of(cut, n), HELLO_TLS, &portable, &h);
    CHECK_EQ(outcome, n == 2 + 32 + 1 + 2 + 32 + 2 ? PARSE_PARSED : PARSE_MALFORMED);
    free(cut);
  }
  free(bytes);
}

static void test_old_hellos(void) {
  hello h;
  /* No extensions at all, and an empty block of them: no third part to hash. */
  CHECK_EQ(parse("0300" /* SSL 3.0 */ "00000000000000000000000000000000"
                 "00000000000000000000000000000000 00 0004 0005 000a 01 00",
                 HELLO_TLS, &h),
           PARSE_PARSED);
  CHECK_EQ(h.version, 0x0300);
  CHECK_EQ(h.host.len, 0);
  CHECK_TEXT(h.ja4, h.ja4_len, "ts3i020000_ecbe99380d04_000000000000");
  CHECK_EQ(parse_extensions("", &h), PARSE_PARSED);
  CHECK_TEXT(h.ja4 + 24, h.ja4_len - 24, "000000000000");
  CHECK_EQ(parse("0301 00000000000000000000000000000000"
                 "00000000000000000000000000000000 00 0000 01 00",
                 HELLO_TLS, &h),
           PARSE_PARSED);
  CHECK_TEXT(h.ja4, h.ja4_len, "t10i000000_000000000000_000000000000");
  /* Bytes behind the extensions; a suite cut in two; a session id of 33 bytes. */
  CHECK_EQ(parse("0303 00000000000000000000000000000000"
                 "00000000000000000000000000000000 00 0002 c02f 01 00 0000 ff",
                 HELLO_TLS, &h),
           PARSE_PARSED);
  CHECK_EQ(parse("0303 00000000000000000000000000000000"
                 "00000000000000000000000000000000 00 0003 c02f00 01 00",
                 HELLO_TLS, &h),
           PARSE_MALFORMED);
  CHECK_EQ(
      parse("0303 00000000000000000000000000000000 00000000000000000000000000000000 21"
            "00000000000000000000000000000000 00000000000000000000000000000000 00 0002 c02f 01 00",
            HELLO_TLS, &h),
      PARSE_MALFORMED);
}

static void test_dtls(void) {
  hello h;
  CHECK_EQ(parse("fefd 00000000000000000000000000000000 00000000000000000000000000000000 00"
                 "04 c00c1e00 0002 c02b 01 00"
                 "001d 0000 0008 0006 00 0003 612e62"
                 "002b 0007 06 fefd fefc 7a7a  000d 0002 0000",
                 HELLO_DTLS, &h),
           PARSE_PARSED);
  CHECK_TEXT(h.host.text, h.host.len, "a.b");
  CHECK_EQ(h.version, 0xfefc); /* DTLS counts down */
  CHECK_TEXT(h.ja4, 10, "dd3d010300");
  /* Without a cookie field this is no DTLS hello. */
  CHECK_EQ(parse(chrome, HELLO_DTLS, &h), PARSE_MALFORMED);
}

static void test_names(void) {
  hello h;
  CHECK_EQ(parse_extensions("0000 0010 000e 01 0002 ffff 00 0006 612e622e6300", &h), PARSE_PARSED);
  CHECK(h.host_refused && !h.host.len); /* a NUL ends no name */
  CHECK_EQ(parse_extensions("0000 000e 000c 01 0002 ffff 00 0004 612e622e", &h), PARSE_PARSED);
  CHECK_TEXT(h.host.text, h.host.len, "a.b"); /* behind an entry of another type */
  CHECK_EQ(parse_extensions("0000 000c 000a 00 0001 61 00 0003 622e63", &h), PARSE_PARSED);
  CHECK_TEXT(h.host.text, h.host.len, "a"); /* the first speaks */
  CHECK_EQ(parse_extensions("0000 0000", &h), PARSE_PARSED);
  CHECK(!h.host.len && !h.host_refused && h.ja4[3] == 'd');
  CHECK_EQ(parse_extensions("0000 0006 0005 00 0001 61", &h), PARSE_MALFORMED);
  CHECK_EQ(parse_extensions("0000 0006 0004 00 0002 61", &h), PARSE_MALFORMED);
  CHECK_EQ(parse_extensions("0000 0001 00", &h), PARSE_MALFORMED);
}

static void test_protocols(void) {
  hello h;
  CHECK_EQ(parse_extensions("0010 000e 000c 02 0a0a 01 2c 03 ff5c61 02 6833", &h), PARSE_PARSED);
  CHECK_TEXT(h.alpn, h.alpn_len, "\\x2c,\\xff\\x5ca,h3");
  CHECK_TEXT(h.ja4 + 8, 2, "2c"); /* hex of the first that is no GREASE */
  CHECK_EQ(parse_extensions("0010 0006 0004 03 30abcd", &h), PARSE_PARSED);
  CHECK_TEXT(h.ja4 + 8, 2, "3d");
  CHECK_EQ(parse_extensions("0010 0004 0002 01 61", &h), PARSE_PARSED);
  CHECK_TEXT(h.ja4 + 8, 2, "aa");
  CHECK_EQ(parse_extensions("0010 0002 0000", &h), PARSE_PARSED);
  CHECK_TEXT(h.ja4 + 8, 2, "00");
  /* 4 + 18 escaped bytes fill the list to the last byte; one more entry would not fit. */
  CHECK_EQ(parse_extensions("0010 0019 0017"
                            "12 000000000000000000000000000000000000  02 6832 00",
                            &h),
           PARSE_PARSED);
  CHECK_EQ(h.alpn_len, WEIR_ALPN_MAX);
  CHECK_EQ(
      parse_extensions("0010 0019 0017 02 6832 12 000000000000000000000000000000000000 00", &h),
      PARSE_PARSED);
  CHECK_TEXT(h.alpn, h.alpn_len, "h2");
  CHECK_EQ(parse_extensions("0010 0005 0003 03 6832", &h), PARSE_MALFORMED);
}

static void test_versions(void) {
  hello h;
  CHECK_EQ(parse_extensions("002b 0003 02 8a8a", &h), PARSE_PARSED);
  CHECK_EQ(h.version, 0x0303); /* nothing but GREASE: the legacy field */
  CHECK_EQ(parse_extensions("002b 0005 04 7f17 0303", &h), PARSE_PARSED);
  CHECK_EQ(h.version, 0x7f17);
  CHECK_EQ(parse_extensions("002b 0003 03 0304 ", &h), PARSE_MALFORMED);
  CHECK_EQ(parse_extensions("ffce 0000", &h), PARSE_PARSED);
  CHECK(h.esni);
}

/* An ECH extension of `key_len` key bytes, all `fill` in hex, and `payload_len` payload bytes. */
static bool ech_of(const char *version, const char *front, const char *fill, int key_len,
                   int payload_len) {
  char text[2048];
  hello h;
  size_t n = (size_t)snprintf(text, sizeof text, "002b 0003 02 %s fe0d %04x %s %04x", version,
                              6 + 2 + key_len + 2 + payload_len, front, key_len);
  for (int i = 0; i < key_len; i++) n += (size_t)snprintf(text + n, sizeof text - n, "%s", fill);
  n += (size_t)snprintf(text + n, sizeof text - n, "%04x", payload_len);
  for (int i = 0; i < payload_len; i++) n += (size_t)snprintf(text + n, sizeof text - n, "ee");
  CHECK_EQ(parse_extensions(text, &h), PARSE_PARSED);
  return h.ech;
}

static void test_ech(void) {
  hello h;
  CHECK(ech_of("0304", "00 0001 0001 2a", "7f", 32, 144));
  CHECK(ech_of("0304", "00 0001 0003 2a", "04", 65, 208));
  CHECK(ech_of("0304", "00 0001 0001 2a", "00", 0, 208));   /* after a HelloRetryRequest */
  CHECK(ech_of("0304", "00 0001 0001 2a", "ff", 32, 144));  /* X25519 masks the top bit */
  CHECK(!ech_of("0304", "00 0001 0001 2a", "05", 65, 144)); /* no P-256 key */
  CHECK(!ech_of("0304", "00 0001 0001 2a", "7f", 32, 70));  /* room for no inner hello */
  CHECK(!ech_of("0304", "00 0001 ffff 2a", "7f", 32, 144)); /* seals nothing */
  CHECK(!ech_of("0304", "01 0001 0001 2a", "7f", 32, 144)); /* inner */
  CHECK(!ech_of("0303", "00 0001 0001 2a", "7f", 32, 144)); /* TLS 1.2 has no ECH */
  CHECK_EQ(parse_extensions("fe0d 0001 01  0000 0006 0004 00 0001 61", &h), PARSE_PARSED);
  CHECK(!h.ech);
  CHECK_TEXT(h.host.text, h.host.len, "a");
}

/* Lists beyond what JA4 sorts: the name still comes out. */
static void test_long_lists(void) {
  enum { SUITES = 513, LEN = 2 + 32 + 1 + 2 + SUITES * 2 + 2 };
  unsigned char *bytes = calloc(LEN, 1);
  hello h;
  for (int suites = SUITES - 1; suites <= SUITES; suites++) {
    bytes[35] = (unsigned char)(suites * 2 >> 8);
    bytes[36] = (unsigned char)(suites * 2);
    for (int i = 0; i < suites; i++) bytes[37 + 2 * i] = (unsigned char)(suites - i);
    bytes[37 + 2 * suites] = 1;
    bytes[38 + 2 * suites] = 0;
    size_t len = (size_t)(2 + 32 + 1 + 2 + suites * 2 + 2);
    CHECK_EQ(hello_parse(reader_of(bytes, len), HELLO_TLS, &portable, &h), PARSE_PARSED);
    CHECK_EQ(h.ja4_len, suites == SUITES ? 0 : WEIR_JA4_MAX);
  }
  CHECK_EQ(hello_parse(reader_of(bytes, LEN), HELLO_TLS, NULL, &h), PARSE_PARSED);
  CHECK_EQ(h.ja4_len, 0);
  free(bytes);
}

int main(void) {
  weir_crypto_portable(&portable);
  test_chrome();
  test_cut();
  test_old_hellos();
  test_dtls();
  test_names();
  test_protocols();
  test_versions();
  test_ech();
  test_long_lists();
  return test_end("hello");
}
