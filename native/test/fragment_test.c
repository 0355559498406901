/* fragment_test.c -- datagrams out of pieces: any order, overlaps, lies, age and room. */
#include "test.h"

#include "fragment.h"
#include "wire.h"

enum { MAX = 3 };

static const uint64_t timeout_us = 30000000;

typedef struct fixture {
  fragments t;
  void *memory;
  uint8_t *bytes; /* of the last piece */
  fragment_whole whole;
  bool overlap;
  uint64_t now_us;
} fixture;

static fixture begin(void) {
  weir_config c;
  weir_config_init(&c);
  c.max_fragments = MAX;
  c.fragment_us = timeout_us;
  fixture f = {.memory = calloc(1, fragments_size(MAX)), .now_us = 1000000};
  fragments_init(&f.t, f.memory, &c);
  return f;
}

static void end(fixture *f) { free(f->memory), free(f->bytes); }

static const wire_ends ends = {.version = 4,
                               .transport = TRANSPORT_UDP,
                               .address = {{10, 0, 0, 1}, {10, 0, 0, 2}},
                               .port = {5000, 53}};

/* The UDP datagram that the pieces are of: ports and 72 bytes "0123...". */
static const uint8_t *datagram(void) {
  static uint8_t bytes[WIRE_HEADERS_MAX + 80];
  uint8_t payload[72];
  for (unsigned i = 0; i < 72; i++) payload[i] = (uint8_t)('0' + i);
  wire_udp(bytes, &ends, 0, payload, 72);
  return bytes + 20;
}

static fragment_outcome put_bytes(fixture *f, size_t len) {
  packet p;
  f->bytes = realloc(f->bytes, len);
  weir_packet in = {.data = f->bytes, .len = (uint32_t)len};
  packet_parse(&p, &in);
  CHECK_EQ(p.kind, PACKET_FRAGMENT);
  f->now_us += 1000;
  return fragment_put(&f->t, &p, f->now_us, f->now_us + 5, &f->overlap, &f->whole);
}

static fragment_outcome put(fixture *f, uint16_t id, const uint8_t *body, size_t from, size_t to,
                            bool more) {
  f->bytes = realloc(f->bytes, 100000);
  return put_bytes(f, wire_fragment4(f->bytes, &ends, id, body, from, to, more));
}

static void check_whole(const fixture *f, unsigned pieces) {
  const packet *p = &f->whole.packet;
  CHECK_EQ(p->kind, PACKET_WHOLE);
  CHECK_EQ(p->destination_port, 53);
  CHECK_EQ(p->body.left, 72);
  CHECK(!memcmp(p->body.at, datagram() + 8, p->body.left < 72 ? p->body.left : 72));
  CHECK_EQ(f->whole.pieces, pieces);
  CHECK_EQ(f->whole.last_us, f->now_us + 5);
  CHECK_EQ(f->t.count, 0);
}

static void test_every_order(void) {
  for (unsigned code = 0; code < 3125; code++) { /* five pieces of 16 bytes */
    unsigned order[5], seen = 0;
    for (unsigned i = 0, rest = code; i < 5; i++, rest /= 5) seen |= 1u << (order[i] = rest % 5);
    if (seen != 31) continue;
    fixture f = begin();
    for (unsigned i = 0; i < 5; i++) {
      fragment_outcome outcome =
          put(&f, 1, datagram(), order[i] * 16, order[i] * 16 + 16, order[i] != 4);
      CHECK_EQ(outcome, i < 4 ? FRAGMENT_KEPT : FRAGMENT_JOINED);
      CHECK(!f.overlap);
    }
    check_whole(&f, 5);
    CHECK_EQ(f.whole.ip_bytes, 80 + 5 * 20);
    end(&f);
  }
}

static void test_first_bytes_stay(void) {
  uint8_t other[80];
  memset(other, 'X', sizeof other);
  fixture f = begin();
  CHECK_EQ(put(&f, 1, datagram(), 0, 24, true), FRAGMENT_KEPT);
  CHECK_EQ(put(&f, 1, other, 0, 24, true), FRAGMENT_KEPT);
  CHECK(f.overlap);
  CHECK_EQ(put(&f, 1, datagram(), 48, 80, false), FRAGMENT_KEPT);
  CHECK(!f.overlap);
  CHECK_EQ(put(&f, 1, datagram(), 16, 56, true), FRAGMENT_JOINED);
  CHECK(f.overlap);
  check_whole(&f, 4);
  end(&f);
}

/* Teardrop and its like: a second end, bytes behind the end, an end within what came. */
static void test_contradictions(void) {
  fixture f = begin();
  CHECK_EQ(put(&f, 1, datagram(), 0, 48, true), FRAGMENT_KEPT);
  CHECK_EQ(put(&f, 1, datagram(), 24, 36, false), FRAGMENT_REFUSED);
  CHECK_EQ(put(&f, 1, datagram(), 64, 80, false), FRAGMENT_KEPT);
  CHECK_EQ(put(&f, 1, datagram(), 64, 76, false), FRAGMENT_REFUSED);
  CHECK_EQ(put(&f, 1, datagram(), 72, 88, true), FRAGMENT_REFUSED);
  CHECK_EQ(put(&f, 1, datagram(), 80, 88, false), FRAGMENT_REFUSED);
  CHECK_EQ(put(&f, 1, datagram(), 48, 64, true), FRAGMENT_JOINED);
  check_whole(&f, 3);
  end(&f);
}

static void test_lengths_that_cannot_be(void) {
  fixture f = begin();
  uint8_t *big = calloc(1, 70000);
  CHECK_EQ(put(&f, 1, datagram(), 0, 20, true),
           FRAGMENT_REFUSED); /* off the grid, and not the last */
  CHECK_EQ(put(&f, 2, big, 65528, 65536, false), FRAGMENT_REFUSED); /* ping of death */
  CHECK_EQ(put(&f, 2, big, 65528, 65535, false), FRAGMENT_KEPT);
  CHECK_EQ(f.t.count, 1);
  packet p = {.version = 4,
              .source = big,
              .destination = big,
              .body = {big, 8},
              .body_wire = UINT32_MAX - 7,
              .fragment_offset = 64}; /* a sum that does not fit in 32 bits */
  CHECK_EQ(fragment_put(&f.t, &p, 0, 0, &f.overlap, &f.whole), FRAGMENT_REFUSED);
  free(big);
  end(&f);
}

/* So many holes cannot be remembered: the piece is refused, the datagram stays. */
static void test_too_many_holes(void) {
  fixture f = begin();
  uint8_t body[800] = {0};
  for (size_t i = 0; i < ASSEMBLER_RANGES; i++)
    CHECK_EQ(put(&f, 1, body, 16 * i, 16 * i + 8, true), FRAGMENT_KEPT);
  CHECK_EQ(put(&f, 1, body, 400, 408, true), FRAGMENT_REFUSED);
  CHECK(!f.overlap);
  CHECK_EQ(put(&f, 1, body, 8, 16, true), FRAGMENT_KEPT);
  CHECK_EQ(put(&f, 1, body, 400, 408, true), FRAGMENT_KEPT);
  end(&f);
}

static void test_keys_tell_datagrams_apart(void) {
  fixture f = begin();
  wire_ends e = ends;
  CHECK_EQ(put(&f, 1, datagram(), 0, 40, true), FRAGMENT_KEPT);
  CHECK_EQ(put(&f, 2, datagram(), 40, 80, false), FRAGMENT_KEPT);
  e.transport = TRANSPORT_TCP; /* in IPv4 the protocol is of the key (RFC 791 3.2) */
  f.bytes = realloc(f.bytes, 200);
  CHECK_EQ(put_bytes(&f, wire_fragment4(f.bytes, &e, 1, datagram(), 40, 80, false)), FRAGMENT_KEPT);
  CHECK_EQ(f.t.count, 3);
  CHECK(fragments_full(&f.t));
  CHECK_EQ(put(&f, 3, datagram(), 0, 40, true), FRAGMENT_REFUSED); /* who calls makes room first */
  CHECK_EQ(put(&f, 1, datagram(), 40, 80, false), FRAGMENT_JOINED);
  end(&f);
}

static void test_age(void) {
  fixture f = begin();
  put(&f, 1, datagram(), 0, 40, true);
  uint64_t first = f.now_us;
  put(&f, 2, datagram(), 40, 80, false);
  put(&f, 1, datagram(), 48, 56, true); /* a later piece makes it no younger */
  CHECK_EQ(f.t.due_us, first + timeout_us);
  CHECK(!fragment_give_up(&f.t, first + timeout_us - 1, &f.whole));
  CHECK(fragment_give_up(&f.t, first + timeout_us, &f.whole));
  CHECK_EQ(f.whole.packet.kind, PACKET_WHOLE);
  CHECK_EQ(f.whole.packet.destination_port, 53);
  CHECK_EQ(f.whole.packet.body.left, 32); /* up to the first hole */
  CHECK_EQ(f.whole.pieces, 2);
  CHECK_EQ(f.whole.last_us, f.now_us + 5);
  CHECK(!fragment_give_up(&f.t, first + timeout_us, &f.whole));
  CHECK(fragment_give_up(&f.t, UINT64_MAX, &f.whole)); /* whatever its age */
  CHECK_EQ(f.whole.packet.kind, PACKET_TRUNCATED);     /* nobody knows whose */
  CHECK(!fragment_give_up(&f.t, UINT64_MAX, &f.whole));
  end(&f);
}

/* IPv6: the fragment header's next header counts, and extension headers may lie behind it. */
static void test_ipv6(void) {
  wire_ends e = ends;
  e.version = 6;
  uint8_t body[96] = {0};
  body[0] = TRANSPORT_UDP; /* destination options of 16 bytes */
  body[1] = 1;
  memcpy(body + 16, datagram(), 80);
  for (unsigned swap = 0; swap < 2; swap++) {
    fixture f = begin();
    for (unsigned i = 0; i < 2; i++) {
      f.bytes = realloc(f.bytes, 200);
      bool second = i != swap;
      size_t n = second ? wire_fragment6(f.bytes, &e, 9, 0xaa, body, 48, 96,
                                         false) /* only the first one's counts */
                        : wire_fragment6(f.bytes, &e, 9, 60, body, 0, 48, true);
      CHECK_EQ(put_bytes(&f, n), i ? FRAGMENT_JOINED : FRAGMENT_KEPT);
    }
    CHECK_EQ(f.whole.packet.kind, PACKET_WHOLE);
    CHECK_EQ(f.whole.packet.transport, TRANSPORT_UDP);
    CHECK_EQ(f.whole.packet.body.left, 72);
    CHECK_EQ(f.whole.packet.body_wire, 72);
    end(&f);
  }
  fixture f = begin(); /* a fragment within a fragment */
  uint8_t nested[16] = {TRANSPORT_UDP, 0, 0, 1};
  f.bytes = realloc(f.bytes, 200);
  put_bytes(&f, wire_fragment6(f.bytes, &e, 9, 44, nested, 0, 8, true));
  f.bytes = realloc(f.bytes, 200);
  CHECK_EQ(put_bytes(&f, wire_fragment6(f.bytes, &e, 9, 44, nested, 8, 16, false)),
           FRAGMENT_JOINED);
  CHECK_EQ(f.whole.packet.kind, PACKET_MALFORMED);
  end(&f);
}

int main(void) {
  test_every_order();
  test_first_bytes_stay();
  test_contradictions();
  test_lengths_that_cannot_be();
  test_too_many_holes();
  test_keys_tell_datagrams_apart();
  test_age();
  test_ipv6();
  return test_end("fragment");
}
