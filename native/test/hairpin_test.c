#include "rig.h"

#include "checksum.h"

static weir_addr address(uint8_t version, uint8_t last) {
  weir_addr a = {{0}};
  if (version == 4) {
    memcpy(a.octets + 10, (uint8_t[]){0xff, 0xff, 198, 18, 0, last}, 6);
  } else {
    a.octets[0] = 0xfd;
    a.octets[15] = last;
  }
  return a;
}

static weir_hairpin hairpin(void) {
  return (weir_hairpin){.own4 = address(4, 1),
                        .own6 = address(6, 1),
                        .mask4 = address(4, 2),
                        .mask6 = address(6, 2),
                        .tcp_port = 8080,
                        .udp_port = 8081};
}

static wire_ends ends(uint8_t version, uint8_t transport) {
  wire_ends e = wire_between(transport, 5, 40000, 7, 443);
  if (version == 6) {
    memcpy(e.address[0], "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05", 16);
    memcpy(e.address[1], "\x20\x01\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x07", 16);
  }
  e.version = version;
  return e;
}

static uint64_t pseudo(const uint8_t *ip, size_t len) {
  size_t header = ip[0] >> 4 == 4 ? 20 : 40, a = ip[0] >> 4 == 4 ? 4 : 16;
  uint8_t protocol = ip[0] >> 4 == 4 ? ip[9] : ip[6];
  return checksum_add(protocol + (uint64_t)(len - header), ip + header - 2 * a, 2 * a);
}

static uint8_t *sum_of(uint8_t *ip) {
  uint8_t *transport = ip + (ip[0] >> 4 == 4 ? 20 : 40);
  return transport + ((ip[0] >> 4 == 4 ? ip[9] : ip[6]) == TRANSPORT_TCP ? 16 : 6);
}

/* Fills both checksums in; the transport's without what a device with offloads adds. */
static void sum_up(uint8_t *ip, size_t len, bool is_partial) {
  size_t header = ip[0] >> 4 == 4 ? 20 : 40;
  wire_put16(sum_of(ip), 0);
  uint64_t sum = pseudo(ip, len);
  if (!is_partial) sum = checksum_add(sum, ip + header, len - header);
  uint16_t folded = checksum_end(sum);
  wire_put16(sum_of(ip), is_partial ? (uint16_t)~folded : folded);
  if (header == 20) {
    wire_put16(ip + 10, 0);
    wire_put16(ip + 10, checksum_end(checksum_add(0, ip, header)));
  }
}

/* The sums are what they would be had the packet been made like this. */
static bool is_summed_up(const uint8_t *ip, size_t len, bool is_partial) {
  uint8_t copy[256];
  memcpy(copy, ip, len);
  sum_up(copy, len, is_partial);
  return !memcmp(copy, ip, len);
}

static void both_ways(uint8_t version, uint8_t transport, bool is_partial, size_t body) {
  rig r = rig_new();
  weir_hairpin way = hairpin();
  wire_ends e = ends(version, transport);
  uint8_t ip[256], original[256], payload[64];
  packet p;
  weir_tuple tuple;
  memset(payload, 0xa5, sizeof payload);
  size_t n = transport == TRANSPORT_TCP ? wire_tcp(ip, &e, 0, 7, TCP_SYN, payload, body)
                                        : wire_udp(ip, &e, 0, payload, body);
  sum_up(ip, n, is_partial);
  memcpy(original, ip, n);
  rig_packet(&r, ip, n, 0);
  CHECK(weir_hairpin_forth(r.engine, &way, ip, n, is_partial));
  CHECK(is_summed_up(ip, n, is_partial));
  weir_packet in = {.data = ip, .len = (uint32_t)n};
  packet_parse(&p, &in);
  size_t a = version == 4 ? 4 : 16;
  CHECK(!memcmp(p.source, address(version, 3).octets + 16 - a, a)); /* flow 1, a step behind */
  CHECK(!memcmp(p.destination, address(version, 1).octets + 16 - a, a));
  CHECK_EQ(p.destination_port, transport == TRANSPORT_TCP ? 8080 : 8081);
  weir_addr from = address(version, 3);
  CHECK(weir_hairpin_original(r.engine, &way, transport, &from, p.source_port, &tuple));
  CHECK_EQ(tuple.server_port, 443);
  CHECK_EQ(tuple.client_port, 40000);

  /* The listener's answer: ends change sides, and come back as they were. */
  wire_ends back = {
      .version = version, .transport = transport, .port = {p.destination_port, p.source_port}};
  memcpy(back.address[0], p.destination, a);
  memcpy(back.address[1], p.source, a);
  n = transport == TRANSPORT_TCP ? wire_tcp(ip, &back, 0, 9, TCP_SYN | TCP_ACK, payload, body)
                                 : wire_udp(ip, &back, 0, payload, body);
  sum_up(ip, n, is_partial);
  CHECK_EQ(weir_hairpin_back(r.engine, &way, ip, n, is_partial), WEIR_TURN_SERVER);
  CHECK(is_summed_up(ip, n, is_partial));
  in.len = (uint32_t)n;
  packet_parse(&p, &in);
  CHECK(!memcmp(p.source, e.address[1], a) && p.source_port == 443);
  CHECK(!memcmp(p.destination, e.address[0], a) && p.destination_port == 40000);
  /* What is no packet of the listener stays as it is. */
  CHECK_EQ(weir_hairpin_back(r.engine, &way, original, n, is_partial), WEIR_TURN_NONE);
  rig_free(&r);
}

/* Every flow is another client to the listener, on as many addresses as that takes. */
static void many(void) {
  weir_config c = rig_config();
  c.max_flows = 70000;
  rig r = rig_with(&c);
  weir_hairpin way = hairpin();
  uint8_t ip[64];
  packet p;
  weir_tuple tuple;
  for (uint32_t i = 0; i < 70000; i++) {
    wire_ends e = wire_between(TRANSPORT_UDP, (uint8_t)(i >> 16), (uint16_t)i, 7, 9);
    size_t n = wire_udp(ip, &e, 0, "x", 1);
    rig_packet(&r, ip, n, 0);
    CHECK(weir_hairpin_forth(r.engine, &way, ip, n, false));
    weir_packet in = {.data = ip, .len = (uint32_t)n};
    packet_parse(&p, &in);
    weir_addr from = address(4, 0);
    memcpy(from.octets + 12, p.source, 4);
    CHECK(weir_hairpin_original(r.engine, &way, TRANSPORT_UDP, &from, p.source_port, &tuple));
    CHECK_EQ(tuple.client_port, (uint16_t)i);
    CHECK_EQ(tuple.client.octets[15], (uint8_t)(i >> 16));
    uint32_t offset = (uint32_t)(p.source[2] << 8 | p.source[3]) - 2;
    CHECK(p.source[1] == 18 && offset < 3 * 16384);
    rig_drain(&r);
  }
  rig_free(&r);
}

static void refusals(void) {
  rig r = rig_new();
  weir_hairpin way = hairpin();
  uint8_t ip[128], body[64] = {0};
  wire_ends e = ends(4, TRANSPORT_UDP);
  size_t n = wire_udp(ip, &e, 0, "x", 1);
  CHECK(!weir_hairpin_forth(r.engine, &way, ip, n, false)); /* no such flow */
  rig_packet(&r, ip, n, 0);
  for (size_t len = 0; len < n - 1; len++) { /* cut anywhere */
    uint8_t *exact = malloc(len ? len : 1);
    memcpy(exact, ip, len);
    CHECK(!weir_hairpin_forth(r.engine, &way, exact, len, false));
    CHECK_EQ(weir_hairpin_back(r.engine, &way, exact, len, false), WEIR_TURN_NONE);
    free(exact);
  }
  way.udp_port = 0;
  CHECK(!weir_hairpin_forth(r.engine, &way, ip, n, false));
  way.udp_port = 8081;
  n = wire_fragment4(ip, &e, 1, body, 0, 16, true);
  CHECK(!weir_hairpin_forth(r.engine, &way, ip, n, false));
  /* A place that no flow has. */
  wire_ends back = {.version = 4, .transport = TRANSPORT_UDP, .port = {8081, 0x8005}};
  memcpy(back.address[0], (uint8_t[]){198, 18, 0, 1}, 4);
  memcpy(back.address[1], (uint8_t[]){198, 18, 0, 2}, 4);
  n = wire_udp(ip, &back, 0, "x", 1);
  CHECK_EQ(weir_hairpin_back(r.engine, &way, ip, n, false), WEIR_TURN_STALE);
  rig_free(&r);
}

/* The client was told that its flow is refused; so is the listener, who has accepted it. */
static void reset(void) {
  rig r = rig_new();
  weir_hairpin way = hairpin();
  uint8_t ip[128], out[64];
  packet p;
  wire_ends e = ends(4, TRANSPORT_TCP);
  rig_handshake(&r, &e, 1001);
  size_t n = wire_tcp(ip, &e, 0, 1001, TCP_ACK, "hello", 5);
  weir_packet in = {.data = ip, .len = (uint32_t)n}, told = {.data = out};
  told.len = (uint32_t)weir_hairpin_reset(r.engine, &way, &in, out, sizeof out);
  CHECK(told.len > 0);
  CHECK(is_summed_up(out, told.len, false));
  packet_parse(&p, &told);
  CHECK_EQ(p.tcp_flags, TCP_RST | TCP_ACK);
  CHECK_EQ(p.seq, 1001);
  CHECK_EQ(p.destination_port, 8080);
  n = wire_tcp(ip, &e, 0, 1000, TCP_SYN, NULL, 0); /* of which the listener never heard */
  in.len = (uint32_t)n;
  CHECK_EQ(weir_hairpin_reset(r.engine, &way, &in, out, sizeof out), 0);
  rig_free(&r);
}

int main(void) {
  for (size_t body = 0; body < 20; body++)
    for (unsigned i = 0; i < 8; i++)
      both_ways(i & 1 ? 4 : 6, i & 2 ? TRANSPORT_TCP : TRANSPORT_UDP, i & 4, body);
  many();
  refusals();
  reset();
  return test_end("hairpin");
}
