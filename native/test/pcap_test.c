#include "capture.h"
#include "test.h"

static capture c;
static capture_packet packet;

/* Outcome of the first call on `len` bytes in memory of their own. */
static parse_outcome first(const unsigned char *bytes, size_t len, size_t *taken) {
  unsigned char *copy = malloc(len ? len : 1);
  if (len) memcpy(copy, bytes, len);
  reader in = reader_of(copy, len);
  capture_init(&c);
  parse_outcome outcome = capture_next(&c, &in, &packet);
  *taken = len - in.left;
  free(copy);
  return outcome;
}

static const char little_us[] =
    "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000  # 2.4, snaplen 262144, Ethernet\n"
    "00f15365 40420f00 04000000 3c000000 | 01020304          # 1700000000.999999 + 1, 4 of 60\n"
    "01f15365 00000000 00000000 00000000 |                   # an empty packet\n"
    "02f15365 01000000 02000000 02000000 | aabb\n";

static void reads_packets(void) {
  size_t len;
  unsigned char *bytes = test_hex(little_us, &len);
  reader in = reader_of(bytes, len);
  capture_init(&c);
  CHECK_EQ(capture_next(&c, &in, &packet), PARSE_PARSED);
  CHECK_EQ(packet.time_ns,
           1700000000ull * 1000000000 + 1000000000); /* a fraction of a second and more */
  CHECK_EQ(capture_us(&packet), 1700000001000000);
  CHECK(packet.has_time);
  CHECK_EQ(packet.frame.left, 4);
  CHECK(packet.frame.at == bytes + 40);
  CHECK_EQ(packet.wire_len, 60);
  CHECK_EQ(packet.interface, 0);
  CHECK_EQ(packet.link_type, 1);
  CHECK_EQ(capture_next(&c, &in, &packet), PARSE_PARSED);
  CHECK_EQ(packet.frame.left, 0);
  CHECK_EQ(capture_next(&c, &in, &packet), PARSE_PARSED);
  CHECK_EQ(packet.frame.left, 2);
  CHECK_EQ(c.offset, len);
  CHECK_EQ(capture_next(&c, &in, &packet), PARSE_NEED_MORE);
  CHECK_EQ(capture_end(&c, in), PARSE_PARSED);
  CHECK_EQ(c.packets, 3);
  CHECK_EQ(c.format, CAPTURE_PCAP);
  CHECK_EQ(c.interface_count, 1);
  free(bytes);
}

/* Of every strict prefix of the first record: NEED_MORE, and no more asked for than there is. */
static void asks_for_more(const char *text, size_t first_record_ends) {
  size_t len, taken;
  unsigned char *bytes = test_hex(text, &len);
  for (size_t n = 0; n < first_record_ends; n++) {
    CHECK_EQ(first(bytes, n, &taken), PARSE_NEED_MORE);
    CHECK(taken == (n < 24 ? 0 : 24));
    CHECK(c.need > n - taken && taken + c.need <= first_record_ends);
  }
  CHECK_EQ(first(bytes, first_record_ends, &taken), PARSE_PARSED);
  CHECK_EQ(taken, first_record_ends);
  free(bytes);
}

static void reads_the_variants(void) {
  static const struct {
    const char *hex;
    unsigned long long ns;
    unsigned link_type;
  } cases[] = {
      {"a1b2c3d4 0002 0004 00000000 00000000 00040000 00000071 # big-endian, Linux cooked\n"
       "6553f100 000f423f 00000002 00000003 | aabb",
       1700000000999999000ull, 113},
      {"4d3cb2a1 0200 0400 00000000 00000000 00000400 65000000 # nanoseconds, raw IP\n"
       "00f15365 ffc99a3b 02000000 03000000 | aabb",
       1700000000999999999ull, 101},
      {"a1b23c4d 0002 0004 00000000 00000000 00040000 000000e5 # both\n"
       "6553f100 00000001 00000002 00000003 | aabb",
       1700000000000000001ull, 229},
      {"34cdb2a1 0200 0400 00000000 00000000 00000400 01000000 # eight bytes more a record\n"
       "00f15365 05000000 02000000 03000000 02000000 0008 00 00 | aabb",
       1700000000000005000ull, 1},
      {"d4c3b2a1 0200 0200 00000000 00000000 00000400 01000000 # 2.2: lengths the other way round\n"
       "00f15365 05000000 03000000 02000000 | aabb",
       1700000000000005000ull, 1},
      {"d4c3b2a1 0200 0300 00000000 00000000 00000400 01000000 # 2.3, either way: here the old "
       "one\n"
       "00f15365 05000000 03000000 02000000 | aabb",
       1700000000000005000ull, 1},
      {"d4c3b2a1 0200 0300 00000000 00000000 00000400 01000000 # and the new one\n"
       "00f15365 05000000 02000000 03000000 | aabb",
       1700000000000005000ull, 1},
      {"d4c3b2a1 0200 0400 00000000 00000000 00000400 01000024 # 4 bytes of FCS\n"
       "ffffffff ffffffff 02000000 03000000 | aabb # every bit of a time\n",
       4294967295ull * 1000000000 + 4294967295ull * 1000, 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t len, taken;
    unsigned char *bytes = test_hex(cases[i].hex, &len);
    asks_for_more(cases[i].hex, len);
    CHECK_EQ(first(bytes, len, &taken), PARSE_PARSED);
    CHECK(packet.time_ns == cases[i].ns);
    CHECK_EQ(packet.link_type, cases[i].link_type);
    CHECK_EQ(packet.frame.left, 2);
    CHECK_EQ(packet.wire_len, 3);
    free(bytes);
  }
}

static void wire_length_is_not_below_what_was_kept(void) {
  size_t len, taken;
  unsigned char *bytes = test_hex(
      "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000\n"
      "00f15365 05000000 02000000 01000000 | aabb",
      &len);
  CHECK_EQ(first(bytes, len, &taken), PARSE_PARSED);
  CHECK_EQ(packet.wire_len, 2);
  free(bytes);
}

static void tells_damage(void) {
  size_t len, taken;
  unsigned char *bytes = test_hex(
      "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000\n"
      "00f15365 05000000 02000000 02000000 | aabb\n"
      "00f15365 05000000 01000400 02000000                     # 262145 bytes",
      &len);
  reader in = reader_of(bytes, len);
  capture_init(&c);
  CHECK_EQ(capture_next(&c, &in, &packet), PARSE_PARSED);
  for (int again = 0; again < 2; again++) {
    CHECK_EQ(capture_next(&c, &in, &packet), PARSE_MALFORMED);
    CHECK_EQ(c.bad_offset, 42);
    CHECK(strstr(c.message, "longer than 262144"));
    CHECK_EQ(in.left, 16);
  }
  CHECK_EQ(capture_end(&c, in), PARSE_MALFORMED);
  CHECK_EQ(c.packets, 1);
  bytes[24 + 8 + 2] = 4, bytes[24 + 8] = 0; /* the largest that is allowed */
  CHECK_EQ(first(bytes, len, &taken), PARSE_NEED_MORE);
  CHECK_EQ(c.need, 16 + CAPTURE_PACKET_MAX);
  bytes[4] = 3; /* major version */
  CHECK_EQ(first(bytes, len, &taken), PARSE_MALFORMED);
  CHECK_EQ(taken, 0);
  free(bytes);
}

static void tells_what_is_no_capture(void) {
  static const char *const texts[] = {"This is no capture", "\x1f\x8b\x08\x00", "\x28\xb5\x2f\xfd"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    reader in = reader_of(texts[i], 4);
    capture_init(&c);
    CHECK_EQ(capture_next(&c, &in, &packet), PARSE_NOT_MINE);
    CHECK_EQ(capture_next(&c, &in, &packet), PARSE_NOT_MINE);
    CHECK_EQ(capture_end(&c, in), PARSE_NOT_MINE);
    CHECK_EQ(in.left, 4);
  }
}

static void tells_where_the_input_ended(void) {
  static const struct {
    size_t len;
    parse_outcome outcome;
    unsigned long long bad_offset;
  } cases[] = {{0, PARSE_NOT_MINE, 0},    {3, PARSE_NOT_MINE, 0}, {4, PARSE_MALFORMED, 0},
               {23, PARSE_MALFORMED, 0},  {24, PARSE_PARSED, 0},  {25, PARSE_MALFORMED, 24},
               {40, PARSE_MALFORMED, 24}, {44, PARSE_PARSED, 0},  {45, PARSE_MALFORMED, 44}};
  size_t len;
  unsigned char *bytes = test_hex(little_us, &len);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reader in = reader_of(bytes, cases[i].len);
    capture_init(&c);
    while (capture_next(&c, &in, &packet) == PARSE_PARSED) continue;
    CHECK_EQ(capture_end(&c, in), cases[i].outcome);
    CHECK_EQ(c.bad_offset, cases[i].bad_offset);
    CHECK_EQ(c.message != NULL, cases[i].outcome != PARSE_PARSED);
  }
  free(bytes);
}

int main(void) {
  reads_packets();
  asks_for_more(little_us, 44);
  reads_the_variants();
  wire_length_is_not_below_what_was_kept();
  tells_damage();
  tells_what_is_no_capture();
  tells_where_the_input_ended();
  return test_end("pcap");
}
