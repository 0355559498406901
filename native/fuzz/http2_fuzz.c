/* A client's stream tells the same names and ends the same way, however it is cut; what is left
 * over is no more than a preface or frame header.  The first byte is the size of the pieces. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http2.h"

typedef struct trace {
  uint64_t names, hash;
  parse_outcome end;
} trace;

static void note(trace *t, const name *n) {
  assert(n->len <= WEIR_NAME_MAX);
  t->names++;
  for (size_t i = 0; i < n->len; i++) {
    assert(n->text[i] > ' ' && n->text[i] < 0x7f);
    t->hash = (t->hash ^ (uint8_t)n->text[i]) * 0x9e3779b97f4a7c15u;
  }
}

static trace run(const uint8_t *bytes, size_t len, size_t step) {
  trace t = {0, 0, PARSE_NEED_MORE};
  http2_state *state = calloc(1, HTTP2_STATE_MAX);
  name authority;
  for (size_t from = 0, to = 0; to < len && t.end == PARSE_NEED_MORE;) {
    to = len - to < step ? len : to + step;
    uint8_t *copy = malloc(to - from);
    memcpy(copy, bytes + from, to - from);
    reader in = reader_of(copy, to - from);
    while ((t.end = http2_client(state, &in, &authority)) == PARSE_PARSED) note(&t, &authority);
    assert(in.left <= to - from && in.at + in.left == copy + (to - from));
    assert(t.end != PARSE_NEED_MORE || in.left <= 23);
    from = to - in.left;
    free(copy);
  }
  free(state);
  return t;
}

static void compare(const uint8_t *bytes, size_t len, size_t step) {
  trace whole = run(bytes, len, len ? len : 1), pieces = run(bytes, len, step);
  assert(whole.names == pieces.names && whole.hash == pieces.hash && whole.end == pieces.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  if (!len) return 0;
  size_t step = bytes[0] + 1u;
  bytes++, len--;
  compare(bytes, len, step);
  uint8_t *framed = malloc(len + sizeof preface);
  memcpy(framed, preface, sizeof preface - 1);
  memcpy(framed + sizeof preface - 1, bytes, len);
  compare(framed, len + sizeof preface - 1, step);
  free(framed);
  return 0;
}
