/* pptp.c -- PPTP's control connection, told by its magic cookie (RFC 2637 1.4). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_pptp(const sniff_input *in) {
  reader r = in->bytes;
  if (r.left && r.at[0]) return PARSE_NOT_MINE;
  if (!skip(&r, 2)) return PARSE_NEED_MORE;
  return MATCH(r, "\0\1\x1a\x2b\x3c\x4d");
}
