/* dns_test.c -- messages written out by hand, each also as every strict prefix of itself. */
#include "test.h"

#include "dns.h"

#define QUESTION "03 777777 07 6578616d706c65 03 6f7267 00" /* www.example.org at 12 */

static parse_outcome parse(const char *hex, dns_message *m, unsigned char **memory) {
  size_t len;
  *memory = test_hex(hex, &len);
  return dns_parse(reader_of(*memory, len), m);
}

static parse_outcome outcome_of(const char *hex) {
  dns_message m;
  unsigned char *memory;
  const parse_outcome outcome = parse(hex, &m, &memory);
  free(memory);
  return outcome;
}

/* Up to `first` bytes a prefix needs more; from there on it is the message, cut, with never
 * more in it than before; and its whole is PARSED and not cut. */
static void check_prefixes(const char *hex, size_t first) {
  size_t len;
  uint32_t records = 0;
  dns_message m;
  unsigned char *bytes = test_hex(hex, &len);
  for (size_t n = 0; n <= len; n++) {
    unsigned char *prefix = malloc(n ? n : 1);
    memcpy(prefix, bytes, n);
    const parse_outcome outcome = dns_parse(reader_of(prefix, n), &m);
    CHECK_EQ(outcome, n < first ? PARSE_NEED_MORE : PARSE_PARSED);
    if (n >= first) {
      CHECK_EQ(m.cut, n < len);
      CHECK(m.whole_records >= records);
      records = m.whole_records;
    }
    free(prefix);
  }
  free(bytes);
}

static void test_query(void) {
  const char *hex =
      "1234 0100 0001 0000 0000 0001" /* RD, one question, EDNS */
      "03 575757 07 4578616d706c65 03 6f7267 00  001c 0001"
      "00 0029 04d0 00 00 8000 0000"; /* OPT: size 1232, DO */
  unsigned char *memory;
  dns_message m;
  dns_question q;
  dns_record r;
  CHECK_EQ(parse(hex, &m, &memory), PARSE_PARSED);
  CHECK(m.id == 0x1234 && !m.is_response && !m.opcode && !m.rcode && !m.cut && !m.odd);
  CHECK(dns_plausible(&m, false) && !dns_is_netbios(&m));
  dns_cursor c = {.message = &m};
  CHECK(dns_next_question(&c, &q));
  CHECK_TEXT(q.name.text, q.name.len, "www.example.org");
  CHECK(q.type == DNS_TYPE_AAAA && q.class_ == 1 && !q.refused);
  CHECK(!dns_next_question(&c, &q));
  CHECK(dns_next_record(&c, &r));
  CHECK_TEXT(r.owner.text, r.owner.len, ".");
  CHECK(r.type == DNS_TYPE_OPT && r.section == DNS_ADDITIONAL && r.class_ == 1232 &&
        r.ttl == 0x8000);
  CHECK(!dns_next_record(&c, &r));
  free(memory);
  check_prefixes(hex, 33);
}

static void check_target(dns_cursor *c, uint16_t type, dns_section section, const char *owner,
                         const char *target) {
  dns_record r;
  CHECK(dns_next_record(c, &r));
  CHECK_EQ(r.type, type);
  CHECK_EQ(r.section, section);
  CHECK_TEXT(r.owner.text, r.owner.len, owner);
  CHECK_TEXT(r.target.text, r.target.len, target);
  CHECK(!r.has_address);
}

static void check_address(dns_cursor *c, const char *owner, const char *address_hex) {
  dns_record r;
  size_t len;
  unsigned char *octets = test_hex(address_hex, &len);
  CHECK(dns_next_record(c, &r));
  CHECK_TEXT(r.owner.text, r.owner.len, owner);
  CHECK(r.has_address && !r.target.len && !memcmp(r.address.octets, octets, 16));
  free(octets);
}

static void test_response(void) {
  const char *hex = "1234 8583 0001 0004 0001 0005" QUESTION
                    "0001 0001"                                   /* ends at 33 */
                    "c00c 0005 0001 00000e10 0006 03 63646e c010" /* CNAME; cdn.example.org at 45 */
                    "c02d 0001 0001 8000003c 0004 c0000201" /* A; a TTL with its top bit set */
                    "c02d 001c 0001 0000003c 0010 20010db8000000000000000000000001" /* AAAA */
                    "c010 000f 0001 0000003c 0007 000a 02 6d78 c010"                /* MX */
                    "c010 0002 0001 0000003c 0002 c00c"                             /* NS */
                    "00   0029 1000 01 000000 0000" /* OPT: rcode 1 << 4 | 3 */
                    "c010 0021 0001 0000003c 0009 0000 0000 0050 01 73 00" /* SRV */
                    "c00c 000c 0001 00000000 0003 c00c00" /* PTR with an octet behind its name */
                    "c00c 0001 0001 00000000 0003 c00002" /* A of three octets */
                    "c00c 0005 00fe 00000000 0000";       /* CNAME, empty as in an UPDATE */
  unsigned char *memory;
  dns_message m;
  dns_record r;
  CHECK_EQ(parse(hex, &m, &memory), PARSE_PARSED);
  CHECK(m.is_response && m.rcode == 19 && m.whole_records == 10 && !m.odd);
  dns_cursor c = {.message = &m}; /* the question is passed over */
  check_target(&c, DNS_TYPE_CNAME, DNS_ANSWER, "www.example.org", "cdn.example.org");
  check_address(&c, "cdn.example.org", "0000000000000000 0000ffff c0000201");
  check_address(&c, "cdn.example.org", "20010db800000000 0000000000000001");
  check_target(&c, DNS_TYPE_MX, DNS_ANSWER, "example.org", "mx.example.org");
  check_target(&c, DNS_TYPE_NS, DNS_AUTHORITY, "example.org", "www.example.org");
  check_target(&c, DNS_TYPE_OPT, DNS_ADDITIONAL, ".", "");
  check_target(&c, DNS_TYPE_SRV, DNS_ADDITIONAL, "example.org", "s");
  check_target(&c, DNS_TYPE_PTR, DNS_ADDITIONAL, "www.example.org", "");
  check_target(&c, DNS_TYPE_A, DNS_ADDITIONAL, "www.example.org", "");
  check_target(&c, DNS_TYPE_CNAME, DNS_ADDITIONAL, "www.example.org", "");
  CHECK(!dns_next_record(&c, &r));
  c = (dns_cursor){.message = &m};
  CHECK(dns_next_record(&c, &r) && dns_next_record(&c, &r));
  CHECK_EQ(r.ttl, 0);
  free(memory);
  check_prefixes(hex, 33);
}

/* The question's name, or the owner of the first record. */
static void check_name(const char *hex, const char *expected, bool refused) {
  unsigned char *memory;
  dns_message m;
  dns_question q;
  CHECK_EQ(parse(hex, &m, &memory), PARSE_PARSED);
  dns_cursor c = {.message = &m};
  CHECK(dns_next_question(&c, &q));
  CHECK_TEXT(q.name.text, q.name.len, expected);
  CHECK_EQ(q.refused, refused);
  free(memory);
}

/* "1234 0100 0001 ...": a query for a name of `count` labels of `size` octets `octet`, then `end`. */
static char *query_for(unsigned count, unsigned size, const char *octet, const char *end) {
  char *hex = malloc(4096), *at = hex;
  at += sprintf(at, "1234 0100 0001 0000 0000 0000 ");
  for (unsigned i = 0; i < count; i++) {
    at += sprintf(at, "%02x", size);
    for (unsigned k = 0; k < size; k++) at += sprintf(at, "%s", octet);
  }
  sprintf(at, "%s 0001 0001", end);
  return hex;
}

static void test_names(void) {
#define HEAD "0000 0000 0001 0000 0000 0000"
  check_name(HEAD "00 0002 0001", ".", false);
  check_name(HEAD "03 61 2e 62 02 5c 20 04 00 7f ff 5a 00 0001 0001",
             "a\\.b.\\\\\\032.\\000\\127\\255z", false);
  check_name(HEAD "04 5f 2d 40 2a 00 0001 0001", "_-@*", false);

  char expected[254],
      *hex = query_for(3, 63, "61",
                       "3d" /* 61 octets */
                       "626262626262626262626262626262626262626262626262626262626262626262626262626"
                       "26262626262626262626262626262626262626262626262"
                       "00");
  memset(expected, 'a', 253);
  memset(expected + 192, 'b', 61);
  expected[63] = expected[127] = expected[191] = '.';
  expected[253] = 0;
  check_name(hex, expected, false); /* 255 octets on the wire, 253 of text */
  free(hex);
  hex = query_for(4, 63, "61", "00"); /* 257 octets */
  CHECK_EQ(outcome_of(hex), PARSE_NOT_MINE);
  free(hex);
  hex = query_for(127, 1, "61", "00"); /* as many labels as there can be */
  CHECK_EQ(outcome_of(hex), PARSE_PARSED);
  free(hex);

  /* Padding by escapes takes labels from the front only: the domain behind stays. */
  hex = query_for(3, 60, "00", "07 6578616d706c65 03 6f7267 00");
  for (size_t i = 0; i < 60; i++) memcpy(expected + 4 * i, "\\000", 4);
  memcpy(expected + 240, ".example.org", 13);
  check_name(hex, expected, true);
  free(hex);
  hex = query_for(2, 40, "00", "00");
  expected[160] = 0;
  check_name(hex, expected, true);
  free(hex);
  hex =
      query_for(2, 63, "2e", "07 6578616d706c65 03 6f7267 00"); /* dots within the labels that go */
  for (size_t i = 0; i < 63; i++) memcpy(expected + 2 * i, "\\.", 2);
  memcpy(expected + 126, ".example.org", 13);
  check_name(hex, expected, true);
  free(hex);

  CHECK_EQ(outcome_of(HEAD "40 0001 0001"), PARSE_NOT_MINE); /* extended label types are gone */
  CHECK_EQ(outcome_of(HEAD "80 0001 0001"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of(HEAD "c00c 0001 0001"), PARSE_NOT_MINE);         /* to itself */
  CHECK_EQ(outcome_of(HEAD "c012 0001 0001 0161 00"), PARSE_NOT_MINE); /* forward */
  CHECK_EQ(outcome_of(HEAD "0161 c000 0001 0001"), PARSE_NOT_MINE);    /* into the header */
  CHECK_EQ(outcome_of(HEAD "0161 c00c 0001 0001"), PARSE_NOT_MINE);    /* to the name it ends */
  CHECK_EQ(outcome_of(HEAD "3f 61"), PARSE_NEED_MORE);
}

static void test_pointers(void) {
  unsigned char *memory;
  dns_message m;
  dns_question q;
  /* mDNS questions: the second ends in the first, the third is a pointer to a pointer. */
  const char *hex =
      "0000 0000 0003 0000 0000 0000"
      "01 61 05 6c6f63616c 00 000c 8001" /* a.local at 12; QU */
      "01 62 c00e 000c 0001"             /* b.local at 25 */
      "c01b 00ff 00ff";                  /* local, by way of the pointer at 27 */
  CHECK_EQ(parse(hex, &m, &memory), PARSE_PARSED);
  dns_cursor c = {.message = &m};
  CHECK(dns_next_question(&c, &q) && q.class_ == 1);
  CHECK(dns_next_question(&c, &q));
  CHECK_TEXT(q.name.text, q.name.len, "b.local");
  CHECK(dns_next_question(&c, &q));
  CHECK_TEXT(q.name.text, q.name.len, "local");
  CHECK(!dns_plausible(&m, false) && dns_plausible(&m, true));
  free(memory);
  check_prefixes(hex, 39);

  /* A message whose every name points to the one before: hops are bounded. */
  const unsigned count = 200;
  unsigned char *chain = calloc(1, 12 + 5 + 6 * count);
  chain[5] = (unsigned char)(count + 1);
  chain[14] = chain[16] = 1; /* ". A IN" at 12 */
  for (unsigned i = 0; i < count; i++) {
    unsigned char *at = chain + 17 + 6 * i;
    const unsigned target = i ? 17 + 6 * (i - 1) : 12;
    at[0] = (unsigned char)(0xc0 | target >> 8);
    at[1] = (unsigned char)target;
    at[3] = at[5] = 1;
  }
  CHECK_EQ(dns_parse(reader_of(chain, 17 + 6 * count), &m), PARSE_MALFORMED);
  CHECK_EQ(m.whole_questions, 128);
  free(chain);
  /* What a pointer leads to must end before the name: a label that runs on into it does not. */
  CHECK_EQ(outcome_of("0000 0000 0002 0000 0000 0000 01 09 00 0001 0001 01 62 c00d 0001 0001"),
           PARSE_MALFORMED);
}

static void test_broken(void) {
  unsigned char *memory;
  dns_message m;
  dns_question q;
  dns_record r;
  CHECK_EQ(outcome_of("1234 8180 0001 ffff 0000 0000" QUESTION "0001 0001"), PARSE_NOT_MINE);
  CHECK_EQ(outcome_of("1234 8180 0000 0001 0000 0000 40 0001 0001 00000000 0000"), PARSE_NOT_MINE);
  /* A resolver that reads no further than the question answers this, so it is read. */
  CHECK_EQ(parse("1234 0100 0001 0000 0000 0002" QUESTION "0001 0001"
                 "00 0029 04d0 00000000 0000 ff 0001 0001 00000000 0000",
                 &m, &memory),
           PARSE_MALFORMED);
  dns_cursor c = {.message = &m};
  CHECK(dns_next_question(&c, &q) && dns_next_record(&c, &r) && !dns_next_record(&c, &r));
  free(memory);

  const struct {
    const char *hex;
    bool cut, odd, plausible;
  } cases[] = {
      {"1234 0100 0001 0000 0000 0000" QUESTION "0001 0001", false, false, true},
      {"1234 0100 0001 0000 0000 0000" QUESTION "0001 0001 00", false, true, false}, /* behind it */
      {"1234 8380 0001 0001 0000 0000" QUESTION "0001 0001", true, false, true},     /* TC */
      {"1234 8180 0001 0001 0000 0000" QUESTION "0001 0001", true, false, false},
      {"1234 0140 0001 0000 0000 0000" QUESTION "0001 0001", false, true, false}, /* Z */
      {"1234 0103 0001 0000 0000 0000" QUESTION "0001 0001", false, true, false}, /* rcode */
      {"1234 1900 0001 0000 0000 0000" QUESTION "0001 0001", false, true, false}, /* opcode 3 */
      {"1234 4900 0001 0000 0000 0000" QUESTION "0001 0001", false, true, false}, /* opcode 9 */
      {"1234 2800 0001 0000 0000 0000" QUESTION "0006 0001", false, false, true}, /* UPDATE */
      {"1234 2400 0001 0000 0000 0000" QUESTION "0006 0001", false, false, true}, /* NOTIFY */
      {"1234 0100 0001 0000 0000 0000" QUESTION "0000 0001", false, true, false}, /* type */
      {"1234 0100 0001 0000 0000 0000" QUESTION "0001 0008", false, true, false}, /* class */
      {"1234 8182 0000 0000 0000 0000", false, false, false},                     /* SERVFAIL */
      {"1234 3000 0000 0000 0000 0000 0001 0000", false, false, false},           /* DSO: a TLV */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_EQ(parse(cases[i].hex, &m, &memory), PARSE_PARSED);
    if (m.cut != cases[i].cut || m.odd != cases[i].odd ||
        dns_plausible(&m, false) != cases[i].plausible)
      fprintf(stderr, "case %zu\n", i);
    CHECK_EQ(m.cut, cases[i].cut);
    CHECK_EQ(m.odd, cases[i].odd);
    CHECK_EQ(dns_plausible(&m, false), cases[i].plausible);
    CHECK(dns_plausible(&m, true));
    free(memory);
  }
}

static void test_mdns_response(void) {
  const char *hex =
      "0000 8400 0000 0002 0000 0000"
      "04 68 6f 73 74 05 6c6f63616c 00 0001 8001 00000078 0004 0a000001" /* cache-flush */
      "c00c 001c 8001 00000078 0010 fe800000000000000000000000000001";
  unsigned char *memory;
  dns_message m;
  dns_question q;
  dns_record r;
  CHECK_EQ(parse(hex, &m, &memory), PARSE_PARSED);
  dns_cursor c = {.message = &m};
  CHECK(!dns_next_question(&c, &q));
  CHECK(dns_next_record(&c, &r) && r.class_ == 1 && r.has_address);
  CHECK_TEXT(r.owner.text, r.owner.len, "host.local");
  CHECK(dns_next_record(&c, &r) && r.has_address && !dns_next_record(&c, &r));
  CHECK(!dns_plausible(&m, false));
  free(memory);
  check_prefixes(hex, 38);
}

static void check_netbios(const char *hex, bool expected) {
  unsigned char *memory;
  dns_message m;
  CHECK_EQ(parse(hex, &m, &memory), PARSE_PARSED);
  CHECK_EQ(dns_is_netbios(&m), expected);
  free(memory);
}

static void test_netbios(void) {
#define NETBIOS \
  "20 46484641454245454341434143414341 43414341434143414341434143414141" /* WPAD<00> */
  check_netbios("1234 0110 0001 0000 0000 0000" NETBIOS "00 0020 0001", true);
  check_netbios("1234 0000 0001 0000 0000 0000" NETBIOS "05 73636f7065 00 0021 0001", true);
  check_netbios("1234 8500 0000 0001 0000 0000" NETBIOS "00 0020 0001 00000000 0006 0000 0a000001",
                true);
  check_netbios("1234 0110 0001 0000 0000 0000" NETBIOS "00 0001 0001", false);
  check_netbios("1234 0110 0001 0000 0000 0000 01 41 00 0020 0001", false);
  check_netbios(
      "1234 0110 0001 0000 0000 0000 21 46484641454245454341434143414341 "
      "43414341434143414341434143414141 41 00 0020 0001",
      false);
  check_netbios("1234 8000 0000 0000 0000 0000", false);
}

static void check_hints(const char *rdata_hex, uint16_t type, unsigned v4, unsigned v6) {
  size_t len;
  unsigned char *rdata = test_hex(rdata_hex, &len);
  for (size_t n = 0; n <= len; n++) { /* cut anywhere, nothing is read beyond the end */
    unsigned char *prefix = malloc(n ? n : 1);
    memcpy(prefix, rdata, n);
    const dns_record r = {.type = type, .rdata = reader_of(prefix, n)};
    weir_addr address;
    unsigned i = 0, mapped = 0;
    for (; dns_svcb_hint(&r, i, &address); i++) mapped += address.octets[10] == 0xff;
    CHECK(i <= v4 + v6);
    if (n == len) {
      CHECK_EQ(mapped, v4);
      CHECK_EQ(i, v4 + v6);
    }
    free(prefix);
  }
  free(rdata);
}

static void test_svcb(void) {
#define ALPN "0001 0003 02 6832"
#define IPV4 "0004 0008 c0000201 c0000202"
#define IPV6 "0006 0010 20010db8000000000000000000000001"
#define ECH  "0005 0004 0002 fe0d"
  check_hints("0001 00" ALPN IPV4 ECH IPV6, DNS_TYPE_HTTPS, 2, 1);
  check_hints("0001 03 737663 00" IPV6, DNS_TYPE_SVCB, 0, 1);
  check_hints("0001 00" IPV4, DNS_TYPE_HTTPS, 2, 0);
  check_hints("0001 00" ALPN, DNS_TYPE_HTTPS, 0, 0);
  check_hints("0000 00" IPV4 ECH, DNS_TYPE_HTTPS, 0, 0); /* an alias */
  check_hints("0001 00" IPV4 ECH, DNS_TYPE_A, 0, 0);
  check_hints("0001 00" ECH IPV4, DNS_TYPE_HTTPS, 0, 0); /* not in order */
  check_hints("0001 c00c" IPV4, DNS_TYPE_HTTPS, 0, 0);   /* not to be compressed */

  unsigned char *memory;
  dns_message m;
  CHECK_EQ(parse("1234 8180 0001 0001 0000 0000" QUESTION "0041 0001"
                 "c00c 0041 0001 0000003c 0008 0001 03 737663 00 00",
                 &m, &memory),
           PARSE_PARSED);
  dns_cursor c = {.message = &m};
  check_target(&c, DNS_TYPE_HTTPS, DNS_ANSWER, "www.example.org", "svc");
  free(memory);
}

static void test_stream(void) {
  const char *hex = "0021 1234 0100 0001 0000 0000 0000" QUESTION
                    "0001 0001"                           /* 35 octets with the prefix */
                    "000c 1234 8182 0000 0000 0000 0000"; /* 14 */
  size_t len, need;
  dns_message m;
  unsigned char *bytes = test_hex(hex, &len);
  for (size_t n = 0; n < 35; n++) {
    unsigned char *prefix = malloc(n ? n : 1);
    memcpy(prefix, bytes, n);
    reader in = reader_of(prefix, n);
    CHECK_EQ(dns_stream(&in, &m, &need), PARSE_NEED_MORE);
    CHECK_EQ(in.left, n);
    CHECK_EQ(need, n < 2 ? 2 : 35);
    free(prefix);
  }
  reader in = reader_of(bytes, len);
  CHECK(dns_stream(&in, &m, &need) == PARSE_PARSED && in.left == 14 && m.questions == 1);
  CHECK(dns_stream(&in, &m, &need) == PARSE_PARSED && in.left == 0 && m.rcode == 2);
  CHECK_EQ(dns_stream(&in, &m, &need), PARSE_NEED_MORE);
  free(bytes);

  bytes = test_hex("0010 1234 0100 0001 0000 0000 0000 03 777777 0000",
                   &len); /* cut within its frame */
  in = reader_of(bytes, len);
  CHECK(dns_stream(&in, &m, &need) == PARSE_MALFORMED && in.left == 2);
  free(bytes);
  bytes = test_hex("000b 00", &len);
  in = reader_of(bytes, len);
  CHECK(dns_stream(&in, &m, &need) == PARSE_NOT_MINE && in.left == 3);
  free(bytes);
  bytes = test_hex("4745 5420 2f20 4854 5450 2f31 2e31 0d0a", &len); /* "GET / HTTP/1.1" */
  in = reader_of(bytes, len);
  CHECK_EQ(dns_stream(&in, &m, &need), PARSE_NOT_MINE);
  free(bytes);
}

int main(void) {
  test_query();
  test_response();
  test_names();
  test_pointers();
  test_broken();
  test_mdns_response();
  test_netbios();
  test_svcb();
  test_stream();
  return test_end("dns");
}
