/* imap.c -- IMAP's greeting and the first command (RFC 9051 7.1, 6.1, 6.2). */
#include "match.h"
#include "sniffers.h"

#define TAG_MAX 16u

static parse_outcome greeting(const sniff_input *in) {
  reader r = in->bytes, line;
  parse_outcome o =
      either(either(MATCH_WORD(r, "* OK "), MATCH_WORD(r, "* PREAUTH ")), MATCH_WORD(r, "* BYE "));
  if (o == PARSE_PARSED) o = match_line(&r, &line);
  if (o != PARSE_PARSED) return o;
  return parsed_if(in->server_port == 143 || TEXT_HAS(line, "IMAP"));
}

static parse_outcome verb(reader r) {
  return either(either(MATCH_WORD(r, "CAPABILITY"), MATCH_WORD(r, "AUTHENTICATE ")),
                either(either(MATCH_WORD(r, "STARTTLS\r\n"), MATCH_WORD(r, "LOGIN ")),
                       either(MATCH_WORD(r, "ID ("), MATCH_WORD(r, "ID NIL\r\n"))));
}

/* A tag that clients make up (letters, then a count) before one of the few
 * commands that may come first. */
static parse_outcome command(reader r) {
  bool has_digit = false;
  uint8_t c;
  for (unsigned n = 0; get_u8(&r, &c); n++) {
    if (c == ' ' && n) return has_digit ? verb(r) : PARSE_NOT_MINE;
    bool is_letter = upper(c) >= 'A' && upper(c) <= 'Z';
    if ((!is_letter && !is_digit(c) && c != '.') || n == TAG_MAX) return PARSE_NOT_MINE;
    has_digit |= is_digit(c);
  }
  return PARSE_NEED_MORE;
}

parse_outcome sniff_imap(const sniff_input *in) {
  return in->from_client ? command(in->bytes) : greeting(in);
}
