/* srvloc.c -- the Service Location Protocol, versions 1 and 2, on its port (RFC 2165 4, RFC 2608
 * 8). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_srvloc(const sniff_input *in) {
  reader r = in->bytes;
  uint8_t version, function;
  uint32_t length;
  size_t whole = r.left;
  if (!on_port(in, 427) || !get_u8(&r, &version) || !get_u8(&r, &function)) return PARSE_NOT_MINE;
  if (version < 1 || version > 2 || !function || function > 11) return PARSE_NOT_MINE;
  return parsed_if(get_uint(&r, version == 2 ? 3 : 2, &length) && length == whole);
}
