/* rtsp.c -- RTSP requests and responses (RFC 2326 6.1, 7.1; RFC 7826). */
#include "match.h"
#include "sniffers.h"

static parse_outcome rest_of_request(reader r) {
  reader line, uri = r;
  parse_outcome o = either(MATCH_WORD(uri, "RTSP"), MATCH(uri, "* RTSP/"));
  if (o != PARSE_PARSED) return o;
  o = match_line(&r, &line);
  if (o != PARSE_PARSED) return o;
  if (line.left < 9) return PARSE_NOT_MINE;
  line.at += line.left - 9;
  line.left = 8;
  return MATCH(line, " RTSP/1.") == PARSE_PARSED ? PARSE_PARSED : MATCH(line, " RTSP/2.");
}

parse_outcome sniff_rtsp(const sniff_input *in) {
  reader r = in->bytes;
  uint8_t c;
  if (r.left && r.at[0] == 'R' && MATCH(r, "RE") == PARSE_NOT_MINE)
    return either(MATCH(r, "RTSP/1."), MATCH(r, "RTSP/2."));
  for (unsigned method = 0; get_u8(&r, &c); method++) {
    if (c == ' ' && method >= 4) return rest_of_request(r);
    if ((c < 'A' || c > 'Z') && c != '_') return PARSE_NOT_MINE;
    if (method == 13) return PARSE_NOT_MINE;
  }
  return PARSE_NEED_MORE;
}
