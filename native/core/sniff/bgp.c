/* bgp.c -- BGP-4 (RFC 4271 4.1). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_bgp(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t length;
  uint8_t type;
  parse_outcome o = MATCH(r, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  if (o != PARSE_PARSED || !skip(&r, 16)) return o;
  if (!get_uint(&r, 2, &length)) return PARSE_NEED_MORE;
  if (length < 19 || length > 4096) return PARSE_NOT_MINE;
  if (!get_u8(&r, &type)) return PARSE_NEED_MORE;
  return parsed_if(type >= 1 && type <= 5);
}
