/* packet_test.c -- IP headers: whole, cut, lying, and chained (RFC 791, 8200, 2675, 4302). */
#include "test.h"

#include "packet.h"
#include "wire.h"

/* Parses a copy in memory of exactly `len` bytes; views into it are gone, numbers stay. */
static packet parse(const uint8_t *bytes, size_t len, size_t wire) {
  uint8_t *copy = malloc(len ? len : 1);
  memcpy(copy, bytes, len);
  weir_packet in = {.data = copy, .len = (uint32_t)len, .wire_len = (uint32_t)wire};
  packet p;
  packet_parse(&p, &in);
  if (p.body.left) CHECK(p.body.at >= copy && p.body.at + p.body.left <= copy + len);
  if (p.kind == PACKET_WHOLE || p.kind == PACKET_FRAGMENT) {
    size_t address = p.version == 4 ? 4 : 16;
    CHECK(p.source >= copy && p.source + address == p.destination &&
          p.destination + address <= copy + len);
    CHECK(p.body.left <= p.body_wire);
  }
  free(copy);
  return p;
}

static packet parse_hex(const char *hex) {
  size_t len;
  unsigned char *bytes = test_hex(hex, &len);
  packet p = parse(bytes, len, 0);
  free(bytes);
  return p;
}

#define V6 "20010db8000000000000000000000001 20010db8000000000000000000000002"

static void test_tcp_and_udp(void) {
  uint8_t bytes[200];
  for (unsigned version = 4; version <= 6; version += 2) {
    wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
    e.version = (uint8_t)version;
    size_t n = wire_tcp(bytes, &e, 0, 0x01020304, TCP_SYN | TCP_ACK, "abc", 3);
    packet p = parse(bytes, n, 0);
    CHECK_EQ(p.kind, PACKET_WHOLE);
    CHECK_EQ(p.version, version);
    CHECK_EQ(p.source_port, 40000);
    CHECK_EQ(p.destination_port, 443);
    CHECK_EQ(p.seq, 0x01020304);
    CHECK_EQ(p.tcp_flags, TCP_SYN | TCP_ACK);
    CHECK_EQ(p.body.left, 3);
    CHECK_EQ(p.ip_bytes, n);
    e.transport = TRANSPORT_UDP;
    n = wire_udp(bytes, &e, 1, "abcd", 4);
    bytes[n] = 0xee; /* Ethernet's padding */
    p = parse(bytes, n + 1, 0);
    CHECK_EQ(p.kind, PACKET_WHOLE);
    CHECK_EQ(p.source_port, 443);
    CHECK_EQ(p.body.left, 4);
    CHECK_EQ(p.ip_bytes, n);
  }
}

/* A cut says TRUNCATED until the ports are there, then WHOLE with what came of the payload. */
static void test_every_prefix(void) {
  uint8_t bytes[200];
  for (unsigned version = 4; version <= 6; version += 2) {
    for (unsigned tcp = 0; tcp < 2; tcp++) {
      wire_ends e = wire_between(tcp ? TRANSPORT_TCP : TRANSPORT_UDP, 1, 40000, 2, 443);
      e.version = (uint8_t)version;
      size_t n =
          tcp ? wire_tcp(bytes, &e, 0, 1, 0, "abcdef", 6) : wire_udp(bytes, &e, 0, "abcdef", 6);
      size_t ip = version == 4 ? 20 : 40, header = tcp ? 20 : 8;
      for (size_t len = 0; len < n; len++) {
        packet p = parse(bytes, len, n);
        CHECK_EQ(p.kind, len < ip + 4 ? PACKET_TRUNCATED : PACKET_WHOLE);
        if (p.kind != PACKET_WHOLE) continue;
        CHECK_EQ(p.ip_bytes, n);
        CHECK_EQ(p.body.left, len < ip + header ? 0 : len - ip - header);
        CHECK(p.body.left < p.body_wire);
        CHECK_EQ(p.destination_port, 443);
      }
    }
  }
}

static void test_lying_lengths(void) {
  uint8_t bytes[100];
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  size_t n = wire_tcp(bytes, &e, 0, 1, 0, "abcdef", 6);
  static const struct {
    uint8_t at, value, kind;
  } lies[] = {{0, 0x44, PACKET_MALFORMED}, /* IHL 4 */
              {0, 0x40, PACKET_MALFORMED}, /* IHL 0 */
              {0, 0x4f, PACKET_MALFORMED}, /* options beyond the end */
              {0, 0x75, PACKET_UNSUPPORTED}, {0, 0x05, PACKET_UNSUPPORTED},
              {3, 19, PACKET_MALFORMED},     {3, 39, PACKET_MALFORMED},    /* no room for TCP */
              {3, 40, PACKET_WHOLE},         {32, 0x00, PACKET_MALFORMED}, /* data offset 0 */
              {32, 0x40, PACKET_MALFORMED},  {32, 0x60, PACKET_WHOLE},
              {32, 0x70, PACKET_MALFORMED}, /* beyond the end */
              {32, 0xf0, PACKET_MALFORMED}};
  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    uint8_t was = bytes[lies[i].at];
    bytes[lies[i].at] = lies[i].value;
    CHECK_EQ(parse(bytes, n, 0).kind, lies[i].kind);
    bytes[lies[i].at] = was;
  }
  e.transport = TRANSPORT_UDP;
  n = wire_udp(bytes, &e, 0, "abcdef", 6);
  bytes[25] = 7;
  CHECK_EQ(parse(bytes, n, 0).kind, PACKET_MALFORMED);
  bytes[25] = 10; /* shorter than IP's: the rest is not the datagram's */
  CHECK_EQ(parse(bytes, n, 0).body.left, 2);
  bytes[25] = 200;
  CHECK_EQ(parse(bytes, n, 0).body.left, 6);
  bytes[25] = 0;
  CHECK_EQ(parse(bytes, n, 0).body.left, 6);
}

/* Offloaded segmentation leaves a total length of 0 in captures. */
static void test_zero_length(void) {
  uint8_t bytes[100];
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  size_t n = wire_tcp(bytes, &e, 0, 1, 0, "abcdef", 6);
  wire_put16(bytes + 2, 0);
  packet p = parse(bytes, n, 70000);
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.ip_bytes, 70000);
  CHECK_EQ(p.body.left, 6);
  CHECK_EQ(p.body_wire, 70000 - 40);
  e.version = 6;
  n = wire_tcp(bytes, &e, 0, 1, 0, "abcdef", 6);
  wire_put16(bytes + 4, 0);
  p = parse(bytes, n, 0);
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.body.left, 6);
}

/* RFC 2675: the length of 65,536 bytes and more is in a hop-by-hop option, here behind padding. */
static void test_jumbogram(void) {
  packet p = parse_hex("60000000 0000 00 40" V6
                       "11 01 01 02 0000 00 c2 04 00011180 000000 | 0001 0035 0000 0000 61");
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.ip_bytes, 40 + 70016);
  p = parse_hex("60000000 0000 00 40" V6
                "11 00 01 05 0000 c2 04 | 0001 0035 0000 0000 61"); /* no option ends there */
  CHECK_EQ(p.ip_bytes, 57);
  p = parse_hex("60000000 0000 00 40" V6 "11 00 c2 04 00011180 | 0001 0035 0000 0000 61");
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.ip_bytes, 40 + 70016);
  CHECK_EQ(p.body_wire, 70016 - 8 - 8);
  CHECK_EQ(p.body.left, 1);
  p = parse_hex("60000000 0000 00 40" V6
                "11 00 c2 04 ffffffff | 0001 0035 0000 0000 61"); /* more than fits */
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.ip_bytes, 57);
  p = parse_hex("60000000 0000 00 40" V6
                "11 00 c2 04 00000004 | 0001 0035 0000 0000 61"); /* less than its header */
  CHECK_EQ(p.kind, PACKET_MALFORMED);
}

static void test_extension_chain(void) {
  packet p =
      parse_hex("60000000 0040 00 40" V6
                "2b 00 010400000000       # hop-by-hop\n"
                "3c 01 0000000000000000000000000000 # routing, 16 bytes\n"
                "33 00 010400000000       # destination options\n"
                "11 04 0000 00000001 00000001 000000000000000000000000 # AH (RFC 4302), 24 bytes\n"
                "1234 0035 0008 0000");
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.transport, TRANSPORT_UDP);
  CHECK_EQ(p.source_port, 0x1234);
  p = parse_hex("60000000 0008 3b 40" V6 "0000000000000000"); /* no next header */
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.transport, 59);
  p = parse_hex("60000000 0008 2c 40" V6 "11 00 0000 00000007"); /* an atomic fragment of nothing */
  CHECK_EQ(p.kind, PACKET_MALFORMED);
  p = parse_hex("60000000 0010 2c 40" V6
                "11 00 0000 00000007 1234 0035 0008 0000"); /* and of a whole one (RFC 6946) */
  CHECK_EQ(p.kind, PACKET_WHOLE);
  CHECK_EQ(p.source_port, 0x1234);
  p = parse_hex("60000000 0010 2c 40" V6 "06 00 0001 00000007 1234 0035 0008 0000");
  CHECK_EQ(p.kind, PACKET_FRAGMENT);
  CHECK_EQ(p.fragment_id, 7);
  CHECK_EQ(p.transport, TRANSPORT_TCP);
  CHECK_EQ(p.fragment_offset, 0);
  CHECK(p.more_fragments);
  CHECK_EQ(p.body_wire, 8);
  p = parse_hex("60000000 0008 00 40" V6 "11 01 000000000000"); /* longer than the packet */
  CHECK_EQ(p.kind, PACKET_MALFORMED);
  p = parse_hex("60000000 0004 00 40" V6 "11 00 0104");
  CHECK_EQ(p.kind, PACKET_MALFORMED);
}

/* A chain is followed so far and no further. */
static void test_endless_chain(void) {
  for (unsigned headers = 15; headers < 19; headers++) {
    uint8_t bytes[40 + 20 * 8 + 8] = {0x60};
    wire_put16(bytes + 4, headers * 8 + 8);
    bytes[6] = 60;
    for (unsigned i = 0; i < headers; i++) bytes[40 + 8 * i] = i + 1 < headers ? 60 : TRANSPORT_UDP;
    wire_put16(bytes + 40 + 8 * headers + 4, 8);
    CHECK_EQ(parse(bytes, 40 + headers * 8 + 8, 0).kind,
             headers <= 16 ? PACKET_WHOLE : PACKET_MALFORMED);
  }
}

static void test_ipv4_fragments(void) {
  uint8_t body[64] = {0}, bytes[100];
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 1, 2, 2);
  packet p = parse(bytes, wire_fragment4(bytes, &e, 0x1234, body, 0, 32, true), 0);
  CHECK_EQ(p.kind, PACKET_FRAGMENT);
  CHECK_EQ(p.fragment_id, 0x1234);
  p = parse(bytes, wire_fragment4(bytes, &e, 0x1234, body, 32, 64, false), 0);
  CHECK_EQ(p.kind, PACKET_FRAGMENT);
  CHECK_EQ(p.fragment_offset, 32);
  CHECK(!p.more_fragments);
  CHECK_EQ(p.body.left, 32);
  bytes[6] = 0x40; /* don't fragment, and none */
  bytes[7] = 0;
  CHECK(parse(bytes, 52, 0).kind != PACKET_FRAGMENT);
}

static void test_other_transports(void) {
  static const uint8_t transports[] = {TRANSPORT_ICMP, TRANSPORT_IGMP, TRANSPORT_GRE, TRANSPORT_ESP,
                                       255};
  uint8_t bytes[40];
  for (size_t i = 0; i < sizeof transports; i++) {
    wire_ends e = wire_between(transports[i], 1, 1, 2, 2);
    size_t n = wire_ip(bytes, &e, 0, 0);
    packet p = parse(bytes, n, 0);
    CHECK_EQ(p.kind, PACKET_WHOLE);
    CHECK_EQ(p.source_port, 0);
  }
  wire_ends e = wire_between(TRANSPORT_SCTP, 1, 1, 2, 2);
  memset(bytes, 0, sizeof bytes);
  wire_ip(bytes, &e, 0, 12);
  wire_put16(bytes + 20, 9899);
  CHECK_EQ(parse(bytes, 32, 0).source_port, 9899);
  wire_ip(bytes, &e, 0, 11);
  CHECK_EQ(parse(bytes, 31, 0).kind, PACKET_MALFORMED);
}

int main(void) {
  test_tcp_and_udp();
  test_every_prefix();
  test_lying_lengths();
  test_zero_length();
  test_jumbogram();
  test_extension_chain();
  test_endless_chain();
  test_ipv4_fragments();
  test_other_transports();
  return test_end("packet");
}
