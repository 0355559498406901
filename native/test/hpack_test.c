/* The vectors are those of RFC 7541 Appendix C. */
#include "test.h"

#include "hpack.h"

static hpack fresh(void) {
  hpack h;
  memset(&h, 0, sizeof h);
  hpack_init(&h);
  return h;
}

/* Decodes `hex`, octet by octet or in one piece; counts its field lines, or -1. */
static int decode(hpack *h, const char *hex, bool bytewise, name *host) {
  size_t len;
  unsigned char *block = test_hex(hex, &len);
  int lines = 0;
  host->len = 0;
  for (size_t i = 0; i < len && lines >= 0; i += bytewise ? 1 : len) {
    reader in = reader_of(block + i, bytewise ? 1 : len);
    hpack_kind kind;
    name value;
    parse_outcome outcome;
    while ((outcome = hpack_next(h, &in, &kind, &value)) == PARSE_PARSED) {
      lines++;
      if (kind >= HPACK_HOST) *host = value;
    }
    if (outcome == PARSE_MALFORMED)
      lines = -1;
    else
      CHECK_EQ(in.left, 0);
  }
  free(block);
  return lines;
}

static void expect(hpack *h, const char *hex, int lines, unsigned size, const char *host) {
  hpack twin = *h;
  name got;
  CHECK_EQ(decode(&twin, hex, true, &got), lines);
  CHECK_TEXT(got.text, got.len, host);
  CHECK_EQ(decode(h, hex, false, &got), lines);
  CHECK_TEXT(got.text, got.len, host);
  CHECK_EQ(h->size, size);
  CHECK_EQ(twin.size, size);
  CHECK(lines < 0 || hpack_may_end(h));
}

static void integers(void) { /* C.1, as table size updates, whose prefix has 5 bits */
  hpack h = fresh();
  expect(&h, "2a", 0, 0, "");
  CHECK_EQ(h.max_size, 10);
  expect(&h, "3f9a0a", 0, 0, "");
  CHECK_EQ(h.max_size, 1337);
  expect(&h, "3f 80 80 80 80 00", -1, 0, ""); /* longer than any number needs */
  h = fresh();
  expect(&h, "3f ff ff ff ff 0f", -1, 0, "");
}

static void field_lines(void) { /* C.2 */
  hpack h = fresh();
  expect(&h, "400a637573746f6d2d6b65790d637573746f6d2d686561646572", 1, 55, "");
  h = fresh();
  expect(&h, "040c2f73616d706c652f70617468", 1, 0, "");
  expect(&h, "100870617373776f726406736563726574", 1, 0, "");
  expect(&h, "82", 1, 0, "");
}

static void requests(void) { /* C.3, and the same with Huffman codes: C.4 */
  hpack h = fresh();
  expect(&h, "828684410f7777772e6578616d706c652e636f6d", 4, 57, "www.example.com");
  expect(&h, "828684be58086e6f2d6361636865", 5, 110, "www.example.com");
  expect(&h, "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", 5, 164,
         "www.example.com");
  h = fresh();
  expect(&h, "828684418cf1e3c2e5f23a6ba0ab90f4ff", 4, 57, "www.example.com");
  expect(&h, "828684be5886a8eb10649cbf", 5, 110, "www.example.com");
  expect(&h, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", 5, 164, "www.example.com");
}

static void evictions(void) { /* C.5 and C.6: responses in a table of 256 octets */
  hpack h = fresh();
  expect(&h, "3fe101", 0, 0, "");
  expect(&h,
         "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a3231"
         "20474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
         4, 222, "");
  expect(&h, "4803333037c1c0bf", 4, 222, "");
  expect(&h,
         "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a697077"
         "38666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d616765"
         "3d333630303b2076657273696f6e3d31",
         6, 215, "");
  h = fresh();
  expect(&h, "3fe101", 0, 0, "");
  expect(&h,
         "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad17"
         "1863c78f0b97c8e9ae82ae43d3",
         4, 222, "");
  expect(&h, "4883640effc1c0bf", 4, 222, "");
  expect(&h,
         "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6"
         "c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
         6, 215, "");
  CHECK_EQ(h.count, 3);
  expect(&h, "20", 0, 0, ""); /* a size of 0 empties it */
  CHECK_EQ(h.count, 0);
  expect(&h, "4101 61", 1, 0, "a"); /* RFC 7541 4.4: too large, so not put in */
}

/* Every symbol, in order, as the value of "host". */
static void every_symbol(void) {
  hpack h = fresh();
  name host;
  CHECK_EQ(decode(&h,
                  "0f17 ffc803"
                  "ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7f"
                  "ffffabffffffdfffffebfffffecfffffedfffffeefffffefffffff0ffffff1ffffff2fffffffbfff"
                  "ffcffffffd3fffffd7fffffdbfffffdffffffe3fffffe7fffffebfffffed4fe3f9ffaffcabf1febf"
                  "afefe7fdfd2cbb00089969b71d79fb9f7fff20ffbff3ff50ddbd7f061c58f265cd9f469d5af66ddd"
                  "bf871e5f9cff7ff7fffc3ff9ffe45fff4719242cb34e6e9d68a6a3d7dac426defe3cfaf7fffbfe7f"
                  "fbffdffffffcfffe6ffff4bfff9ffffa3fffd3ffff53fffd5ffffb3fffeb7fffdaffffb7ffff73ff"
                  "feeffffdeffffebffffbfffffd9ffffdbfffebffffe0ffffeeffffc3ffff8bffff1ffffe4fffee7f"
                  "ffb1ffff97fffd9ffffcdffff9fffffbffffdafffeeffff4ffffb7fffee7fffe8ffffd3fffdeffff"
                  "d5fffeeffffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe0ffff17fffedffff87ffff77"
                  "fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff1fffff83ffffe1fffebfffe3ffff3fff"
                  "ff2ffffa3ffffd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8fffffb7fff97fff8ffff"
                  "fe6fffffc1fffff87ffffe7fffffc5ffffe5fffe4ffff2fffffd1fffff4ffffffefffffe3fffffc9"
                  "fffff97fffb3ffffcffffb7fffcdffff4ffff9ffffd1ffffcffffeaffffafffffddffffeffffff4f"
                  "ffff5fffffabffffa7ffffd7fffff9bffffecfffffb7fffff3fffffe8fffffd3fffffabfffff5fff"
                  "ffff7ffffecfffffdbfffffbbfffff7ffffff0fffffbbf",
                  true, &host),
           1);
  CHECK_EQ(h.string_len, 256);
  for (unsigned i = 0; i < 256; i++) CHECK_EQ(h.text[i], i);
  CHECK_EQ(host.len, 0); /* no host name */
}

static void bad_blocks(void) {
  static const char *const blocks[] = {
      "80",                   /* index 0 */
      "be",                   /* beyond the table */
      "7e 01 61",             /* the same as a name */
      "41 85 ff ff ff ff ff", /* EOS in a string */
      "41 82 1f ff",          /* more than 7 bits of padding */
      "41 81 18",             /* padding with zeros */
      "41 ff ff ff ff ff 7f", /* a string of 2^35 octets */
  };
  for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
    hpack h = fresh();
    name host;
    CHECK_EQ(decode(&h, blocks[i], false, &host), -1);
    h = fresh();
    CHECK_EQ(decode(&h, blocks[i], true, &host), -1);
  }
}

/* A table grown to 65,536 octets: what is out of the decoder's sight is said to be nothing. */
static void forgets_the_oldest(void) {
  hpack h = fresh();
  name host;
  CHECK_EQ(decode(&h, "3fe1ff03", false, &host), 0);
  CHECK_EQ(h.max_size, 65536);
  CHECK_EQ(decode(&h, "41 05 612e746c64", false, &host), 1);
  for (unsigned i = 0; i < HPACK_ENTRIES - 1; i++)
    CHECK_EQ(decode(&h, "40 01 78 00", false, &host), 1);
  CHECK_EQ(decode(&h, "ff 3e", false, &host), 1); /* index 189: the oldest of 128 */
  CHECK_TEXT(host.text, host.len, "a.tld");
  CHECK_EQ(decode(&h, "40 01 78 00", false, &host), 1);
  CHECK_EQ(decode(&h, "ff 3f", false, &host), 1);
  CHECK_EQ(host.len, 0);
  CHECK_EQ(decode(&h, "ff ff 7f", false, &host), -1); /* no table of that size holds it */
}

/* Values go round the block that keeps them and stay what they were. */
static void values_wrap(void) {
  hpack h = fresh();
  name host;
  char hex[64];
  for (unsigned i = 0; i < 1000; i++) {
    snprintf(hex, sizeof hex, "41 0b 6162632e%02x2e746c642e78", 'a' + i % 26);
    CHECK_EQ(decode(&h, hex, false, &host), 1);
    CHECK_EQ(decode(&h, "be", false, &host), 1);
    char expected[] = "abc.?.tld.x";
    expected[4] = (char)('a' + i % 26);
    CHECK_TEXT(host.text, host.len, expected);
    if (i < 60) continue;
    CHECK_EQ(decode(&h, "f8", false, &host), 1); /* index 120: 58 before */
    expected[4] = (char)('a' + (i - 58) % 26);
    CHECK_TEXT(host.text, host.len, expected);
  }
  CHECK(h.size <= HPACK_TABLE_SIZE);
}

int main(void) {
  integers();
  field_lines();
  requests();
  evictions();
  every_symbol();
  bad_blocks();
  forgets_the_oldest();
  values_wrap();
  return test_end("hpack");
}
