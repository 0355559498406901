/* A capture read in one piece and read in small pieces is the same capture: the same packets,
 * the same end, the same message at the same offset.  So no prefix is taken for damage. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"

typedef struct trace {
  uint64_t hash, packets, bad_offset;
  const char *message;
  parse_outcome end;
} trace;

static capture c;

static void mix(trace *t, uint64_t v) { t->hash = (t->hash ^ v) * 0x9e3779b97f4a7c15u; }

static void note(trace *t, const capture_packet *p) {
  assert(p->frame.left <= CAPTURE_PACKET_MAX && p->wire_len >= p->frame.left);
  assert(p->interface < c.interface_count && c.interface_count <= CAPTURE_INTERFACES_MAX);
  mix(t, p->time_ns), mix(t, p->wire_len), mix(t, p->interface), mix(t, p->link_type);
  for (size_t i = 0; i < p->frame.left; i++) mix(t, p->frame.at[i]);
  assert(++t->packets == c.packets);
}

/* One call after the other on memory of exactly that size; the bytes used up. */
static size_t drain(const uint8_t *bytes, size_t len, trace *t, parse_outcome *outcome) {
  uint8_t *copy = malloc(len ? len : 1);
  if (len) memcpy(copy, bytes, len);
  reader in = reader_of(copy, len);
  capture_packet packet;
  size_t before;
  do {
    before = in.left;
    *outcome = capture_next(&c, &in, &packet);
    assert(in.left <= before && in.at + in.left == copy + len);
    if (*outcome == PARSE_PARSED) assert(in.left < before), note(t, &packet);
  } while (*outcome == PARSE_PARSED);
  if (*outcome == PARSE_NEED_MORE) assert(c.need > in.left && c.need <= CAPTURE_RECORD_MAX);
  free(copy);
  return len - in.left;
}

static trace run(const uint8_t *bytes, size_t len, size_t step) {
  trace t = {0};
  size_t at = 0, have = 0;
  parse_outcome outcome;
  capture_init(&c);
  do {
    have = len - have < step ? len : have + step;
    at += drain(bytes + at, have - at, &t, &outcome);
    if (outcome == PARSE_NEED_MORE) assert(c.offset == at);
  } while (outcome == PARSE_NEED_MORE && have < len);
  t.end = capture_end(&c, reader_of(bytes + at, len - at));
  t.message = c.message;
  t.bad_offset = c.bad_offset;
  assert((t.end == PARSE_PARSED) == !t.message && t.bad_offset <= len);
  return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  trace whole = run(data + 1, size - 1, SIZE_MAX), pieces = run(data + 1, size - 1, data[0] + 1u);
  assert(whole.hash == pieces.hash && whole.packets == pieces.packets);
  assert(whole.end == pieces.end && whole.message == pieces.message);
  assert(whole.bad_offset == pieces.bad_offset);
  return 0;
}
