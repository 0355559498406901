/* dcerpc.c -- connection-oriented DCE/RPC (C706 12.6.3, MS-RPCE 2.2.2). */
#include "match.h"
#include "sniffers.h"

#define COMMON_HEADER 16u
#define TYPE_BIND     11u

/* request, response, fault, and from bind to orphaned. */
static bool is_type(uint8_t type) {
  return type == 0 || type == 2 || type == 3 || (type >= TYPE_BIND && type <= 19);
}

/* Data representation: integers little or big endian, ASCII, IEEE floats, two reserved bytes. */
static parse_outcome representation(reader *r, bool *is_little) {
  reader format = *r;
  parse_outcome o = either(MATCH(*r, "\x10\0\0\0"), MATCH(*r, "\0\0\0\0"));
  if (o != PARSE_PARSED) return o;
  *is_little = format.at[0] == 0x10;
  skip(r, 4);
  return PARSE_PARSED;
}

parse_outcome sniff_dcerpc(const sniff_input *in) {
  reader r = in->bytes, length;
  uint8_t minor, type;
  bool is_little;
  parse_outcome o = MATCH(r, "\5");
  if (o != PARSE_PARSED || !skip(&r, 1)) return o;
  if (!get_u8(&r, &minor)) return PARSE_NEED_MORE;
  if (minor > 1) return PARSE_NOT_MINE;
  if (!get_u8(&r, &type)) return PARSE_NEED_MORE;
  if (!is_type(type)) return PARSE_NOT_MINE;
  /* A client cannot call before it has bound (C706 12.6.4.3). */
  if (in->is_start && in->from_client && type < TYPE_BIND) return PARSE_NOT_MINE;
  if (!skip(&r, 1)) return PARSE_NEED_MORE;
  o = representation(&r, &is_little);
  if (o != PARSE_PARSED) return o;
  if (!get_bytes(&r, 2, &length)) return PARSE_NEED_MORE;
  unsigned low = length.at[!is_little], high = length.at[is_little];
  return parsed_if((high << 8 | low) >= COMMON_HEADER);
}
