/* diameter.c -- Diameter over TCP (RFC 6733 3). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_diameter(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t length, flags, command;
  parse_outcome o = MATCH(r, "\1\0");
  if (o != PARSE_PARSED || !skip(&r, 1)) return o;
  if (!get_uint(&r, 3, &length)) return PARSE_NEED_MORE;
  if (length < 20 || length % 4) return PARSE_NOT_MINE;
  if (!get_uint(&r, 1, &flags)) return PARSE_NEED_MORE;
  if (flags & 0x0f) return PARSE_NOT_MINE;
  if (!get_uint(&r, 3, &command)) return PARSE_NEED_MORE;
  if (on_port(in, 3868)) return parsed_if(command >= 257);
  /* Elsewhere: capabilities exchange or watchdog of the base protocol, application 0. */
  return command == 257 || command == 280 ? MATCH(r, "\0\0\0\0") : PARSE_NOT_MINE;
}
