#include "test.h"

#include "carrier.h"

typedef struct end {
  parse_outcome outcome;
  size_t taken; /* bytes taken off the front in all */
  size_t fed;   /* bytes the caller had when it ended */
} end;

/* A caller that gets `piece` bytes at a time and keeps what was not taken. */
static end run(uint8_t protocol, const unsigned char *bytes, size_t len, size_t piece) {
  end e = {PARSE_NEED_MORE, 0, 0};
  uint32_t state = 0;
  while (e.outcome == PARSE_NEED_MORE && e.fed < len) {
    e.fed = len - e.fed < piece ? len : e.fed + piece;
    size_t held = e.fed - e.taken;
    unsigned char *copy = malloc(held ? held : 1);
    memcpy(copy, bytes + e.taken, held);
    reader r = reader_of(copy, held);
    e.outcome = carrier_step(protocol, &r, &state);
    CHECK(r.left <= held && r.at == copy + (held - r.left));
    e.taken += held - r.left;
    free(copy);
  }
  return e;
}

/* The hand-over of `text` is exactly at its end, wherever the bytes are cut. */
static void check_bytes(uint8_t protocol, const unsigned char *text, size_t len) {
  static const unsigned char inner[] = {22, 3, 1, 0, 5, 1, 0, 0, 1, 3};
  unsigned char *bytes = malloc(len + sizeof inner);
  memcpy(bytes, text, len);
  memcpy(bytes + len, inner, sizeof inner);
  for (size_t piece = 1; piece <= len + sizeof inner; piece++) {
    end e = run(protocol, bytes, len + sizeof inner, piece);
    CHECK_EQ(e.outcome, PARSE_PARSED);
    CHECK_EQ(e.taken, len);
    if (piece == 1) CHECK_EQ(e.fed, len);
  }
  for (size_t cut = 0; cut < len; cut++) {
    end e = run(protocol, bytes, cut, cut + !cut);
    CHECK_EQ(e.outcome, PARSE_NEED_MORE);
  }
  free(bytes);
}

static void check_text(uint8_t protocol, const char *text) {
  check_bytes(protocol, (const unsigned char *)text, strlen(text));
}

static void check_hex(uint8_t protocol, const char *text) {
  size_t len;
  unsigned char *bytes = test_hex(text, &len);
  check_bytes(protocol, bytes, len);
  free(bytes);
}

static parse_outcome outcome_of(uint8_t protocol, const char *hex) {
  size_t len;
  unsigned char *bytes = test_hex(hex, &len);
  end e = run(protocol, bytes, len, len + !len);
  free(bytes);
  return e.outcome;
}

static parse_outcome outcome_of_text(uint8_t protocol, const char *text) {
  return run(protocol, (const unsigned char *)text, strlen(text), strlen(text)).outcome;
}

static void test_smtp(void) {
  check_text(WEIR_PROTOCOL_SMTP, "EHLO a.example\r\nSTARTTLS\r\n");
  check_text(WEIR_PROTOCOL_SMTP, "ehlo a\nNOOP STARTTLS\nstarttls \n");
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_SMTP, "EHLO a\r\nDATA\r\nSTARTTLS\r\n"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_SMTP, "EHLO a\r\n\x01"), PARSE_MALFORMED);
}

static void test_ftp(void) {
  check_text(WEIR_PROTOCOL_FTP, "FEAT\r\nAUTH TLS\r\n");
  check_text(WEIR_PROTOCOL_FTP, "AUTH GSSAPI\r\nauth ssl\r\n");
}

static void test_pop3_imap(void) {
  check_text(WEIR_PROTOCOL_POP3, "CAPA\r\nSTLS\r\n");
  check_text(WEIR_PROTOCOL_IMAP, "a1 CAPABILITY\r\na2 starttls\r\n");
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_IMAP, "a1 LOGIN a {8}\r\n"), PARSE_NOT_MINE);
}

static void test_xmpp(void) {
  check_text(WEIR_PROTOCOL_XMPP,
             "<?xml version='1.0'?><stream:stream to='a>b' xmlns='jabber:client'>\n"
             "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  check_text(WEIR_PROTOCOL_XMPP, "<stream:stream>\n<starttls xmlns=\"/\"></starttls>");
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_XMPP, "<starttlsx/><a b='<starttls/>'>"), PARSE_NEED_MORE);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_XMPP, "<starttls><x/></starttl>"), PARSE_MALFORMED);
}

static void test_postgresql(void) {
  check_hex(WEIR_PROTOCOL_POSTGRESQL, "00000008 04d2162f");
  check_hex(WEIR_PROTOCOL_POSTGRESQL, "00000008 04d21630  00000008 04d2162f");
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_POSTGRESQL, "00000029 00030000"), PARSE_NOT_MINE);
}

static void test_mysql(void) {
  check_hex(WEIR_PROTOCOL_MYSQL,
            "200000 01 85ae0f00 00000001 21 0000000000000000000000000000000000000000000000");
  check_hex(WEIR_PROTOCOL_MYSQL, "050000 01 8508 000000");
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_MYSQL, "540000 01"), PARSE_NOT_MINE); /* a login in the clear */
}

#define START_TLS "80 16 312e332e362e312e342e312e313436362e3230303337"

static void test_ldap(void) {
  check_hex(WEIR_PROTOCOL_LDAP, "30 1d 020101 77 18" START_TLS);
  check_hex(WEIR_PROTOCOL_LDAP,
            "30 0c 020101 60 07 020103 0400 8000  3084 0000001d 020102 77 18" START_TLS);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, "30 80"), PARSE_MALFORMED);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, "16 03"), PARSE_MALFORMED);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, "30 83 010000"), PARSE_NOT_MINE);
  /* A long request is passed over without being kept. */
  size_t len;
  unsigned char *request = test_hex("30 1d 020101 77 18" START_TLS, &len);
  unsigned char *bytes = calloc(4 + 40000 + len, 1);
  bytes[0] = 0x30;
  bytes[1] = 0x82;
  bytes[2] = 40000 >> 8;
  bytes[3] = 40000 & 255;
  memcpy(bytes + 4 + 40000, request, len);
  end e = run(WEIR_PROTOCOL_LDAP, bytes, 4 + 40000 + len, 1000);
  CHECK_EQ(e.outcome, PARSE_PARSED);
  CHECK_EQ(e.taken, 4 + 40000 + len);
  free(request);
  free(bytes);
}

static void test_rdp(void) {
  check_hex(WEIR_PROTOCOL_RDP, "0300 0013 0e e0 0000 0000 00 01 00 0800 03000000");
  check_hex(
      WEIR_PROTOCOL_RDP,
      "0300 0027 22 e0 0000 0000 00 436f6f6b69653a206d737473686173683d610d0a 01 00 0800 01000000");
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_RDP, "0300 000b 06 e0 0000 0000 00"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_RDP, "0300 0007 02 f0 80"), PARSE_MALFORMED);
}

static void test_socks(void) {
  check_hex(WEIR_PROTOCOL_SOCKS, "04 01 01bb c0000201 61 00");
  check_hex(WEIR_PROTOCOL_SOCKS, "04 01 01bb 00000001 00 612e6578616d706c65 00");
  check_hex(WEIR_PROTOCOL_SOCKS, "05 01 00  05 01 00 01 c0000201 01bb");
  check_hex(WEIR_PROTOCOL_SOCKS, "05 02 0002  01 01 61 01 62  05 01 00 03 03 612e62 01bb");
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, "04 02"), PARSE_NOT_MINE);       /* BIND */
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, "050100 0503"), PARSE_NOT_MINE); /* UDP ASSOCIATE */
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, "050100 05010002"), PARSE_MALFORMED);
}

/* Neither one long unit nor many short ones are followed for ever. */
static void test_bounds(void) {
  enum { LEN = CARRIER_UNIT_MAX + 8 };
  unsigned char *bytes = malloc(LEN);
  memset(bytes, 'a', LEN);
  end e = run(WEIR_PROTOCOL_SMTP, bytes, LEN, 1);
  CHECK_EQ(e.outcome, PARSE_NOT_MINE);
  CHECK_EQ(e.fed, CARRIER_UNIT_MAX);
  memset(bytes, '\n', LEN);
  CHECK_EQ(run(WEIR_PROTOCOL_SMTP, bytes, CARRIER_UNITS_MAX - 1, LEN).outcome, PARSE_NEED_MORE);
  CHECK_EQ(run(WEIR_PROTOCOL_SMTP, bytes, CARRIER_UNITS_MAX, LEN).outcome, PARSE_NOT_MINE);
  /* A packet beyond the bound that is all there is refused as one that comes in pieces is. */
  memset(bytes, 0, LEN);
  bytes[0] = 3;
  bytes[2] = LEN >> 8;
  bytes[3] = LEN & 255;
  for (size_t piece = 1; piece <= LEN; piece += LEN - 1)
    CHECK_EQ(run(WEIR_PROTOCOL_RDP, bytes, LEN, piece).outcome, PARSE_NOT_MINE);
  free(bytes);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_HTTP, "00"), PARSE_NOT_MINE);
}

int main(void) {
  test_smtp();
  test_ftp();
  test_pop3_imap();
  test_xmpp();
  test_postgresql();
  test_mysql();
  test_ldap();
  test_rdp();
  test_socks();
  test_bounds();
  return test_end("carrier");
}
