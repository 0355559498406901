/* bacnet.c -- BACnet/IP's virtual link header (ASHRAE 135 J.2). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_bacnet(const sniff_input *in) {
  reader r = in->bytes;
  uint8_t type, function;
  uint32_t length;
  size_t whole = r.left;
  if (!get_u8(&r, &type) || type != 0x81 || !on_port(in, 47808)) return PARSE_NOT_MINE;
  return parsed_if(get_u8(&r, &function) && function <= 12 && get_uint(&r, 2, &length) &&
                   length == whole);
}
