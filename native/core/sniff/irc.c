/* irc.c -- IRC's registration, either side (RFC 2812 3.1, 5.1; IRCv3 capability negotiation). */
#include "match.h"
#include "sniffers.h"

static bool on_irc_port(const sniff_input *in) {
  return (in->server_port >= 6660 && in->server_port <= 6669) || in->server_port == 6697 ||
         in->server_port == 7000;
}

/* PASS comes before NICK, and CAP before both. USER alone is other protocols' too. */
static parse_outcome registration(const sniff_input *in) {
  reader r = in->bytes, line;
  if (MATCH_WORD(r, "PASS ") == PARSE_PARSED) {
    parse_outcome o = match_line(&r, &line);
    if (o != PARSE_PARSED) return o;
    return either(MATCH_WORD(r, "NICK "), MATCH_WORD(r, "CAP LS"));
  }
  parse_outcome o = either(either(MATCH_WORD(r, "CAP LS"), MATCH_WORD(r, "CAP REQ ")),
                           either(MATCH_WORD(r, "NICK "), MATCH_WORD(r, "PASS ")));
  return on_irc_port(in) ? either(o, MATCH_WORD(r, "USER ")) : o;
}

static parse_outcome welcome(reader r) {
  reader line;
  parse_outcome o = either(either(MATCH(r, "NOTICE AUTH :"), MATCH(r, "NOTICE * :")),
                           either(MATCH(r, "ERROR :Closing Link"), MATCH(r, ":")));
  if (o != PARSE_PARSED || r.at[0] != ':') return o;
  o = match_line(&r, &line);
  if (o != PARSE_PARSED) return o;
  return parsed_if(TEXT_HAS(line, " NOTICE ") || TEXT_HAS(line, " 001 ") ||
                   TEXT_HAS(line, " CAP "));
}

parse_outcome sniff_irc(const sniff_input *in) {
  if (!in->is_start) return PARSE_NOT_MINE;
  return in->from_client ? registration(in) : welcome(in->bytes);
}
