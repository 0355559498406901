/* redis.c -- Redis: commands as RESP arrays; on its port also plain replies and inline commands. */
#include "match.h"
#include "sniffers.h"

/* `*`, a count, CRLF, then what begins an element. */
static parse_outcome array(reader r) {
  uint8_t c;
  skip(&r, 1);
  for (unsigned n = 0;; n++) {
    if (!get_u8(&r, &c)) return PARSE_NEED_MORE;
    if (c == '\r' && n) break;
    if (!is_digit(c) || n == 7) return PARSE_NOT_MINE;
  }
  parse_outcome o = MATCH(r, "\n");
  if (o != PARSE_PARSED || !skip(&r, 1)) return o;
  if (!get_u8(&r, &c)) return PARSE_NEED_MORE;
  return parsed_if(c == '$' || c == '*' || c == ':' || c == '+' || c == '-');
}

parse_outcome sniff_redis(const sniff_input *in) {
  reader r = in->bytes, line;
  if (!r.left) return PARSE_NEED_MORE;
  if (r.at[0] == '*') return array(r);
  if (in->server_port != 6379 || !in->is_start) return PARSE_NOT_MINE;
  parse_outcome o = PARSE_PARSED;
  if (in->from_client) {
    o = either(either(MATCH_WORD(r, "PING"), MATCH_WORD(r, "INFO")), MATCH_WORD(r, "AUTH "));
  } else if (r.at[0] != '+' && r.at[0] != '-' && r.at[0] != '$' && r.at[0] != ':') {
    o = PARSE_NOT_MINE;
  }
  return o == PARSE_PARSED ? match_line(&r, &line) : o;
}
