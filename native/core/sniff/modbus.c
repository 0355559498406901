/* modbus.c -- Modbus/TCP, on its port: the header alone is too common (Messaging Guide 3.1.3). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_modbus(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t protocol, length;
  uint8_t function;
  if (!on_port(in, 502)) return PARSE_NOT_MINE;
  if (!skip(&r, 2) || !get_uint(&r, 2, &protocol)) return PARSE_NEED_MORE;
  if (protocol) return PARSE_NOT_MINE;
  if (!get_uint(&r, 2, &length)) return PARSE_NEED_MORE;
  if (length < 2 || length > 254) return PARSE_NOT_MINE;
  if (!skip(&r, 1) || !get_u8(&r, &function)) return PARSE_NEED_MORE;
  return parsed_if(function && (function < 0x80 || !in->from_client));
}
