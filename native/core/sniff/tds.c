/* tds.c -- SQL Server's PRELOGIN (MS-TDS 2.2.3.1, 2.2.6.5). */
#include "match.h"
#include "sniffers.h"

/* The option list begins with VERSION: where it is, and its six bytes. */
static parse_outcome options(reader r) {
  parse_outcome o = MATCH(r, "\0\0");
  if (o != PARSE_PARSED || !skip(&r, 2)) return o;
  if (!skip(&r, 1)) return PARSE_NEED_MORE;
  return MATCH(r, "\0\6");
}

parse_outcome sniff_tds(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t length;
  parse_outcome o = in->from_client ? MATCH(r, "\x12\1") : MATCH(r, "\4\1");
  if (o != PARSE_PARSED || !skip(&r, 2)) return o;
  if (!get_uint(&r, 2, &length)) return PARSE_NEED_MORE;
  if (length < 8 || length > 4096) return PARSE_NOT_MINE;
  if (!skip(&r, 4)) return PARSE_NEED_MORE; /* SPID, packet number, window */
  return options(r);
}
