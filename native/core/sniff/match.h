/* match.h -- what the sniffers share: ports, literals, text lines and BER lengths. */
#ifndef WEIR_SNIFF_MATCH_H
#define WEIR_SNIFF_MATCH_H

#include "sniff.h"

#define MATCH_LINE_MAX \
  512 /* RFC 5321 4.5.3.1.5; RFC 1459 2.3: longer is no greeting or command \
       */
#define IP_TCP 6
#define IP_UDP 17

static inline bool is_udp(const sniff_input *in) { return in->transport == IP_UDP; }

/* Either side: a capture that starts late may have the client wrong. */
static inline bool on_port(const sniff_input *in, uint16_t port) {
  return in->server_port == port || in->client_port == port;
}

static inline bool on_ports(const sniff_input *in, uint16_t low, uint16_t high) {
  return (in->server_port >= low && in->server_port <= high) ||
         (in->client_port >= low && in->client_port <= high);
}

/* A datagram never grows, so what more bytes could have settled is settled. */
static inline parse_outcome settled(const sniff_input *in, parse_outcome outcome) {
  return outcome == PARSE_NEED_MORE && is_udp(in) ? PARSE_NOT_MINE : outcome;
}

/* The outcome when a get failed: `in` ended too early. */
static inline parse_outcome ended(const sniff_input *in) { return settled(in, PARSE_NEED_MORE); }

static inline parse_outcome parsed_if(bool condition) {
  return condition ? PARSE_PARSED : PARSE_NOT_MINE;
}

/* The check that most bytes fail, before anything else is set up. */
static inline bool may_begin(reader r, uint8_t first) { return !r.left || r.at[0] == first; }

/* Whether `r` begins with `n` bytes: PARSED, NEED_MORE for a strict prefix, else NOT_MINE. */
static inline parse_outcome match_bytes(reader r, const char *want, size_t n) {
  size_t have = r.left < n ? r.left : n;
  for (size_t i = 0; i < have; i++)
    if (r.at[i] != (uint8_t)want[i]) return PARSE_NOT_MINE;
  return have == n ? PARSE_PARSED : PARSE_NEED_MORE;
}

static inline uint8_t upper(uint8_t c) { return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c; }

/* As match_bytes, for commands that ignore case; `want` is in upper case. */
static inline parse_outcome match_word(reader r, const char *want, size_t n) {
  size_t have = r.left < n ? r.left : n;
  for (size_t i = 0; i < have; i++)
    if (upper(r.at[i]) != (uint8_t)want[i]) return PARSE_NOT_MINE;
  return have == n ? PARSE_PARSED : PARSE_NEED_MORE;
}

#define MATCH(r, literal)      match_bytes((r), "" literal, sizeof(literal) - 1)
#define MATCH_WORD(r, literal) match_word((r), "" literal, sizeof(literal) - 1)

/* The better of two candidates of one protocol: parsed, then undecided, then not. */
static inline parse_outcome either(parse_outcome a, parse_outcome b) {
  if (a == PARSE_PARSED || b == PARSE_PARSED) return PARSE_PARSED;
  return a == PARSE_NEED_MORE || b == PARSE_NEED_MORE ? PARSE_NEED_MORE : PARSE_NOT_MINE;
}

/* Takes one line of text, at most MATCH_LINE_MAX bytes with its LF, off `r`;
 * `line` gets it without CR and LF.  NOT_MINE: a control byte, or too long. */
static inline parse_outcome match_line(reader *r, reader *line) {
  for (size_t i = 0; i < r->left && i < MATCH_LINE_MAX; i++) {
    uint8_t c = r->at[i];
    if (c == '\n') {
      get_bytes(r, i, line);
      skip(r, 1);
      if (line->left && line->at[line->left - 1] == '\r') line->left--;
      return PARSE_PARSED;
    }
    if (c < 0x20 && c != '\r' && c != '\t') return PARSE_NOT_MINE;
  }
  return r->left < MATCH_LINE_MAX ? PARSE_NEED_MORE : PARSE_NOT_MINE;
}

/* Whether `want` (upper case, length `n`) occurs in `text`, ignoring case. */
static inline bool text_has(reader text, const char *want, size_t n) {
  for (; text.left >= n; text.at++, text.left--)
    if (match_word(text, want, n) == PARSE_PARSED) return true;
  return false;
}
#define TEXT_HAS(text, literal) text_has((text), "" literal, sizeof(literal) - 1)

static inline bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static inline bool get_le32(reader *r, uint32_t *out) {
  reader b;
  if (!get_bytes(r, 4, &b)) return false;
  *out = (uint32_t)b.at[3] << 24 | (uint32_t)b.at[2] << 16 | (uint32_t)b.at[1] << 8 | b.at[0];
  return true;
}

/* A BER identifier of one octet and its definite length (X.690 8.1.3).  What
 * it holds may reach past the end of `r`: `*length` is not checked against it. */
static inline parse_outcome get_ber(reader *r, uint8_t tag, uint32_t *length) {
  reader probe = *r;
  uint8_t found, first;
  if (!get_u8(&probe, &found)) return PARSE_NEED_MORE;
  if (found != tag) return PARSE_NOT_MINE;
  if (!get_u8(&probe, &first)) return PARSE_NEED_MORE;
  *length = first;
  if (first > 0x84 || first == 0x80) return PARSE_NOT_MINE;
  if (first > 0x80 && !get_uint(&probe, first & 7u, length)) return PARSE_NEED_MORE;
  *r = probe;
  return PARSE_PARSED;
}

/* A BER INTEGER or ENUMERATED (`tag`) of one to four octets. */
static inline parse_outcome get_ber_int(reader *r, uint8_t tag, uint32_t *value) {
  reader probe = *r;
  uint32_t length;
  parse_outcome o = get_ber(&probe, tag, &length);
  if (o != PARSE_PARSED) return o;
  if (!length || length > 4) return PARSE_NOT_MINE;
  if (!get_uint(&probe, (unsigned)length, value)) return PARSE_NEED_MORE;
  *r = probe;
  return PARSE_PARSED;
}

#endif
