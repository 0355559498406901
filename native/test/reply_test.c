#include "reply.h"

#include "checksum.h"
#include "test.h"
#include "wire.h"

#define SYN_ACK (TCP_SYN | TCP_ACK)

static packet view(const uint8_t *bytes, size_t len) {
  weir_packet in = {.data = bytes, .len = (uint32_t)len};
  packet p;
  packet_parse(&p, &in);
  return p;
}

static wire_ends ends(uint8_t version, uint8_t transport) {
  wire_ends e = wire_between(transport, 5, 40000, 7, 443);
  e.version = version;
  if (version == 6) {
    memcpy(e.address[0], "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05", 16);
    memcpy(e.address[1], "\x20\x01\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x07", 16);
  }
  return e;
}

/* Sums a whole packet up as its receiver does: the transport's part with what stands before it. */
static bool sums_up(const uint8_t *bytes, size_t len, const packet *p) {
  size_t header = p->version == 4 ? 20 : 40, address = p->version == 4 ? 4 : 16;
  uint64_t sum = p->transport == TRANSPORT_ICMP ? 0 : p->transport + (uint64_t)(len - header);
  if (p->transport != TRANSPORT_ICMP)
    sum = checksum_add(sum, bytes + header - 2 * address, 2 * address);
  if (p->version == 4 && checksum_end(checksum_add(0, bytes, header))) return false;
  return !checksum_end(checksum_add(sum, bytes + header, len - header));
}

static void transports(uint8_t version, size_t body) {
  uint8_t in[256], out[256];
  wire_ends e = ends(version, TRANSPORT_TCP);
  size_t len = wire_tcp(in, &e, 0, 1000, TCP_SYN, NULL, 0);
  packet to = view(in, len), back;
  reply r;
  CHECK(reply_open(&r, &to, TRANSPORT_TCP, out, sizeof out));
  memset(r.payload, 0xab, body);
  size_t n = reply_tcp(&r, 77, 1001, SYN_ACK, body);
  back = view(out, n);
  CHECK_EQ(back.kind, PACKET_WHOLE);
  CHECK_EQ(back.ip_bytes, n);
  CHECK_EQ(back.body.left, body);
  CHECK_EQ(back.seq, 77);
  CHECK_EQ(back.ack, 1001);
  CHECK_EQ(back.source_port, 443);
  CHECK_EQ(back.destination_port, 40000);
  CHECK(!memcmp(back.source, to.destination, version == 4 ? 4 : 16));
  CHECK(!memcmp(back.destination, to.source, version == 4 ? 4 : 16));
  CHECK(sums_up(out, n, &back));

  e.transport = TRANSPORT_UDP;
  to = view(in, wire_udp(in, &e, 0, "x", 1));
  CHECK(reply_open(&r, &to, TRANSPORT_UDP, out, sizeof out));
  memset(r.payload, 0xff, body);
  n = reply_udp(&r, body);
  back = view(out, n);
  CHECK_EQ(back.body.left, body);
  CHECK(sums_up(out, n, &back));

  CHECK(reply_open(&r, &to, version == 4 ? TRANSPORT_ICMP : TRANSPORT_ICMPV6, out, sizeof out));
  memset(r.payload, 1, body);
  n = reply_icmp(&r, 3, 13, body);
  back = view(out, n);
  CHECK_EQ(back.kind, PACKET_WHOLE);
  CHECK(sums_up(out, n, &back));
}

/* RFC 768: a sum of zero is sent as all ones, for zero says that there is none. */
static void udp_zero(void) {
  uint8_t in[64], out[128];
  wire_ends e = ends(4, TRANSPORT_UDP);
  packet to = view(in, wire_udp(in, &e, 0, "x", 1));
  reply r;
  CHECK(reply_open(&r, &to, TRANSPORT_UDP, out, sizeof out));
  unsigned ones = 0;
  for (uint32_t v = 0; v < 0x10000; v++) {
    wire_put16(r.payload, v);
    size_t n = reply_udp(&r, 2);
    CHECK(out[26] || out[27]);
    ones += out[26] == 0xff && out[27] == 0xff;
    packet back = view(out, n);
    if (v % 4099 == 0) CHECK(sums_up(out, n, &back));
  }
  CHECK_EQ(ones, 1);
}

static void to_one_host_only(void) {
  static const char *const groups4[] = {"\xe0\0\0\xfb", "\xff\xff\xff\xff", "\0\0\0\0", "\0\1\2\3",
                                        "\xf0\0\0\1"};
  uint8_t in[64], out[128];
  reply r;
  for (unsigned i = 0; i < 5; i++) {
    for (unsigned side = 0; side < 2; side++) {
      wire_ends e = ends(4, TRANSPORT_UDP);
      memcpy(e.address[side], groups4[i], 4);
      packet to = view(in, wire_udp(in, &e, 0, "x", 1));
      CHECK(!reply_open(&r, &to, TRANSPORT_UDP, out, sizeof out));
    }
  }
  for (unsigned side = 0; side < 2; side++) {
    wire_ends e = ends(6, TRANSPORT_UDP);
    memcpy(e.address[side], "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\xfb", 16);
    packet to = view(in, wire_udp(in, &e, 0, "x", 1));
    CHECK(!reply_open(&r, &to, TRANSPORT_UDP, out, sizeof out));
    memset(e.address[side], 0, 16);
    to = view(in, wire_udp(in, &e, 0, "x", 1));
    CHECK(!reply_open(&r, &to, TRANSPORT_UDP, out, sizeof out));
  }
  wire_ends e = ends(4, TRANSPORT_UDP);
  packet to = view(in, wire_udp(in, &e, 0, "x", 1));
  CHECK(!reply_open(&r, &to, TRANSPORT_UDP, out, REPLY_HEADERS_MAX - 1));
}

int main(void) {
  for (size_t body = 0; body < 40; body++) transports(4, body), transports(6, body);
  udp_zero();
  to_one_host_only();
  return test_end("reply");
}
