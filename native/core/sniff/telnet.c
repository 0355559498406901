/* telnet.c -- TELNET, told by its option negotiation (RFC 854, RFC 855). */
#include "match.h"
#include "sniffers.h"

/* IAC, then WILL, WONT, DO or DONT, then an assigned option. */
static parse_outcome negotiation(reader *r) {
  uint8_t c;
  if (!get_u8(r, &c)) return PARSE_NEED_MORE;
  if (c != 0xff) return PARSE_NOT_MINE;
  if (!get_u8(r, &c)) return PARSE_NEED_MORE;
  if (c < 0xfb || c == 0xff) return PARSE_NOT_MINE;
  if (!get_u8(r, &c)) return PARSE_NEED_MORE;
  return parsed_if(c <= 49 || c == 255 || (c >= 138 && c <= 140));
}

/* Off its port three bytes are too few: two in a row, at the very start. */
parse_outcome sniff_telnet(const sniff_input *in) {
  reader r = in->bytes;
  if (!may_begin(r, 0xff)) return PARSE_NOT_MINE;
  parse_outcome o = negotiation(&r);
  if (o != PARSE_PARSED || in->server_port == 23) return o;
  return in->is_start ? negotiation(&r) : PARSE_NOT_MINE;
}
