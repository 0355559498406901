/* http1.c -- reads what servers in the field act on, not only what the grammar allows: a name that
 * reaches a server must not stay unseen because its request was ugly.  Where a server would refuse
 * the message, what the framing says is not believed. */
#include "http1.h"

#define METHOD_MAX       24    /* the longest registered, UPDATEREDIRECTREF, has 17 */
#define START_LINE_MAX   16384 /* twice what RFC 9112 3 asks for */
#define LENGTH_MAX_SHIFT 56    /* a length beyond 56 bits is an attack (RFC 9112 7.1) */

/* What the fields say of the body and of an upgrade; some only count together. */
typedef struct framing {
  enum { CODING_NONE, CODING_CHUNKED, CODING_OTHER } coding; /* the final one */
  bool has_length, bad_length, wants_upgrade;
  uint64_t length;
  http_upgrade upgrade;
} framing;

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

static bool is_space(uint8_t c) { return is_blank(c) || c == '\r' || c == '\n'; }

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; }

/* tchar (RFC 9110 5.6.2), one bit for each. */
static bool is_token_byte(uint8_t c) {
  static const uint32_t set[4] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};
  return c < 0x80 && set[c >> 5] >> (c & 31) & 1;
}

/* RFC 3986 3.1 */
static bool is_scheme_byte(uint8_t c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '+' || c == '-' || c == '.';
}

static reader trimmed(reader r) {
  while (r.left && is_space(r.at[0])) skip(&r, 1);
  while (r.left && is_space(r.at[r.left - 1])) r.left--;
  return r;
}

/* The bytes before the next `c`, which is dropped, or all that is left. */
static reader get_until(reader *in, uint8_t c) {
  reader out;
  get_bytes(in, find_byte(*in, c), &out);
  skip(in, 1);
  return out;
}

/* The bytes before the next blank, and the blanks behind them dropped. */
static reader get_word(reader *in) {
  reader out;
  size_t n = 0;
  while (n < in->left && !is_space(in->at[n])) n++;
  get_bytes(in, n, &out);
  *in = trimmed(*in);
  return out;
}

/* `word` in lower case; letters in `r` may be of either. */
static bool has_prefix(reader r, const char *word, size_t len) {
  if (r.left < len) return false;
  for (size_t i = 0; i < len; i++)
    if (lower(r.at[i]) != (uint8_t)word[i]) return false;
  return true;
}

#define HAS_PREFIX(r, word) has_prefix((r), (word), sizeof(word) - 1)
#define IS_WORD(r, word)    ((r).left == sizeof(word) - 1 && HAS_PREFIX(r, word))

/* RFC 9112 2.2: LF alone ends a line too.  A CR before it stays on the line. */
static bool get_line(reader *in, reader *line) {
  size_t n = find_byte(*in, '\n');
  return n < in->left && get_bytes(in, n, line) && skip(in, 1);
}

/* The start line, without its white space.  No text protocol has a NUL in it, many a binary one has
 * it soon. */
static parse_outcome start_line(reader *in, reader *line) {
  reader rest = *in;
  bool whole = get_line(&rest, line);
  if (!whole) *line = rest;
  reader seen = {line->at, line->left < START_LINE_MAX ? line->left : START_LINE_MAX};
  if (find_byte(seen, 0) < seen.left) return PARSE_NOT_MINE;
  if (line->left > START_LINE_MAX) return PARSE_MALFORMED;
  if (!whole) return PARSE_NEED_MORE;
  *line = trimmed(*line);
  *in = rest;
  return PARSE_PARSED;
}

/* "HTTP/" and two numbers (RFC 9112 2.3); its case matters, and tells RTSP, SIP and ICAP apart. */
static bool is_version(reader r) {
  if (r.left < 8 || memcmp(r.at, "HTTP/", 5)) return false;
  size_t dots = 0;
  for (size_t i = 5; i < r.left; i++) {
    if (r.at[i] == '.' && i > 5 && i + 1 < r.left)
      dots++;
    else if (!is_digit(r.at[i]))
      return false;
  }
  return dots == 1;
}

/* `path` without its first slash. */
static void take_token(reader path, http_head *out) {
  static const char own[] = HTTP_TOKEN_PATH;
  const size_t len = sizeof own - 2;
  if (path.left != len + HTTP_TOKEN_LEN || memcmp(path.at, own + 1, len)) return;
  out->has_token = true;
  memcpy(out->token, path.at + len, HTTP_TOKEN_LEN);
}

/* The name in absolute-form and authority-form (RFC 9112 3.2.2, 3.2.3), without userinfo. */
static void take_target(reader target, http_head *out, bool is_get) {
  reader rest = target, path;
  while (rest.left && is_scheme_byte(rest.at[0])) skip(&rest, 1);
  if (rest.left < target.left && HAS_PREFIX(rest, "://"))
    skip(&rest, 3);
  else if (out->is_connect)
    rest = target;
  else
    rest.left = 0;
  if (!rest.left) {
    if (is_get && skip(&target, 1)) take_token(target, out);
    return;
  }
  path = rest;
  rest = get_until(&path, '/');
  if (is_get) take_token(path, out);
  rest = get_until(&rest, '?');
  rest = get_until(&rest, '#');
  while (find_byte(rest, '@') < rest.left) get_until(&rest, '@');
  if (rest.left) out->host_refused |= !name_from_authority(&out->target_host, rest);
}

/* The version is the last word, so that a target with blanks in it (servers take it) is one. */
static parse_outcome request_line(reader *in, http_head *out) {
  size_t n = 0;
  while (n < in->left && n <= METHOD_MAX && is_token_byte(in->at[n])) n++;
  if (n == in->left && n <= METHOD_MAX) return PARSE_NEED_MORE;
  if (!n || n > METHOD_MAX || !is_blank(in->at[n])) return PARSE_NOT_MINE;
  reader line;
  parse_outcome outcome = start_line(in, &line);
  if (outcome != PARSE_PARSED) return outcome;
  reader method = get_word(&line);
  size_t last = line.left;
  while (last && !is_blank(line.at[last - 1])) last--;
  if (!is_version(reader_of(line.at + last, line.left - last))) return PARSE_NOT_MINE;
  line.left = last;
  if (method.left == 3 && !memcmp(method.at, "PRI", 3)) return PARSE_NOT_MINE; /* RFC 9113 3.4 */
  out->is_connect = method.left == 7 && !memcmp(method.at, "CONNECT", 7);
  out->is_head = method.left == 4 && !memcmp(method.at, "HEAD", 4);
  bool is_get = method.left == 3 && !memcmp(method.at, "GET", 3);
  take_target(get_word(&line), out, is_get);
  return PARSE_PARSED;
}

static parse_outcome status_line(reader *in, http_head *out) {
  for (size_t i = 0; i < 5 && i < in->left; i++)
    if (in->at[i] != (uint8_t) "HTTP/"[i]) return PARSE_NOT_MINE;
  reader line;
  parse_outcome outcome = start_line(in, &line);
  if (outcome != PARSE_PARSED) return outcome;
  if (!is_version(get_word(&line))) return PARSE_NOT_MINE;
  reader status = get_word(&line);
  if (status.left != 3) return PARSE_MALFORMED;
  for (size_t i = 0; i < 3; i++) {
    if (!is_digit(status.at[i])) return PARSE_MALFORMED;
    out->status = (uint16_t)(out->status * 10 + (status.at[i] - '0'));
  }
  return out->status < 100 ? PARSE_MALFORMED : PARSE_PARSED;
}

/* RFC 9112 6.3: several values are one value if they are all the same. */
static void take_length(reader value, framing *f) {
  do {
    reader digits = trimmed(get_until(&value, ','));
    uint64_t length = 0;
    f->bad_length |= !digits.left;
    for (size_t i = 0; i < digits.left && !f->bad_length; i++) {
      f->bad_length = !is_digit(digits.at[i]) || length >> LENGTH_MAX_SHIFT;
      length = length * 10 + (uint64_t)(digits.at[i] - '0');
    }
    f->bad_length |= f->has_length && f->length != length;
    f->has_length = true;
    f->length = length;
  } while (value.left);
}

/* RFC 9112 6.1; "identity" is of RFC 2616 and says nothing. */
static void take_coding(reader value, framing *f) {
  do {
    reader coding = trimmed(get_until(&value, ','));
    if (IS_WORD(coding, "chunked"))
      f->coding = CODING_CHUNKED;
    else if (coding.left && !IS_WORD(coding, "identity"))
      f->coding = CODING_OTHER;
  } while (value.left);
}

/* The first protocol known here; the server chooses among them (RFC 9110 7.8). */
static void take_upgrade(reader value, framing *f) {
  do {
    reader protocol = trimmed(get_until(&value, ','));
    http_upgrade found = IS_WORD(protocol, "websocket") ? HTTP_UPGRADE_WEBSOCKET
                         : IS_WORD(protocol, "h2c")     ? HTTP_UPGRADE_H2C
                         : HAS_PREFIX(protocol, "tls/") ? HTTP_UPGRADE_TLS
                                                        : HTTP_UPGRADE_OTHER;
    if (protocol.left && (!f->upgrade || f->upgrade == HTTP_UPGRADE_OTHER)) f->upgrade = found;
  } while (value.left);
}

static void take_connection(reader value, framing *f) {
  do {
    reader option = trimmed(get_until(&value, ','));
    if (IS_WORD(option, "upgrade")) f->wants_upgrade = true;
  } while (value.left);
}

static void take_host(reader value, http_head *out) {
  if (value.left && !out->host.len) out->host_refused |= !name_from_authority(&out->host, value);
}

/* Blanks before the colon are for a server to refuse (RFC 9112 5.1); some do not. */
static void take_field(reader field, http_head *out, framing *f) {
  uint8_t first = field.at[0] | 0x20;
  if (first != 'h' && first != 'c' && first != 't' && first != 'u') return;
  size_t n = 0;
  while (n < field.left && is_token_byte(field.at[n])) n++;
  reader rest = field, label;
  get_bytes(&rest, n, &label);
  while (rest.left && is_blank(rest.at[0])) skip(&rest, 1);
  if (!rest.left || rest.at[0] != ':') return;
  skip(&rest, 1);
  rest = trimmed(rest);
  if (IS_WORD(label, "host"))
    take_host(rest, out);
  else if (IS_WORD(label, "content-length"))
    take_length(rest, f);
  else if (IS_WORD(label, "transfer-encoding"))
    take_coding(rest, f);
  else if (IS_WORD(label, "connection"))
    take_connection(rest, f);
  else if (IS_WORD(label, "upgrade"))
    take_upgrade(rest, f);
}

/* All field lines up to the empty one.  A line folded over several (RFC 9112 5.2) is one field, its
 * line ends counting as blanks. */
static parse_outcome fields(reader *in, http_head *out, framing *f) {
  reader field, more;
  while (get_line(in, &field)) {
    if (!field.left || (field.left == 1 && field.at[0] == '\r')) return PARSE_PARSED;
    while (in->left && is_blank(in->at[0])) {
      if (!get_line(in, &more)) return PARSE_NEED_MORE;
      field.left = (size_t)(more.at - field.at) + more.left;
    }
    take_field(field, out, f);
  }
  return PARSE_NEED_MORE;
}

/* RFC 9112 6.3, where neither the status nor the method has settled it. */
static void frame_body(const framing *f, http_head *out, http_body otherwise) {
  if (f->coding == CODING_CHUNKED) {
    out->body = HTTP_BODY_CHUNKED;
  } else if (f->coding == CODING_OTHER || f->bad_length) {
    out->body = HTTP_BODY_TO_CLOSE;
  } else if (f->has_length) {
    out->body = HTTP_BODY_LENGTH;
    out->length = f->length;
  } else {
    out->body = (uint8_t)otherwise;
  }
}

typedef parse_outcome (*start_line_parser)(reader *in, http_head *out);

/* A head without its meaning; `in` moves only when all of it is there. */
static parse_outcome head(reader *in, start_line_parser start, http_head *out, framing *f,
                          size_t *need) {
  *out = (http_head){0};
  *need = in->left + 1;
  reader rest = *in;
  while (rest.left && (rest.at[0] == '\r' || rest.at[0] == '\n')) skip(&rest, 1);
  parse_outcome outcome = start(&rest, out);
  if (outcome == PARSE_PARSED) outcome = fields(&rest, out, f);
  if (outcome == PARSE_PARSED) *in = rest;
  return outcome;
}

parse_outcome http1_request(reader *in, http_head *out, size_t *need) {
  framing f = {0};
  parse_outcome outcome = head(in, request_line, out, &f, need);
  if (outcome != PARSE_PARSED) return outcome;
  if (f.wants_upgrade) out->upgrade = (uint8_t)f.upgrade;
  if (!out->is_connect) frame_body(&f, out, HTTP_BODY_NONE);
  return PARSE_PARSED;
}

parse_outcome http1_response(reader *in, http_head *out, size_t *need) {
  framing f = {0};
  parse_outcome outcome = head(in, status_line, out, &f, need);
  if (outcome != PARSE_PARSED) return outcome;
  if (out->status == 101) out->upgrade = (uint8_t)(f.upgrade ? f.upgrade : HTTP_UPGRADE_OTHER);
  if (out->status >= 200 && out->status != 204 && out->status != 304)
    frame_body(&f, out, HTTP_BODY_TO_CLOSE);
  return PARSE_PARSED;
}

/* ---- chunked bodies ------------------------------------------------------ */

/* In the top three bits of `left`; the rest counts bytes of the chunk. */
enum {
  CHUNK_SIZE, /* the size's first digit is next */
  CHUNK_DIGITS,
  CHUNK_EXTENSION, /* up to the end of the size line */
  CHUNK_DATA,      /* data, then a line end */
  CHUNK_DATA_CR,
  CHUNK_TRAILER, /* at the start of a trailer line */
  CHUNK_TRAILER_LINE,
  CHUNK_TRAILER_CR
};
#define CHUNK_PHASE_SHIFT 61

static int hex_digit(uint8_t c) {
  if (is_digit(c)) return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static parse_outcome chunk_size(uint8_t c, unsigned *phase, uint64_t *count) {
  int digit = hex_digit(c);
  if (digit >= 0) {
    if (*count >> (LENGTH_MAX_SHIFT - 4)) return PARSE_MALFORMED;
    *count = *count << 4 | (uint64_t)digit;
    *phase = CHUNK_DIGITS;
    return PARSE_NEED_MORE;
  }
  if (*phase == CHUNK_SIZE || !(is_space(c) || c == ';')) return PARSE_MALFORMED;
  *phase = c != '\n' ? CHUNK_EXTENSION : *count ? CHUNK_DATA : CHUNK_TRAILER;
  return PARSE_NEED_MORE;
}

/* One byte that is not data; PARSED at the last of the body. */
static parse_outcome chunk_byte(uint8_t c, unsigned *phase, uint64_t *count) {
  switch (*phase) {
    case CHUNK_SIZE:
    case CHUNK_DIGITS: return chunk_size(c, phase, count);
    case CHUNK_EXTENSION:
      if (c == '\n') *phase = *count ? CHUNK_DATA : CHUNK_TRAILER;
      return PARSE_NEED_MORE;
    case CHUNK_DATA:
    case CHUNK_DATA_CR:
      if (c != '\n' && (c != '\r' || *phase == CHUNK_DATA_CR)) return PARSE_MALFORMED;
      *phase = c == '\n' ? CHUNK_SIZE : CHUNK_DATA_CR;
      return PARSE_NEED_MORE;
    case CHUNK_TRAILER_LINE:
      if (c == '\n') *phase = CHUNK_TRAILER;
      return PARSE_NEED_MORE;
    default:
      if (c == '\n') return PARSE_PARSED;
      *phase = c == '\r' && *phase == CHUNK_TRAILER ? CHUNK_TRAILER_CR : CHUNK_TRAILER_LINE;
      return PARSE_NEED_MORE;
  }
}

parse_outcome http1_chunks(reader *in, uint64_t *left) {
  unsigned phase = (unsigned)(*left >> CHUNK_PHASE_SHIFT);
  uint64_t count = *left & ((UINT64_C(1) << CHUNK_PHASE_SHIFT) - 1);
  parse_outcome outcome = PARSE_NEED_MORE;
  uint8_t c;
  while (outcome == PARSE_NEED_MORE) {
    if (phase == CHUNK_DATA) {
      size_t n = count < in->left ? (size_t)count : in->left;
      skip(in, n);
      count -= n;
    } else if (phase == CHUNK_EXTENSION || phase == CHUNK_TRAILER_LINE) {
      skip(in, find_byte(*in, '\n'));
    }
    if (!get_u8(in, &c)) break;
    outcome = chunk_byte(c, &phase, &count);
  }
  *left = (uint64_t)phase << CHUNK_PHASE_SHIFT | count;
  return outcome;
}
