#include "test.h"

#include "carrier.h"

typedef struct end {
  parse_outcome outcome;
  size_t taken; /* bytes taken off the front in all */
  size_t fed;   /* bytes the caller had when it ended */
} end;

/* A caller that gets `piece` bytes at a time and keeps what was not taken. */
static end run(uint8_t protocol, bool from_client, const unsigned char *bytes, size_t len,
               size_t piece) {
  end e = {PARSE_NEED_MORE, 0, 0};
  uint32_t state = 0;
  while (e.outcome == PARSE_NEED_MORE && e.fed < len) {
    e.fed = len - e.fed < piece ? len : e.fed + piece;
    size_t held = e.fed - e.taken;
    unsigned char *copy = malloc(held ? held : 1);
    memcpy(copy, bytes + e.taken, held);
    reader r = reader_of(copy, held);
    e.outcome = carrier_step(protocol, from_client, &r, &state);
    CHECK(r.left <= held && r.at == copy + (held - r.left));
    e.taken += held - r.left;
    free(copy);
  }
  return e;
}

/* The hand-over of `text` is exactly at its end, wherever the bytes are cut;
 * `peek` bytes of the inner protocol are looked at but stay. */
static void check_bytes(uint8_t protocol, bool from_client, const unsigned char *text, size_t len,
                        size_t peek) {
  static const unsigned char inner[] = {22, 3, 1, 0, 5, 1, 0, 0, 1, 3};
  unsigned char *bytes = malloc(len + sizeof inner);
  memcpy(bytes, text, len);
  memcpy(bytes + len, inner, sizeof inner);
  for (size_t piece = 1; piece <= len + sizeof inner; piece++) {
    end e = run(protocol, from_client, bytes, len + sizeof inner, piece);
    CHECK_EQ(e.outcome, PARSE_PARSED);
    CHECK_EQ(e.taken, len);
    if (piece == 1) CHECK_EQ(e.fed, len + peek);
  }
  for (size_t cut = 0; cut < len + peek; cut++) {
    end e = run(protocol, from_client, bytes, cut, cut + !cut);
    CHECK_EQ(e.outcome, PARSE_NEED_MORE);
  }
  free(bytes);
}

static void check_text(uint8_t protocol, bool from_client, const char *text, size_t peek) {
  check_bytes(protocol, from_client, (const unsigned char *)text, strlen(text), peek);
}

static void check_hex(uint8_t protocol, bool from_client, const char *text, size_t peek) {
  size_t len;
  unsigned char *bytes = test_hex(text, &len);
  check_bytes(protocol, from_client, bytes, len, peek);
  free(bytes);
}

static parse_outcome outcome_of(uint8_t protocol, bool from_client, const char *hex) {
  size_t len;
  unsigned char *bytes = test_hex(hex, &len);
  end e = run(protocol, from_client, bytes, len, len + !len);
  free(bytes);
  return e.outcome;
}

static parse_outcome outcome_of_text(uint8_t protocol, bool from_client, const char *text) {
  return run(protocol, from_client, (const unsigned char *)text, strlen(text), strlen(text))
      .outcome;
}

enum { SERVER = 0, CLIENT = 1 };

static void test_smtp(void) {
  check_text(WEIR_PROTOCOL_SMTP, CLIENT, "EHLO a.example\r\nSTARTTLS\r\n", 0);
  check_text(WEIR_PROTOCOL_SMTP, CLIENT, "ehlo a\nNOOP STARTTLS\nstarttls \n", 0);
  check_text(WEIR_PROTOCOL_SMTP, SERVER,
             "220-mx\r\n220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n220 2.0.0 Ready\r\n", 0);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_SMTP, CLIENT, "EHLO a\r\nDATA\r\nSTARTTLS\r\n"),
           PARSE_NOT_MINE);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_SMTP, CLIENT, "EHLO a\r\n\x01"), PARSE_MALFORMED);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_SMTP, SERVER, "554 no\r\n"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_SMTP, SERVER, "220 mx\r\n454 TLS not available\r\n"),
           PARSE_NEED_MORE);
}

static void test_ftp(void) {
  check_text(WEIR_PROTOCOL_FTP, CLIENT, "FEAT\r\nAUTH TLS\r\n", 0);
  check_text(WEIR_PROTOCOL_FTP, CLIENT, "AUTH GSSAPI\r\nauth ssl\r\n", 0);
  check_text(WEIR_PROTOCOL_FTP, SERVER,
             "220 hi\r\n211-Features:\r\n AUTH TLS\r\n211 End\r\n234 go\r\n", 0);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_FTP, SERVER, "220 hi\r\n504 no\r\n234-\r\n2345\r\n"),
           PARSE_NEED_MORE);
}

static void test_pop3_imap(void) {
  check_text(WEIR_PROTOCOL_POP3, CLIENT, "CAPA\r\nSTLS\r\n", 0);
  check_text(WEIR_PROTOCOL_POP3, SERVER, "+OK hi\r\n+OK\r\nSTLS\r\n.\r\n-ERR what\r\n+OK begin\r\n",
             1);
  check_text(WEIR_PROTOCOL_IMAP, CLIENT, "a1 CAPABILITY\r\na2 starttls\r\n", 0);
  check_text(WEIR_PROTOCOL_IMAP, SERVER,
             "* OK hi\r\n* CAPABILITY STARTTLS\r\na1 OK\r\na2 OK begin\r\n", 1);
  /* A refusal, and a handshake that nobody granted. */
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_IMAP, SERVER, "* OK hi\r\na1 NO\r\n\x16\x03"),
           PARSE_MALFORMED);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_POP3, SERVER, "+OK hi\r\n-ERR no\r\n\x16\x03"),
           PARSE_MALFORMED);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_IMAP, CLIENT, "a1 LOGIN a {8}\r\n"), PARSE_NOT_MINE);
}

static void test_xmpp(void) {
  check_text(WEIR_PROTOCOL_XMPP, CLIENT,
             "<?xml version='1.0'?><stream:stream to='a>b' xmlns='jabber:client'>\n"
             "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
             0);
  check_text(WEIR_PROTOCOL_XMPP, CLIENT, "<stream:stream>\n<starttls xmlns=\"/\"></starttls>", 0);
  check_text(WEIR_PROTOCOL_XMPP, SERVER,
             "<stream:stream id='1'><stream:features><starttls xmlns='x'><required/></starttls>"
             "</stream:features><proceed xmlns='x'/>",
             0);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_XMPP, CLIENT, "<starttlsx/><a b='<starttls/>'>"),
           PARSE_NEED_MORE);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_XMPP, CLIENT, "<starttls><x/></starttl>"),
           PARSE_MALFORMED);
}

static void test_postgresql(void) {
  check_hex(WEIR_PROTOCOL_POSTGRESQL, CLIENT, "00000008 04d2162f", 0);
  check_hex(WEIR_PROTOCOL_POSTGRESQL, CLIENT, "00000008 04d21630  00000008 04d2162f", 0);
  check_text(WEIR_PROTOCOL_POSTGRESQL, SERVER, "S", 0);
  check_text(WEIR_PROTOCOL_POSTGRESQL, SERVER, "NS", 0);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_POSTGRESQL, CLIENT, "00000029 00030000"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_POSTGRESQL, SERVER, "NN"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of_text(WEIR_PROTOCOL_POSTGRESQL, SERVER, "R"), PARSE_NOT_MINE);
}

#define GREETING(flags) \
  "1a0000 00 0a 382e3000 01000000 0102030405060708 00 " flags " 21 0200 00 00 00"

static void test_mysql(void) {
  check_hex(WEIR_PROTOCOL_MYSQL, CLIENT,
            "200000 01 85ae0f00 00000001 21 0000000000000000000000000000000000000000000000", 0);
  check_hex(WEIR_PROTOCOL_MYSQL, CLIENT, "050000 01 8508 000000", 0);
  check_hex(WEIR_PROTOCOL_MYSQL, SERVER, GREETING("ffff"), 3);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_MYSQL, SERVER, GREETING("fff7")),
           PARSE_NOT_MINE); /* no TLS offered */
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_MYSQL, SERVER, GREETING("ffff") "0700000200"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_MYSQL, SERVER, GREETING("ffff") "1600000200"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_MYSQL, SERVER, "030000 00 0a 3800"), PARSE_MALFORMED);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_MYSQL, CLIENT, "540000 01"),
           PARSE_NOT_MINE); /* a login in the clear */
}

#define START_TLS "80 16 312e332e362e312e342e312e313436362e3230303337"

static void test_ldap(void) {
  check_hex(WEIR_PROTOCOL_LDAP, CLIENT, "30 1d 020101 77 18" START_TLS, 0);
  check_hex(WEIR_PROTOCOL_LDAP, CLIENT,
            "30 0c 020101 60 07 020103 0400 8000  3084 0000001d 020102 77 18" START_TLS, 0);
  check_hex(WEIR_PROTOCOL_LDAP, SERVER, "30 0c 020101 78 07 0a0100 0400 0400", 0);
  check_hex(WEIR_PROTOCOL_LDAP, SERVER,
            "3084 00000028 020101 7884 0000001f 0a0100 0400 0400 8a16 "
            "312e332e362e312e342e312e313436362e3230303337",
            0);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, SERVER, "30 0c 020101 78 07 0a0135 0400 0400"),
           PARSE_NEED_MORE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, SERVER, "30 0f 020101 78 0a 0a0100 0400 0400 8a01 31"),
           PARSE_NEED_MORE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, CLIENT, "30 80"), PARSE_MALFORMED);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, CLIENT, "16 03"), PARSE_MALFORMED);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_LDAP, CLIENT, "30 83 010000"), PARSE_NOT_MINE);
  /* A long search result is passed over without being kept. */
  unsigned char *bytes = calloc(4 + 40000 + 14, 1);
  static const unsigned char grant[] = {0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0};
  bytes[0] = 0x30;
  bytes[1] = 0x82;
  bytes[2] = 40000 >> 8;
  bytes[3] = 40000 & 255;
  memcpy(bytes + 4 + 40000, grant, sizeof grant);
  end e = run(WEIR_PROTOCOL_LDAP, SERVER, bytes, 4 + 40000 + 14, 1000);
  CHECK_EQ(e.outcome, PARSE_PARSED);
  CHECK_EQ(e.taken, 4 + 40000 + 14);
  free(bytes);
}

static void test_rdp(void) {
  check_hex(WEIR_PROTOCOL_RDP, CLIENT, "0300 0013 0e e0 0000 0000 00 01 00 0800 03000000", 0);
  check_hex(
      WEIR_PROTOCOL_RDP, CLIENT,
      "0300 0027 22 e0 0000 0000 00 436f6f6b69653a206d737473686173683d610d0a 01 00 0800 01000000",
      0);
  check_hex(WEIR_PROTOCOL_RDP, SERVER, "0300 0013 0e d0 0000 1234 00 02 1f 0800 02000000", 0);
  CHECK_EQ(
      outcome_of(WEIR_PROTOCOL_RDP, SERVER, "0300 0013 0e d0 0000 1234 00 02 1f 0800 00000000"),
      PARSE_NOT_MINE);
  CHECK_EQ(
      outcome_of(WEIR_PROTOCOL_RDP, SERVER, "0300 0013 0e d0 0000 1234 00 03 00 0800 05000000"),
      PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_RDP, CLIENT, "0300 000b 06 e0 0000 0000 00"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_RDP, CLIENT, "0300 0007 02 f0 80"), PARSE_MALFORMED);
}

static void test_socks(void) {
  check_hex(WEIR_PROTOCOL_SOCKS, CLIENT, "04 01 01bb c0000201 61 00", 0);
  check_hex(WEIR_PROTOCOL_SOCKS, CLIENT, "04 01 01bb 00000001 00 612e6578616d706c65 00", 0);
  check_hex(WEIR_PROTOCOL_SOCKS, SERVER, "00 5a 0000 00000000", 0);
  check_hex(WEIR_PROTOCOL_SOCKS, CLIENT, "05 01 00  05 01 00 01 c0000201 01bb", 0);
  check_hex(WEIR_PROTOCOL_SOCKS, CLIENT, "05 02 0002  01 01 61 01 62  05 01 00 03 03 612e62 01bb",
            0);
  check_hex(WEIR_PROTOCOL_SOCKS, SERVER, "05 00  05 00 00 01 00000000 0000", 0);
  check_hex(WEIR_PROTOCOL_SOCKS, SERVER,
            "05 02  01 00  05 00 00 04 00000000000000000000000000000000 0000", 0);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, CLIENT, "04 02"), PARSE_NOT_MINE); /* BIND */
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, CLIENT, "050100 0503"),
           PARSE_NOT_MINE); /* UDP ASSOCIATE */
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, CLIENT, "050100 05010002"), PARSE_MALFORMED);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, SERVER, "00 5b"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, SERVER, "05 ff"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, SERVER, "0502 0101"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_SOCKS, SERVER, "0500 0504"), PARSE_NOT_MINE);
}

/* Neither one long unit nor many short ones are followed for ever. */
static void test_bounds(void) {
  enum { LEN = CARRIER_UNIT_MAX + 8 };
  unsigned char *bytes = malloc(LEN);
  memset(bytes, 'a', LEN);
  end e = run(WEIR_PROTOCOL_SMTP, CLIENT, bytes, LEN, 1);
  CHECK_EQ(e.outcome, PARSE_NOT_MINE);
  CHECK_EQ(e.fed, CARRIER_UNIT_MAX);
  memset(bytes, '\n', LEN);
  CHECK_EQ(run(WEIR_PROTOCOL_SMTP, CLIENT, bytes, CARRIER_UNITS_MAX - 1, LEN).outcome,
           PARSE_NEED_MORE);
  CHECK_EQ(run(WEIR_PROTOCOL_SMTP, CLIENT, bytes, CARRIER_UNITS_MAX, LEN).outcome, PARSE_NOT_MINE);
  /* A packet beyond the bound that is all there is refused as one that comes in pieces is. */
  memset(bytes, 0, LEN);
  bytes[0] = 3;
  bytes[2] = LEN >> 8;
  bytes[3] = LEN & 255;
  for (size_t piece = 1; piece <= LEN; piece += LEN - 1)
    CHECK_EQ(run(WEIR_PROTOCOL_RDP, CLIENT, bytes, LEN, piece).outcome, PARSE_NOT_MINE);
  free(bytes);
  CHECK_EQ(outcome_of(WEIR_PROTOCOL_HTTP, CLIENT, "00"), PARSE_NOT_MINE);
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
