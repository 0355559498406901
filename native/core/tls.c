#include "tls.h"

#include <string.h>

#include "alpn.h"

enum {
  CHANGE_CIPHER_SPEC = 20,
  ALERT = 21,
  HANDSHAKE = 22,
  HEARTBEAT = 24, /* the last of the types, RFC 6520 */
  RECORD_HEADER = 5,
  MESSAGE_HEADER = 4,
  RECORD_MAX = 16384 + 2048, /* RFC 5246 6.2.3, the roomiest of the versions */
  LEADING_MAX = 4,           /* records let pass before the hello */
  CLIENT_HELLO = 1,
  SERVER_HELLO = 2,
  WARNING = 1,
  CLOSE_NOTIFY = 0
};

typedef struct record {
  uint8_t type;
  uint16_t length; /* as declared */
  reader fragment; /* what has come of it */
} record;

/* NOT_MINE at the first byte that no record has.  An empty fragment of a
 * handshake is forbidden (RFC 8446 5.1), and would let work grow without a message growing. */
static parse_outcome next_record(reader *stream, record *out) {
  reader r = *stream;
  uint8_t major, minor;
  if (!get_u8(&r, &out->type)) return PARSE_NEED_MORE;
  if (out->type < CHANGE_CIPHER_SPEC || out->type > HEARTBEAT) return PARSE_NOT_MINE;
  if (!get_u8(&r, &major)) return PARSE_NEED_MORE;
  if (major != 3) return PARSE_NOT_MINE;
  if (!get_u8(&r, &minor)) return PARSE_NEED_MORE;
  if (minor > 4) return PARSE_NOT_MINE;
  if (!get_u16(&r, &out->length)) return PARSE_NEED_MORE;
  if (!out->length || out->length > RECORD_MAX) return PARSE_NOT_MINE;
  get_bytes(&r, out->length < r.left ? out->length : r.left, &out->fragment);
  *stream = r;
  return PARSE_PARSED;
}

/* Passes over what real stacks send ahead of a hello: warnings, and the
 * ChangeCipherSpec of TLS 1.3's compatibility mode (RFC 8446 D.4).  PARSED: a
 * handshake record stands at the front, its header whole. */
static parse_outcome skip_leading(reader *stream) {
  for (unsigned i = 0; i <= LEADING_MAX; i++) {
    reader rest = *stream;
    record r;
    parse_outcome outcome = next_record(&rest, &r);
    if (outcome != PARSE_PARSED || r.type == HANDSHAKE) return outcome;
    if (r.length != (r.type == ALERT ? 2 : 1) || r.type > ALERT) return PARSE_NOT_MINE;
    if (r.fragment.left && r.fragment.at[0] != 1) return PARSE_NOT_MINE;
    if (r.fragment.left < r.length) return PARSE_NEED_MORE;
    *stream = rest;
  }
  return PARSE_NOT_MINE;
}

static size_t body_length(const uint8_t *header) {
  return (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
}

/* A handshake message put together from fragments. */
typedef struct message {
  uint8_t *scratch;
  size_t scratch_len;
  size_t have, want; /* bytes of it in `scratch`; bytes of it as far as known */
  uint8_t type;
} message;

static parse_outcome add_fragment(message *m, reader fragment) {
  while (fragment.left && m->have < m->want) {
    size_t missing = m->want - m->have;
    size_t n = fragment.left < missing ? fragment.left : missing;
    memcpy(m->scratch + m->have, fragment.at, n);
    skip(&fragment, n);
    m->have += n;
    if (m->scratch[0] != m->type) return PARSE_NOT_MINE;
    if (m->have == MESSAGE_HEADER) m->want = MESSAGE_HEADER + body_length(m->scratch);
    if (m->want > m->scratch_len) return PARSE_MALFORMED;
  }
  return m->have == m->want ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* `*more` on NEED_MORE: bytes behind the stream's end before which nothing new can be said. */
static parse_outcome join_records(reader stream, message *m, size_t *more) {
  for (;;) {
    record r;
    size_t header = stream.left < RECORD_HEADER ? stream.left : RECORD_HEADER;
    parse_outcome outcome = next_record(&stream, &r);
    if (outcome == PARSE_NEED_MORE) *more = RECORD_HEADER - header + m->want - m->have;
    if (outcome == PARSE_NEED_MORE) return outcome;
    /* RFC 8446 5.1: nothing may stand between the fragments of a message. */
    if (outcome != PARSE_PARSED || r.type != HANDSHAKE) return PARSE_MALFORMED;
    outcome = add_fragment(m, r.fragment);
    if (outcome != PARSE_NEED_MORE) return outcome;
    if (r.fragment.left == r.length) continue;
    size_t missing = m->want - m->have;
    *more = missing + (missing > r.length - r.fragment.left ? RECORD_HEADER : 0);
    return PARSE_NEED_MORE;
  }
}

/* The handshake message of `type` at the front of a stream; in place, without
 * a copy, when one record holds all of it. */
static parse_outcome find_message(reader stream, uint8_t type, uint8_t *scratch, size_t scratch_len,
                                  reader *body, size_t *need) {
  record r;
  size_t more = 1, total = stream.left;
  *need = total + more;
  parse_outcome outcome = skip_leading(&stream);
  if (outcome != PARSE_PARSED) return outcome;
  reader rest = stream;
  next_record(&rest, &r);
  if (!r.fragment.left) return PARSE_NEED_MORE;
  if (r.fragment.at[0] != type) return PARSE_NOT_MINE;
  if (r.fragment.left >= MESSAGE_HEADER) {
    size_t len = body_length(r.fragment.at);
    bool within = MESSAGE_HEADER + len <= r.length;
    if (!within && MESSAGE_HEADER + len > scratch_len) return PARSE_MALFORMED;
    *need = total + MESSAGE_HEADER + len - r.fragment.left;
    if (within)
      return skip(&r.fragment, MESSAGE_HEADER) && get_bytes(&r.fragment, len, body)
                 ? PARSE_PARSED
                 : PARSE_NEED_MORE;
  }
  message m = {scratch, scratch_len, 0, MESSAGE_HEADER, type};
  if (scratch_len < MESSAGE_HEADER) return PARSE_MALFORMED;
  outcome = join_records(stream, &m, &more);
  *need = total + more;
  *body = reader_of(scratch + MESSAGE_HEADER, m.want - MESSAGE_HEADER);
  return outcome;
}

bool tls_host_of_cut(reader stream, hello *out) {
  record r;
  if (skip_leading(&stream) != PARSE_PARSED || next_record(&stream, &r) != PARSE_PARSED)
    return false;
  return r.fragment.left && r.fragment.at[0] == CLIENT_HELLO && skip(&r.fragment, MESSAGE_HEADER) &&
         hello_host_of_cut(r.fragment, HELLO_TLS, out);
}

/* RFC 5246 E.2: the hello of SSL 2.0, which some old clients use to offer TLS
 * as well.  It has no extensions, so no name; JA4 is not defined for its suites. */
static parse_outcome sslv2_hello(reader stream, hello *out, size_t *need) {
  reader r = stream, body;
  uint16_t length, version, suites, session, challenge;
  uint8_t type, high;
  *need = stream.left + 1;
  if (!get_u8(&r, &high)) return PARSE_NEED_MORE;
  if (!(high & 0x80)) return PARSE_NOT_MINE;
  r = stream;
  if (!get_u16(&r, &length) || !get_u8(&r, &type)) return PARSE_NEED_MORE;
  if (type != CLIENT_HELLO) return PARSE_NOT_MINE;
  if (!get_u16(&r, &version)) return PARSE_NEED_MORE;
  if (version != 0x0002 && version >> 8 != 3) return PARSE_NOT_MINE;
  if (!get_u16(&r, &suites) || !get_u16(&r, &session) || !get_u16(&r, &challenge))
    return PARSE_NEED_MORE;
  length &= 0x7fff;
  if (!suites || suites % 3 || (session != 0 && session != 16) || challenge < 16 ||
      challenge > 32 || length != 9 + suites + session + challenge)
    return PARSE_NOT_MINE;
  *need = (size_t)length + 2;
  if (!get_bytes(&r, (size_t)length - 9, &body)) return PARSE_NEED_MORE;
  hello_clear(out);
  out->version = version;
  return PARSE_PARSED;
}

parse_outcome tls_client_hello(reader stream, uint8_t *scratch, size_t scratch_len,
                               const weir_crypto *crypto, hello *out, size_t *need) {
  reader body;
  if (stream.left && stream.at[0] & 0x80) return sslv2_hello(stream, out, need);
  parse_outcome outcome = find_message(stream, CLIENT_HELLO, scratch, scratch_len, &body, need);
  return outcome == PARSE_PARSED ? hello_parse(body, HELLO_TLS, crypto, out) : outcome;
}

static bool server_extension(uint16_t code, reader body, tls_server *out) {
  reader list, protocol;
  uint16_t version;
  switch (code) {
    case EXTENSION_SUPPORTED_VERSIONS:
      /* Some drafts of TLS 1.3 put a list here; its length is no version. */
      if (body.left == 2 && get_u16(&body, &version)) out->version = version;
      return true;
    case EXTENSION_ALPN:
      if (!get_block(&body, 2, &list) || !get_block(&list, 1, &protocol)) return false;
      if (!out->alpn_len) alpn_append(out->alpn, &out->alpn_len, protocol);
      return true;
    default: return true;
  }
}

/* RFC 5246 7.4.1.3, RFC 8446 4.1.3.  The drafts of TLS 1.3 up to 21 have
 * their number in the version and neither session id nor compression. */
static parse_outcome parse_server_hello(reader body, tls_server *out) {
  reader session, extensions, content;
  uint16_t code;
  if (!get_u16(&body, &out->version) || !skip(&body, 32)) return PARSE_MALFORMED;
  bool is_draft = out->version >> 8 == 0x7f;
  if (!is_draft && (!get_block(&body, 1, &session) || session.left > 32)) return PARSE_MALFORMED;
  if (!skip(&body, is_draft ? 2 : 3)) return PARSE_MALFORMED;
  if (!body.left) return PARSE_PARSED;
  if (!get_block(&body, 2, &extensions)) return PARSE_MALFORMED;
  while (extensions.left)
    if (!get_u16(&extensions, &code) || !get_block(&extensions, 2, &content) ||
        !server_extension(code, content, out))
      return PARSE_MALFORMED;
  return PARSE_PARSED;
}

/* An alert that ends the handshake: fatal, or close_notify (RFC 8446 6). */
static parse_outcome final_alert(reader stream) {
  record r;
  parse_outcome outcome = next_record(&stream, &r);
  if (outcome != PARSE_PARSED) return outcome;
  if (r.type != ALERT || r.length != 2) return PARSE_NOT_MINE;
  if (r.fragment.left < r.length) return PARSE_NEED_MORE;
  return r.fragment.at[0] != WARNING || r.fragment.at[1] == CLOSE_NOTIFY ? PARSE_PARSED
                                                                         : PARSE_NOT_MINE;
}

parse_outcome tls_server_hello(reader stream, uint8_t *scratch, size_t scratch_len, tls_server *out,
                               size_t *need) {
  reader body;
  out->version = 0;
  out->alpn_len = 0;
  *need = stream.left + 1;
  parse_outcome outcome = final_alert(stream);
  if (outcome != PARSE_NOT_MINE) return outcome;
  outcome = find_message(stream, SERVER_HELLO, scratch, scratch_len, &body, need);
  return outcome == PARSE_PARSED ? parse_server_hello(body, out) : outcome;
}

bool tls_looks_like_record(reader stream) {
  record r;
  if (!stream.left || next_record(&stream, &r) == PARSE_NOT_MINE) return false;
  return next_record(&stream, &r) != PARSE_NOT_MINE;
}
