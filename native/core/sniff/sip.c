/* sip.c -- SIP requests and responses (RFC 3261 7.1, 7.2). */
#include "match.h"
#include "sniffers.h"

/* The line after its method: a URI of telephony, then the version. */
static parse_outcome rest_of_request(reader r) {
  reader line, uri = r;
  parse_outcome o = either(either(MATCH_WORD(uri, "SIP:"), MATCH_WORD(uri, "SIPS:")),
                           either(MATCH_WORD(uri, "TEL:"), MATCH_WORD(uri, "URN:")));
  if (o != PARSE_PARSED) return o;
  o = match_line(&r, &line);
  if (o != PARSE_PARSED) return o;
  if (line.left < 8) return PARSE_NOT_MINE;
  line.at += line.left - 8;
  return MATCH(line, " SIP/2.0");
}

parse_outcome sniff_sip(const sniff_input *in) {
  reader r = in->bytes;
  uint8_t c;
  if (r.left && r.at[0] == 'S' && MATCH(r, "SU") == PARSE_NOT_MINE)
    return settled(in, MATCH(r, "SIP/2.0 "));
  for (unsigned method = 0; get_u8(&r, &c); method++) {
    if (c == ' ' && method >= 3) return settled(in, rest_of_request(r));
    if (c < 'A' || c > 'Z' || method == 10) return PARSE_NOT_MINE;
  }
  return ended(in);
}
