/* http2.c -- frames are taken apart as they arrive; only HPACK's state is kept of them. */
#include "http2.h"

#include "hpack.h"

enum { FRAME_HEADERS = 1, FRAME_SETTINGS = 4, FRAME_CONTINUATION = 9 };
enum { FLAG_ACK = 0x01, FLAG_END_HEADERS = 0x04, FLAG_PADDED = 0x08, FLAG_PRIORITY = 0x20 };

struct http2_state {
  enum { STAGE_PREFACE, STAGE_FRAMES, STAGE_BROKEN } stage;
  uint32_t fragment_left; /* of the frame's field block fragment */
  uint32_t skip_left;     /* of its padding, or of a payload that tells nothing */
  uint32_t block_stream;  /* whose field block is open; 0: none */
  bool last_fragment, is_request;
  uint8_t told_by; /* hpack_kind of the field that `told` is of */
  name told;
  hpack fields;
};

_Static_assert(sizeof(http2_state) <= HTTP2_STATE_MAX, "fits the block of a flow");
_Static_assert(_Alignof(http2_state) <= 8, "aligned as the block of a flow");

typedef struct frame {
  uint32_t len, stream;
  uint8_t type, flags;
} frame;

/* RFC 9113 4.1; the stream identifier's top bit is reserved. */
static bool get_frame_header(reader *in, frame *out) {
  reader header;
  if (!get_bytes(in, 9, &header)) return false;
  get_uint(&header, 3, &out->len);
  get_u8(&header, &out->type);
  get_u8(&header, &out->flags);
  get_uint(&header, 4, &out->stream);
  out->stream &= 0x7fffffff;
  return true;
}

/* RFC 9113 3.4 */
static parse_outcome preface(reader *in) {
  static const char expected[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (size_t i = 0; i < sizeof expected - 1 && i < in->left; i++)
    if (in->at[i] != (uint8_t)expected[i]) return PARSE_NOT_MINE;
  return skip(in, sizeof expected - 1) ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* RFC 9113 6.2: pad length and priority stand before the fragment, the padding behind it. */
static parse_outcome open_fragment(http2_state *s, reader *in, const frame *f) {
  bool padded = f->type == FRAME_HEADERS && f->flags & FLAG_PADDED;
  bool priority = f->type == FRAME_HEADERS && f->flags & FLAG_PRIORITY;
  uint32_t before = (padded ? 1u : 0u) + (priority ? 5u : 0u);
  uint8_t padding = 0;
  reader fields;
  if (before > f->len) return PARSE_MALFORMED;
  if (!get_bytes(in, before, &fields)) return PARSE_NEED_MORE;
  if (padded) get_u8(&fields, &padding);
  if (before + padding > f->len) return PARSE_MALFORMED;
  s->fragment_left = f->len - before - padding;
  s->skip_left = padding;
  s->block_stream = f->stream;
  s->last_fragment = f->flags & FLAG_END_HEADERS;
  return PARSE_PARSED;
}

/* The header of the next frame.  Nothing may come between the frames of one
 * field block (RFC 9113 6.10). */
static parse_outcome open_frame(http2_state *s, reader *in) {
  reader rest = *in;
  frame f;
  if (!get_frame_header(&rest, &f)) return PARSE_NEED_MORE;
  bool continues = f.type == FRAME_CONTINUATION;
  if (continues != (s->block_stream != 0) || (continues && f.stream != s->block_stream))
    return PARSE_MALFORMED;
  if (!continues && f.type != FRAME_HEADERS) {
    s->skip_left = f.len;
    *in = rest;
    return PARSE_PARSED;
  }
  if (!f.stream) return PARSE_MALFORMED;
  parse_outcome outcome = open_fragment(s, &rest, &f);
  if (outcome == PARSE_PARSED) *in = rest;
  return outcome;
}

static parse_outcome read_fragment(http2_state *s, reader *in) {
  reader fragment;
  get_bytes(in, s->fragment_left < in->left ? s->fragment_left : in->left, &fragment);
  s->fragment_left -= (uint32_t)fragment.left;
  hpack_kind kind;
  name value;
  parse_outcome outcome;
  while ((outcome = hpack_next(&s->fields, &fragment, &kind, &value)) == PARSE_PARSED) {
    if (kind == HPACK_PSEUDO || kind == HPACK_AUTHORITY) s->is_request = true;
    if (kind < HPACK_HOST || kind <= s->told_by) continue;
    s->told_by = (uint8_t)kind;
    s->told = value;
  }
  return outcome;
}

/* RFC 9113 8.3.1: only a request has pseudo-header fields, trailers have none. */
static parse_outcome close_block(http2_state *s, name *authority) {
  if (!hpack_may_end(&s->fields)) return PARSE_MALFORMED;
  bool is_request = s->is_request;
  *authority = s->told;
  s->block_stream = 0;
  s->last_fragment = s->is_request = false;
  s->told_by = s->told.len = 0;
  return is_request ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* One step forward; NEED_MORE with `in` unmoved and nothing pending ends a call. */
static parse_outcome frames(http2_state *s, reader *in, name *authority) {
  for (;;) {
    if (s->fragment_left && read_fragment(s, in) == PARSE_MALFORMED) return PARSE_MALFORMED;
    if (s->fragment_left) return PARSE_NEED_MORE;
    if (s->last_fragment) {
      parse_outcome outcome = close_block(s, authority);
      if (outcome != PARSE_NEED_MORE) return outcome;
    }
    size_t n = s->skip_left < in->left ? s->skip_left : in->left;
    skip(in, n);
    s->skip_left -= (uint32_t)n;
    if (s->skip_left) return PARSE_NEED_MORE;
    parse_outcome outcome = open_frame(s, in);
    if (outcome != PARSE_PARSED) return outcome;
  }
}

parse_outcome http2_client(http2_state *s, reader *in, name *authority) {
  authority->len = 0;
  if (s->stage == STAGE_BROKEN) return PARSE_MALFORMED;
  if (s->stage == STAGE_PREFACE) {
    parse_outcome outcome = preface(in);
    if (outcome != PARSE_PARSED) return outcome;
    hpack_init(&s->fields);
    s->stage = STAGE_FRAMES;
  }
  parse_outcome outcome = frames(s, in, authority);
  if (outcome == PARSE_MALFORMED) s->stage = STAGE_BROKEN;
  return outcome;
}
