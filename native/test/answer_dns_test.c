#include "test.h"

#include "answer_dns.h"
#include "dns.h"

static bool without_sinkhole6;

static weir_dns_policy policy(uint8_t mode) {
  weir_dns_policy p = {.mode = mode, .extended_error = 15, .ttl = 60};
  memcpy(p.sinkhole4.octets, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
  memcpy(p.sinkhole6.octets, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
  if (without_sinkhole6) memset(&p.sinkhole6, 0, sizeof p.sinkhole6);
  return p;
}

/* A query for "aDs.example" of `type`, with EDNS where `size` is given. */
static size_t query(uint8_t *out, uint16_t type, uint16_t size) {
  size_t n;
  uint8_t *bytes =
      test_hex("beef 0110 0001 0000 0000 0000 03 614473 07 6578616d706c65 00 0000 0001", &n);
  memcpy(out, bytes, n);
  free(bytes);
  out[n - 4] = (uint8_t)(type >> 8);
  out[n - 3] = (uint8_t)type;
  if (!size) return n;
  uint8_t opt[] = {0, 0, 41, (uint8_t)(size >> 8), (uint8_t)size, 0, 0, 0x80, 0, 0, 0};
  memcpy(out + n, opt, sizeof opt);
  out[11] = 1;
  return n + sizeof opt;
}

typedef struct answer {
  dns_message message;
  dns_record record[4];
  unsigned records;
  uint8_t bytes[1500];
  size_t len;
} answer;

static answer ask(uint16_t type, uint16_t size, uint8_t mode, size_t limit) {
  static answer a;
  uint8_t asked[64];
  size_t n = query(asked, type, size);
  weir_dns_policy p = policy(mode);
  memset(&a, 0, sizeof a);
  a.len = answer_dns(reader_of(asked, n), &p, limit, a.bytes, sizeof a.bytes);
  CHECK(a.len <= n + ANSWER_DNS_GROWTH);
  CHECK_EQ(dns_parse(reader_of(a.bytes, a.len), &a.message), PARSE_PARSED);
  CHECK(a.message.is_response && !a.message.cut);
  CHECK_EQ(a.message.id, 0xbeef);
  CHECK(a.bytes[2] & 1 && a.bytes[3] & 0x10); /* RD and CD as they came */
  CHECK(
      !memcmp(a.bytes + 12, asked + 12, 17)); /* the letters' case, too: some resolvers check it */
  dns_cursor cursor = {.message = &a.message};
  while (a.records < 4 && dns_next_record(&cursor, &a.record[a.records])) a.records++;
  return a;
}

static void negative(uint8_t mode, unsigned rcode) {
  answer a = ask(DNS_TYPE_A, 0, mode, 65535);
  CHECK_EQ(a.message.rcode, rcode);
  CHECK_EQ(a.records, 1);
  CHECK_EQ(a.record[0].type, 6);
  CHECK_EQ(a.record[0].section, DNS_AUTHORITY);
  CHECK_EQ(a.record[0].ttl, 60);
  CHECK_TEXT(a.record[0].owner.text, a.record[0].owner.len, "ads.example");
  CHECK(!memcmp(a.record[0].rdata.at + a.record[0].rdata.left - 4, "\0\0\0\x3c", 4));
}

static void addresses(void) {
  answer a = ask(DNS_TYPE_A, 0, WEIR_DNS_SINKHOLE, 65535);
  CHECK_EQ(a.message.rcode, 0);
  CHECK_EQ(a.records, 1);
  CHECK(a.record[0].has_address && !memcmp(a.record[0].address.octets + 12, "\xc0\0\2\1", 4));
  a = ask(DNS_TYPE_AAAA, 0, WEIR_DNS_SINKHOLE, 65535);
  CHECK(a.record[0].has_address && a.record[0].address.octets[0] == 0x20);
  without_sinkhole6 = true;
  CHECK_EQ(ask(DNS_TYPE_AAAA, 0, WEIR_DNS_SINKHOLE, 65535).record[0].type, 6); /* no data */
  without_sinkhole6 = false;
  a = ask(DNS_TYPE_AAAA, 0, WEIR_DNS_NULL, 65535);
  CHECK(a.record[0].has_address && a.record[0].address.octets[15] == 0);
  a = ask(DNS_TYPE_HTTPS, 0, WEIR_DNS_NULL, 65535); /* no address to give: no data */
  CHECK_EQ(a.message.rcode, 0);
  CHECK_EQ(a.records, 1);
  CHECK_EQ(a.record[0].type, 6);
}

static void edns(void) {
  answer a = ask(DNS_TYPE_A, 1400, WEIR_DNS_NXDOMAIN, 65535);
  CHECK_EQ(a.records, 2);
  CHECK_EQ(a.record[1].type, DNS_TYPE_OPT);
  CHECK_EQ(a.record[1].section, DNS_ADDITIONAL);
  CHECK(!memcmp(a.record[1].rdata.at, "\0\x0f\0\2\0\x0f", 6)); /* RFC 8914: 15, blocked */
  CHECK(a.bytes[a.len - 10] & 0x80);                           /* DO as it came, RFC 3225 3 */
  a = ask(DNS_TYPE_A, 1400, WEIR_DNS_REFUSED, 65535);
  CHECK_EQ(a.message.rcode, 5);
  CHECK_EQ(a.records, 1);
}

/* RFC 2181 9: what does not fit is not sent in part. */
static void cut(void) {
  answer a = ask(DNS_TYPE_A, 1400, WEIR_DNS_NXDOMAIN, 60);
  CHECK(a.bytes[2] & 2);
  CHECK_EQ(a.records, 0);
  CHECK_EQ(a.len, 29);
}

static void not_answered(void) {
  uint8_t asked[64], out[512];
  weir_dns_policy p = policy(WEIR_DNS_NXDOMAIN);
  size_t n = query(asked, 1, 0);
  for (size_t len = 0; len < n; len++) {
    uint8_t *exact = malloc(len ? len : 1);
    memcpy(exact, asked, len);
    CHECK_EQ(answer_dns(reader_of(exact, len), &p, 512, out, sizeof out), 0);
    free(exact);
  }
  for (size_t room = 0; room < n + 71; room++)
    CHECK_EQ(answer_dns(reader_of(asked, n), &p, 512, out, room), 0);
  CHECK_EQ(answer_dns(reader_of(asked, n), &p, 512, out, n + 71), n + 71);
  asked[2] |= 0x80; /* an answer is never answered */
  CHECK_EQ(answer_dns(reader_of(asked, n), &p, 512, out, sizeof out), 0);
}

int main(void) {
  negative(WEIR_DNS_NXDOMAIN, 3);
  negative(WEIR_DNS_NODATA, 0);
  addresses();
  edns();
  cut();
  not_answered();
  return test_end("answer_dns");
}
