/* kerberos.c -- Kerberos 5 messages to and from a KDC (RFC 4120 5.4, 5.9.1, 7.2). */
#include "match.h"
#include "sniffers.h"

/* [field] INTEGER `value`. */
static parse_outcome tagged_int(reader *r, uint8_t field, uint32_t value) {
  uint32_t length, found;
  parse_outcome o = get_ber(r, field, &length);
  if (o == PARSE_PARSED) o = get_ber_int(r, 2, &found);
  return o == PARSE_PARSED ? parsed_if(found == value) : o;
}

/* AS and TGS requests count their fields from one, replies and errors from zero:
 * version 5, then the type, which is also the application tag. */
static parse_outcome kdc_message(reader r) {
  if (!r.left) return PARSE_NEED_MORE;
  uint8_t tag = r.at[0], field;
  switch (tag) {
    case 0x6a:
    case 0x6c: field = 0xa1; break;
    case 0x6b:
    case 0x6d:
    case 0x7e: field = 0xa0; break;
    default: return PARSE_NOT_MINE;
  }
  uint32_t length;
  parse_outcome o = get_ber(&r, tag, &length);
  if (o == PARSE_PARSED) o = get_ber(&r, 0x30, &length);
  if (o == PARSE_PARSED) o = tagged_int(&r, field, 5);
  return o == PARSE_PARSED ? tagged_int(&r, (uint8_t)(field + 1), tag & 0x1f) : o;
}

parse_outcome sniff_kerberos(const sniff_input *in) {
  reader r = in->bytes;
  if (is_udp(in)) return settled(in, kdc_message(r));
  if (r.left && r.at[0]) return PARSE_NOT_MINE;
  uint32_t length;
  if (!get_uint(&r, 4, &length)) return PARSE_NEED_MORE;
  return length <= 0x40000 ? kdc_message(r) : PARSE_NOT_MINE;
}
