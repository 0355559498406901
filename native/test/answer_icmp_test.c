#include "answer_icmp.h"

#include "test.h"
#include "wire.h"

static packet view(const uint8_t *bytes, size_t len) {
  weir_packet in = {.data = bytes, .len = (uint32_t)len};
  packet p;
  packet_parse(&p, &in);
  return p;
}

/* The message quotes the packet from its first byte on, as much of it as is allowed. */
static void quotes(size_t payload, size_t room, size_t expected) {
  static uint8_t in[2000], bytes[1900], out[2000];
  wire_ends e = wire_between(TRANSPORT_UDP, 5, 40000, 7, 9999);
  size_t len = wire_udp(in, &e, 0, bytes, payload);
  packet p = view(in, len);
  size_t n = answer_icmp(&p, (weir_bytes){in, len}, UNREACHABLE_PROHIBITED, out, room);
  CHECK_EQ(n, expected);
  CHECK_EQ(out[20], 3);
  CHECK_EQ(out[21], 13);
  CHECK(!memcmp(out + 28, in, n - 28));
  n = answer_icmp(&p, (weir_bytes){in, len}, UNREACHABLE_PORT, out, room);
  CHECK_EQ(out[21], 3);
}

static void version_6(void) {
  uint8_t in[1600], out[2000], bytes[1500] = {0};
  wire_ends e = {.version = 6, .transport = TRANSPORT_UDP, .port = {1, 2}};
  e.address[0][0] = e.address[1][0] = 0x20;
  size_t len = wire_udp(in, &e, 0, bytes, sizeof bytes);
  packet p = view(in, len);
  size_t n = answer_icmp(&p, (weir_bytes){in, len}, UNREACHABLE_PROHIBITED, out, sizeof out);
  CHECK_EQ(n, 1280);
  CHECK_EQ(out[40], 1);
  CHECK_EQ(out[41], 1);
  answer_icmp(&p, (weir_bytes){in, len}, UNREACHABLE_PORT, out, sizeof out);
  CHECK_EQ(out[41], 4);
}

/* RFC 1122 3.2.2, RFC 4443 2.4 (e): never to an error, a later fragment, or a group. */
static void never_to(void) {
  uint8_t in[100], out[200], body[16] = {0};
  for (unsigned type = 0; type < 256; type++) {
    wire_ends e = wire_between(TRANSPORT_ICMP, 5, 0, 7, 0);
    size_t n = wire_ip(in, &e, 0, sizeof body);
    body[0] = (uint8_t)type;
    memcpy(in + n, body, sizeof body);
    packet p = view(in, n + sizeof body);
    bool answered =
        answer_icmp(&p, (weir_bytes){in, n + sizeof body}, UNREACHABLE_PROHIBITED, out, 200);
    CHECK_EQ(answered, !(type == 3 || type == 4 || type == 5 || type == 11 || type == 12));
  }
  wire_ends e = wire_between(TRANSPORT_UDP, 5, 1, 7, 2);
  size_t n = wire_fragment4(in, &e, 9, body, 8, 16, false);
  packet p = view(in, n);
  CHECK_EQ(answer_icmp(&p, (weir_bytes){in, n}, UNREACHABLE_PORT, out, 200), 0);
  memcpy(e.address[1], (uint8_t[]){224, 0, 0, 1}, 4);
  n = wire_udp(in, &e, 0, body, 4);
  p = view(in, n);
  CHECK_EQ(answer_icmp(&p, (weir_bytes){in, n}, UNREACHABLE_PORT, out, 200), 0);
}

int main(void) {
  quotes(0, 2000, 28 + 28);
  quotes(100, 2000, 28 + 128);
  quotes(1400, 2000, 576);
  quotes(1400, 300, 300);
  version_6();
  never_to();
  return test_end("answer_icmp");
}
