#include "test.h"

#include "literal.h"

static bool parse(const char *text, weir_addr *out) {
  name host = {.len = (uint8_t)strlen(text)};
  memcpy(host.text, text, host.len);
  return literal_parse(&host, out);
}

static void check(const char *text, const char *expected) {
  size_t len;
  unsigned char *want = test_hex(expected, &len);
  weir_addr got;
  CHECK(parse(text, &got) && !memcmp(got.octets, want, 16));
  free(want);
}

int main(void) {
  weir_addr ignored;
  check("192.0.2.1", "00000000 00000000 0000ffff c0000201");
  check("0.0.0.0", "00000000 00000000 0000ffff 00000000");
  check("::", "00000000 00000000 00000000 00000000");
  check("::1", "00000000 00000000 00000000 00000001");
  check("2001:db8::", "20010db8 00000000 00000000 00000000");
  check("2001:db8::8:800:200c:417a", "20010db8 00000000 00080800 200c417a");
  check("1:2:3:4:5:6:7:8", "00010002 00030004 00050006 00070008");
  check("::ffff:192.0.2.1", "00000000 00000000 0000ffff c0000201");
  check("1:2:3:4:5:6:192.0.2.1", "00010002 00030004 00050006 c0000201");
  const char *names[] = {"example.test",
                         "1.2.3",
                         "1.2.3.4.5",
                         "1.2.3.256",
                         "01.2.3.4",
                         "1.2.3.4.",
                         "0x7f.1",
                         "2130706433",
                         "",
                         ":",
                         ":::",
                         "1::2::3",
                         "1:2:3:4:5:6:7",
                         "1:2:3:4:5:6:7:8:9",
                         "1:2:3:4:5:6:7:8::",
                         "12345::",
                         "g::",
                         "1:",
                         ":1",
                         "::1.2.3",
                         "::1.2.3.4:5",
                         "1:2:3:4:5:6:7:1.2.3.4",
                         "fe80::1%eth0"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) CHECK(!parse(names[i], &ignored));
  return test_end("literal");
}
