#include "test.h"

#include "http2.h"

#define PREFACE  "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a" /* RFC 9113 3.4 */
#define SETTINGS "000006 04 00 00000000 | 0003 00000064"
/* GET http://www.example.com/ on stream 1: RFC 7541 C.4.1 */
#define REQUEST "000011 01 05 00000001 | 828684418cf1e3c2e5f23a6ba0ab90f4ff"

/* Feeds `hex` in pieces of `step` bytes, keeping what is left of one for the next; the names go to
 * `names`, a comma behind each. */
static parse_outcome feed(const char *hex, size_t step, char *names, size_t size) {
  size_t len, taken = 0;
  unsigned char *all = test_hex(hex, &len);
  http2_state *state = calloc(1, HTTP2_STATE_MAX);
  parse_outcome outcome = PARSE_NEED_MORE;
  names[0] = 0;
  for (size_t end = 0; end < len && outcome == PARSE_NEED_MORE;) {
    end = len - end < step ? len : end + step;
    unsigned char *piece = malloc(end - taken + 1);
    memcpy(piece, all + taken, end - taken);
    reader in = reader_of(piece, end - taken);
    name authority;
    while ((outcome = http2_client(state, &in, &authority)) == PARSE_PARSED) {
      size_t used = strlen(names);
      snprintf(names + used, size - used, "%.*s,", authority.len, authority.text);
    }
    CHECK(outcome != PARSE_NEED_MORE || in.left <= 23);
    taken = end - in.left;
    free(piece);
  }
  free(state);
  free(all);
  return outcome;
}

static void expect(const char *hex, parse_outcome outcome, const char *expected) {
  char names[256];
  static const size_t steps[] = {1, 2, 7, 10, 100000};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    CHECK_EQ(feed(hex, steps[i], names, sizeof names), outcome);
    CHECK_TEXT(names, strlen(names), expected);
  }
}

static void requests(void) {
  expect(PREFACE SETTINGS REQUEST, PARSE_NEED_MORE, "www.example.com,");
  expect(PREFACE SETTINGS "000004 08 00 00000000 | 7fff0000 # WINDOW_UPDATE\n" REQUEST
                          "000003 00 01 00000001 | 010203   # DATA\n"
                          "000002 01 05 00000003 | 87be     # :authority out of the table",
         PARSE_NEED_MORE, "www.example.com,www.example.com,");
  expect(PREFACE SETTINGS "00000a 01 05 00000001 | 82 0f17 05 612e746c64 82", PARSE_NEED_MORE,
         "a.tld,"); /* host only */
  expect(PREFACE SETTINGS "00000e 01 05 00000001 | 0f17 03 622e63 01 05 612e746c64 82",
         PARSE_NEED_MORE, "a.tld,"); /* :authority wins over host */
  expect(PREFACE SETTINGS "000001 01 05 00000001 | 82", PARSE_NEED_MORE, ",");
  expect(PREFACE SETTINGS "000006 01 05 00000001 | 82 01 03 612062", PARSE_NEED_MORE, ",");
  expect(PREFACE SETTINGS REQUEST "000004 01 05 00000001 | 00 01 78 00 # trailers", PARSE_NEED_MORE,
         "www.example.com,");
}

static void fragments(void) {
  expect(PREFACE SETTINGS "00000c 01 2d 00000001 | 02 8000000000 | 10828684 | 0000",
         PARSE_MALFORMED, ""); /* padding is no part of the field line it cuts short */
  expect(PREFACE SETTINGS
         "000019 01 2d 00000001 | 02 8000000000 | 828684418cf1e3c2e5f23a6ba0ab90f4ff | 0000",
         PARSE_NEED_MORE, "www.example.com,");
  expect(PREFACE SETTINGS
         "000006 01 01 00000001 | 828684418cf1 # cut within a string\n"
         "000000 09 00 00000001 | \n"
         "000005 09 00 00000001 | e3c2e5f23a\n"
         "000006 09 04 00000001 | 6ba0ab90f4ff",
         PARSE_NEED_MORE, "www.example.com,");
}

static void broken(void) {
  expect("505249202a20485454502f312e", PARSE_NOT_MINE, "");
  expect("474554", PARSE_NOT_MINE, "");
  expect(PREFACE "000001 01 05 00000000 | 82", PARSE_MALFORMED, ""); /* stream 0 */
  expect(PREFACE "000001 09 04 00000001 | 82", PARSE_MALFORMED, ""); /* continues nothing */
  expect(PREFACE "000001 01 00 00000001 | 82  000001 09 04 00000003 | 82", PARSE_MALFORMED, "");
  expect(PREFACE "000001 01 00 00000001 | 82" SETTINGS, PARSE_MALFORMED, "");
  expect(PREFACE "000002 01 0c 00000001 | 05 82", PARSE_MALFORMED, ""); /* all padding */
  expect(PREFACE "000004 01 24 00000001 | 00000000", PARSE_MALFORMED, "");
  expect(PREFACE "000002 01 04 00000001 | 8241", PARSE_MALFORMED, ""); /* a field line cut short */
  expect(PREFACE REQUEST "000001 01 04 00000003 | 80" REQUEST, PARSE_MALFORMED, "www.example.com,");
}

/* Every strict prefix of a stream up to its first request asks for more. */
static void prefixes(void) {
  size_t len;
  unsigned char *all = test_hex(PREFACE SETTINGS REQUEST, &len);
  for (size_t n = 0; n <= len; n++) {
    unsigned char *cut = malloc(n + 1);
    memcpy(cut, all, n);
    reader in = reader_of(cut, n);
    http2_state *state = calloc(1, HTTP2_STATE_MAX);
    name authority;
    CHECK_EQ(http2_client(state, &in, &authority), n < len ? PARSE_NEED_MORE : PARSE_PARSED);
    free(state);
    free(cut);
  }
  free(all);
}

int main(void) {
  requests();
  fragments();
  broken();
  prefixes();
  return test_end("http2");
}
