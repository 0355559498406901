#include "tls.h"

#include <string.h>

#include "assembler.h"

enum { HANDSHAKE = 22, CLIENT_HELLO = 1, STATE_MIN = 4096 };

typedef struct dtls_record {
  uint8_t type;
  uint16_t version, epoch;
  reader fragment;
} dtls_record;

/* RFC 6347 4.1.  0x0100 is what OpenSSL calls DTLS1_BAD_VER: some VPN clients still speak it. */
static bool is_version(uint16_t version) {
  return (version >> 8 == 0xfe && (version & 0xff) >= 0xfc) || version == 0x0100;
}

/* NOT_MINE: no plaintext record header.  MALFORMED: one whose record the datagram cuts short. */
static parse_outcome next_record(reader *datagram, dtls_record *out) {
  if (!get_u8(datagram, &out->type) || out->type < 20 || out->type > 26 ||
      !get_u16(datagram, &out->version) || !is_version(out->version) ||
      !get_u16(datagram, &out->epoch) || !skip(datagram, 6))
    return PARSE_NOT_MINE;
  return get_block(datagram, 2, &out->fragment) ? PARSE_PARSED : PARSE_MALFORMED;
}

bool dtls_looks_like_record(reader datagram) {
  dtls_record r;
  return next_record(&datagram, &r) == PARSE_PARSED && r.fragment.left;
}

/* RFC 9147 5.2: one piece of a handshake message. */
typedef struct fragment {
  uint8_t type;
  uint16_t sequence;
  uint32_t length, offset; /* of the whole message; of this piece in it */
  reader bytes;
} fragment;

static bool next_fragment(reader *record, fragment *out) {
  return get_u8(record, &out->type) && get_uint(record, 3, &out->length) &&
         get_u16(record, &out->sequence) && get_uint(record, 3, &out->offset) &&
         get_block(record, 3, &out->bytes) && out->offset <= out->length &&
         out->bytes.left <= out->length - out->offset;
}

/* What the flow keeps between datagrams, at the front of the caller's bytes. */
typedef struct dtls_state {
  assembler pieces;
  uint32_t length;   /* of the hello */
  uint16_t sequence; /* of the hello's message: 1 when it answers a cookie */
  uint8_t started;
} dtls_state;
_Static_assert(sizeof(dtls_state) <= DTLS_STATE_MAX, "zeroed by the caller");

/* A later hello takes the place of an unfinished one: it repeats all of it, with the server's cookie. */
static parse_outcome put_fragment(dtls_state *state, uint8_t *block, size_t size,
                                  const fragment *f) {
  if (!state->started || f->sequence > state->sequence) {
    memset(state, 0, sizeof *state);
    state->started = 1;
    state->sequence = f->sequence;
    state->length = f->length;
  }
  if (f->sequence < state->sequence) return PARSE_NEED_MORE;
  if (f->length != state->length || f->length > size) return PARSE_MALFORMED;
  assembler_put(&state->pieces, block, size, f->offset, f->bytes);
  return assembler_ready(&state->pieces) == f->length ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* The pieces in one record.  PARSED: `*body` is the whole hello, in place when one piece holds it. */
static parse_outcome take_record(dtls_state *state, uint8_t *block, size_t size, reader record,
                                 reader *body) {
  fragment f;
  while (record.left) {
    if (!next_fragment(&record, &f)) return PARSE_MALFORMED;
    if (f.type != CLIENT_HELLO) return PARSE_NOT_MINE;
    *body = f.bytes;
    if (f.bytes.left == f.length) return PARSE_PARSED;
    parse_outcome outcome = put_fragment(state, block, size, &f);
    *body = reader_of(block, f.length);
    if (outcome != PARSE_NEED_MORE) return outcome;
  }
  return PARSE_NEED_MORE;
}

/* NOT_MINE: it ended without a whole hello, or in something else. */
static parse_outcome take_datagram(dtls_state *state, uint8_t *block, size_t size, reader datagram,
                                   reader *body) {
  while (datagram.left) {
    dtls_record r;
    parse_outcome outcome = next_record(&datagram, &r);
    if (outcome == PARSE_PARSED) {
      if (r.type != HANDSHAKE || r.epoch != 0) continue;
      outcome = take_record(state, block, size, r.fragment, body);
    }
    if (outcome != PARSE_NEED_MORE) return outcome;
  }
  return PARSE_NOT_MINE;
}

parse_outcome dtls_client_hello(reader datagram, uint8_t *state, size_t state_len,
                                const weir_crypto *crypto, hello *out) {
  dtls_state s;
  reader body;
  if (state_len < STATE_MIN) return PARSE_NOT_MINE;
  memcpy(&s, state, sizeof s); /* the caller's bytes need not be aligned */
  parse_outcome outcome =
      take_datagram(&s, state + sizeof s, state_len - sizeof s, datagram, &body);
  if (outcome == PARSE_PARSED) return hello_parse(body, HELLO_DTLS, crypto, out);
  /* RFC 7983: other protocols may share the flow, and come between two pieces. */
  if (outcome == PARSE_NOT_MINE && s.started) outcome = PARSE_NEED_MORE;
  memcpy(state, &s, sizeof s);
  return outcome;
}
