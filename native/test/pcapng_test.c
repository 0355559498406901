#include "capture.h"
#include "test.h"

static capture c;
static capture_packet packet;

#define SECTION_LE  "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000\n"
#define SECTION_BE  "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c\n"
#define ETHERNET_LE "01000000 14000000 0100 0000 00000400 14000000\n"
#define ETHERNET_BE "00000001 00000014 0001 0000 00040000 00000014\n"
/* Microseconds 0x00060a24_181e4000 are 1700000000 s. */
#define EPB_LE \
  "06000000 24000000 00000000 240a0600 00401e18 03000000 3c000000 aabbcc00 24000000  # 3 of 60\n"
#define EPB_BE "00000006 00000024 00000000 00060a24 181e4000 00000003 0000003c aabbcc00 00000024\n"
#define EPB_NS 1700000000000000000ull

/* Runs over `hex` to its end, `step` bytes more at a time, in memory of exactly that size.
 * Returns the number of packets; `last` is the outcome of the end. */
static unsigned run(const char *hex, size_t step, parse_outcome *last) {
  size_t len, at = 0, have = 0;
  unsigned packets = 0;
  unsigned char *bytes = test_hex(hex, &len);
  capture_init(&c);
  do {
    have = have + step < len ? have + step : len;
    unsigned char *copy = malloc(have - at + 1);
    memcpy(copy + 1, bytes + at, have - at);
    reader in = reader_of(copy + 1, have - at);
    while ((*last = capture_next(&c, &in, &packet)) == PARSE_PARSED) packets++;
    at = have - in.left;
    CHECK(*last != PARSE_NEED_MORE || c.need > in.left);
    CHECK_EQ(c.offset <= at || c.message, 1);
    free(copy);
  } while (have < len && *last == PARSE_NEED_MORE);
  *last = capture_end(&c, reader_of(bytes + at, len - at));
  free(bytes);
  return packets;
}

static unsigned run_clean(const char *hex) {
  parse_outcome last;
  unsigned packets = run(hex, (size_t)1 << 20, &last);
  CHECK_EQ(last, PARSE_PARSED);
  parse_outcome slow;
  CHECK_EQ(run(hex, 1, &slow), packets);
  CHECK_EQ(slow, PARSE_PARSED);
  return packets;
}

static void expect_damage(const char *hex, unsigned packets, uint64_t bad_offset,
                          const char *text) {
  parse_outcome last;
  CHECK_EQ(run(hex, (size_t)1 << 20, &last), packets);
  CHECK_EQ(last, PARSE_MALFORMED);
  CHECK_EQ(c.bad_offset, bad_offset);
  if (last == PARSE_MALFORMED && !strstr(c.message, text)) fprintf(stderr, "%s\n", c.message);
  CHECK(last == PARSE_MALFORMED && strstr(c.message, text));
  CHECK_EQ(run(hex, 1, &last), packets);
  CHECK_EQ(last, PARSE_MALFORMED);
  CHECK_EQ(c.bad_offset, bad_offset);
}

static void reads_enhanced_packets_in_both_orders(void) {
  static const char *const both[] = {SECTION_LE ETHERNET_LE EPB_LE, SECTION_BE ETHERNET_BE EPB_BE};
  for (unsigned i = 0; i < 2; i++) {
    CHECK_EQ(run_clean(both[i]), 1);
    CHECK(packet.time_ns == EPB_NS);
    CHECK_EQ(capture_us(&packet), 1700000000000000);
    CHECK_EQ(packet.frame.left, 3);
    CHECK_EQ(packet.wire_len, 60);
    CHECK_EQ(packet.interface, 0);
    CHECK_EQ(packet.link_type, 1);
    CHECK_EQ(c.big_endian, i);
    CHECK_EQ(c.sections, 1);
    CHECK_EQ(c.format, CAPTURE_PCAPNG);
  }
}

static void each_prefix_needs_more(void) {
  size_t len;
  unsigned char *bytes = test_hex(SECTION_LE ETHERNET_LE EPB_LE, &len);
  for (size_t n = 0; n < len; n++) {
    unsigned char *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    reader in = reader_of(copy, n);
    capture_init(&c);
    CHECK_EQ(capture_next(&c, &in, &packet), PARSE_NEED_MORE);
    CHECK(c.need > in.left && n - in.left + c.need <= len);
    CHECK_EQ(c.offset, n - in.left);
    parse_outcome end = capture_end(&c, in);
    CHECK_EQ(end, n < 4 ? PARSE_NOT_MINE : n == 28 || n == 48 ? PARSE_PARSED : PARSE_MALFORMED);
    free(copy);
  }
  free(bytes);
}

static void each_section_has_its_own_order_and_interfaces(void) {
  CHECK_EQ(run_clean(SECTION_LE ETHERNET_LE
                     "01000000 14000000 6500 0000 00000000 14000000 # raw IP\n"
                     "06000000 24000000 01000000 240a0600 00401e18 03000000 3c000000 aabbcc00 "
                     "24000000\n" SECTION_BE
                     "00000001 00000014 0114 0000 00000000 00000014 # SLL2\n" EPB_BE),
           2);
  CHECK_EQ(packet.link_type, 276);
  CHECK_EQ(c.link_type, 276);
  CHECK_EQ(c.sections, 2);
  CHECK_EQ(c.interface_count, 1);
  expect_damage(SECTION_LE ETHERNET_LE EPB_LE SECTION_LE EPB_LE, 1, 112, "not described");
}

/* An interface of the resolution and offset, and a packet of the time 00000001_80000000. */
static uint64_t time_with(const char *resolution, const char *offset) {
  char text[600];
  snprintf(text, sizeof text,
           SECTION_BE
           "00000001 0000002c 0001 0000 00000000\n"
           "  0009 0001 %s 000000   # if_tsresol\n"
           "  000e 0008 %s          # if_tsoffset\n"
           "  0000 0000 0000002c\n"
           "00000006 00000020 00000000 00000001 80000000 00000000 00000000 00000020",
           resolution, offset);
  CHECK_EQ(run_clean(text), 1);
  return packet.time_ns;
}

static void knows_resolutions_and_offsets(void) {
  static const struct {
    const char *resolution, *offset;
    unsigned long long ns;
  } cases[] = {
      {"00", "0000000000000000", 6442450944000000000ull},  /* seconds */
      {"03", "0000000000000000", 6442450944000000ull},     /* milliseconds */
      {"06", "0000000000000000", 6442450944000ull},        /* microseconds */
      {"09", "0000000000000000", 6442450944ull},           /* nanoseconds */
      {"0c", "0000000000000000", 6442450ull},              /* picoseconds */
      {"13", "0000000000000000", 0},                       /* 10^-19 s */
      {"80", "0000000000000000", 6442450944000000000ull},  /* seconds */
      {"8a", "0000000000000000", 6291456000000000ull},     /* 2^-10 s */
      {"a0", "0000000000000000", 1500000000ull},           /* 2^-32 s */
      {"a4", "0000000000000000", 93750000ull},             /* 2^-36 s */
      {"bf", "0000000000000000", 0},                       /* 2^-63 s: 0.7 ns */
      {"09", "0000000000000001", 7442450944ull},           /* a second later */
      {"09", "fffffffffffffffa", 442450944ull},            /* six earlier */
      {"09", "fffffffffffffff9", 0},                       /* seven: before 1970 */
      {"09", "8000000000000000", 0},                       /* as far back as it goes */
      {"09", "7fffffffffffffff", 18446744073709551615ull}, /* and ahead */
      {"00", "00000003ffffffff", 18446744073709551615ull}, /* the sum does not fit */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint64_t ns = time_with(cases[i].resolution, cases[i].offset);
    CHECK(ns == cases[i].ns);
  }
}

static void the_largest_times_stop_at_the_end_of_the_scale(void) {
  static const struct {
    unsigned char resolution;
    unsigned long long ns;
  } cases[] = {{6, 18446744073709551615ull},   {0x80, 18446744073709551615ull},
               {9, 18446744073709551615ull},   {12, 18446744073709551ull},
               {0xa0, 4294967295999999999ull}, {0xa1, 2147483647999999999ull},
               {0xbf, 1999999999ull}};
  size_t len;
  unsigned char *bytes =
      test_hex(SECTION_BE
               "00000001 00000020 0001 0000 00000000  0009 0001 06 000000  0000 0000 00000020\n"
               "00000006 00000020 00000000 ffffffff ffffffff 00000000 00000000 00000020",
               &len);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reader in = reader_of(bytes, len);
    bytes[28 + 20] = cases[i].resolution;
    capture_init(&c);
    CHECK_EQ(capture_next(&c, &in, &packet), PARSE_PARSED);
    CHECK(packet.time_ns == cases[i].ns);
  }
  static const unsigned char refused[] = {20, 0x7f, 0xc0, 0xff};
  for (size_t i = 0; i < sizeof refused; i++) {
    reader in = reader_of(bytes, len);
    bytes[28 + 20] = refused[i];
    capture_init(&c);
    CHECK_EQ(capture_next(&c, &in, &packet), PARSE_MALFORMED);
  }
  free(bytes);
}

static void reads_simple_and_obsolete_packets(void) {
  CHECK_EQ(
      run_clean(SECTION_LE
                "01000000 14000000 0100 0000 02000000 14000000 # snaplen 2\n"
                "03000000 14000000 05000000 aabb0000 14000000              # SPB, 5 on the wire\n"),
      1);
  CHECK(!packet.has_time);
  CHECK_EQ(packet.time_ns, 0);
  CHECK_EQ(packet.frame.left, 2);
  CHECK_EQ(packet.wire_len, 5);
  CHECK_EQ(run_clean(SECTION_LE ETHERNET_LE EPB_LE "03000000 14000000 04000000 aabbccdd 14000000"),
           2);
  CHECK(packet.time_ns == EPB_NS); /* that of the packet before */
  CHECK_EQ(packet.frame.left, 4);
  CHECK_EQ(run_clean(SECTION_BE ETHERNET_BE
                     "00000002 00000024 0000 0007 00060a24 181e4000 00000003 0000003c aabbcc00\n"
                     "00000024 # obsolete packet block, 7 drops"),
           1);
  CHECK(packet.time_ns == EPB_NS && packet.has_time);
  CHECK_EQ(packet.frame.left, 3);
  CHECK_EQ(packet.wire_len, 60);
}

static void passes_over_blocks_without_packets(void) {
  CHECK_EQ(
      run_clean("0a0d0d0a 28000000 4d3c2b1a 0100 0200 ffffffffffffffff\n"
                "  0400 0400 57656972 | 0000 0000 | 28000000 # version 1.2, with an option\n"
                "05000000 10000000 00000000 10000000                       # ISB\n" ETHERNET_LE
                "04000000 0c000000 0c000000                                # NRB, empty\n"
                "0a000000 14000000 4b53534c 00000000 14000000              # DSB: TLS keys\n" EPB_LE
                "ad0b0000 14000000 00007ed9 06000000 14000000              # custom\n"
                "0000ffff 10000000 06000000 10000000                       # unknown\n"),
      1);
}

/* 16 MiB go by in small pieces, without the reader ever wanting more than a piece. */
static void a_large_block_is_never_buffered(void) {
  size_t len;
  unsigned char *head =
      test_hex(SECTION_LE ETHERNET_LE "0a000000 00000001", &len); /* 16 MiB in all */
  static unsigned char piece[4096];
  reader in = reader_of(head, len);
  capture_init(&c);
  CHECK_EQ(capture_next(&c, &in, &packet), PARSE_NEED_MORE);
  CHECK_EQ(in.left, 0);
  for (unsigned left = CAPTURE_BLOCK_MAX - 12; left; left -= (unsigned)(in.at - piece)) {
    CHECK_EQ(c.need, 1);
    in = reader_of(piece, left < sizeof piece ? left : sizeof piece);
    CHECK_EQ(capture_next(&c, &in, &packet), PARSE_NEED_MORE);
    if (in.left) break;
  }
  CHECK_EQ(c.need, 4);
  CHECK_EQ(capture_end(&c, in), PARSE_MALFORMED);
  CHECK_EQ(c.bad_offset, 48);
  free(head);
}

static void bounds_the_interfaces(void) {
  char *text = calloc(1, 300 * sizeof ETHERNET_LE + 1000);
  strcpy(text, SECTION_LE);
  for (unsigned i = 0; i < CAPTURE_INTERFACES_MAX; i++) strcat(text, ETHERNET_LE);
  strcat(text, "06000000 20000000 ff000000 00000000 00000000 00000000 00000000 20000000\n");
  CHECK_EQ(run_clean(text), 1);
  CHECK_EQ(packet.interface, 255);
  strcat(text, ETHERNET_LE);
  expect_damage(text, 1, 28 + 256 * 20 + 32, "more than 256");
  free(text);
}

static void tells_damage(void) {
#define START SECTION_LE ETHERNET_LE EPB_LE
  static const struct {
    const char *hex, *message;
  } cases[] = {
      {"06000000 24000000 01000000 00000000 00000000 03000000 03000000 aabbcc00 24000000",
       "not described"},
      {"06000000 24000000 00000000 00000000 00000000 05000000 05000000 aabbcc00 24000000",
       "longer than its block"},
      {"06000000 24000000 00000000 00000000 00000000 01000400 05000000 aabbcc00 24000000",
       "longer than 262144"},
      {"06000000 24000000 00000000 00000000 00000000 03000000 03000000 aabbcc00 20000000",
       "lengths of a block differ"},
      {"06000000 1c000000 00000000 00000000 00000000 00000000 1c000000", "too short"},
      {"02000000 18000000 00000000 00000000 00000000 18000000", "too short"},
      {"03000000 0c000000 0c000000", "too short"},
      {"03000000 14000000 05000000 aabbccdd 14000000", "longer than its block"},
      {"06000000 04000800", "longer than 524288"},
      {"06000000 00000000 00000000", "impossible length"},
      {"06000000 0b000000 00000000", "impossible length"},
      {"06000000 25000000 00000000", "impossible length"},
      {"0a000000 04000001 00000000", "longer than 16 MiB"},
      {"0a000000 10000000 00000000 14000000", "lengths of a block differ"},
      {"01000000 10000000 01000000 10000000", "interface block too short"},
      {"01000000 18000000 0100 0000 00000000 0900 0800 18000000", "longer than its block"},
      {"01000000 18000000 0100 0000 00000000 0900 0300 18000000", "longer than its block"},
      {"01000000 1c000000 0100 0000 00000000 0900 0200 06060000 1c000000", "wrong size"},
      {"01000000 1c000000 0100 0000 00000000 0e00 0400 00000000 1c000000", "wrong size"},
      {"01000000 1c000000 0100 0000 00000000 0900 0100 14000000 1c000000", "64 bits"},
      {"0a0d0d0a 1c000000 00000000 0100 0000 ffffffffffffffff 1c000000", "byte-order"},
      {"0a0d0d0a 1c000000 4d3c2b1a 0200 0000 ffffffffffffffff 1c000000", "version"},
      {"0a0d0d0a 1c000000 4d3c2b1a 0100 0100 ffffffffffffffff 1c000000", "version"},
      {"0a0d0d0a 18000000 4d3c2b1a 0100 0000 ffffffffffffffff 18000000", "impossible length"},
      {"0a0d0d0a 1d000000 4d3c2b1a 0100 0000 ffffffffffffffff 1d000000", "impossible length"},
      {"0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000001", "differ"},
      {"06000000 24000000 00000000", "cut short in a block"},
      {"06000000", "cut short in a block"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[1000];
    snprintf(text, sizeof text, START "%s", cases[i].hex);
    expect_damage(text, 1, 84, cases[i].message);
  }
  parse_outcome last;
  CHECK_EQ(run("0a0d0d0a 1c000000 00000000 0100 0000", 100, &last), 0);
  CHECK_EQ(last, PARSE_NOT_MINE); /* four bytes alone make no pcapng */
}

static void options_of_interfaces_may_be_unknown_or_unterminated(void) {
  CHECK_EQ(run_clean(SECTION_LE "01000000 30000000 0100 0000 00000400\n"
                                "  0200 0300 656e30 00   # if_name en0\n"
                                "  0900 0100 09 000000   # nanoseconds\n"
                                "  0000 0000             # the end; what follows is not read\n"
                                "  0900 ff00 00000000 30000000\n" EPB_LE),
           1);
  CHECK(packet.time_ns == 1700000000000000);
  CHECK_EQ(run_clean(SECTION_LE
                     "01000000 1c000000 0100 0000 00000400 0900 0100 09 000000 1c000000\n" EPB_LE),
           1);
  CHECK(packet.time_ns == 1700000000000000);
}

int main(void) {
  reads_enhanced_packets_in_both_orders();
  each_prefix_needs_more();
  each_section_has_its_own_order_and_interfaces();
  knows_resolutions_and_offsets();
  the_largest_times_stop_at_the_end_of_the_scale();
  reads_simple_and_obsolete_packets();
  passes_over_blocks_without_packets();
  a_large_block_is_never_buffered();
  bounds_the_interfaces();
  tells_damage();
  options_of_interfaces_may_be_unknown_or_unterminated();
  return test_end("pcapng");
}
