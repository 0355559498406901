/* snmp.c -- SNMP versions 1, 2c and 3 (RFC 1157 4, RFC 3416 3, RFC 3412 6). */
#include "match.h"
#include "sniffers.h"

/* v3: a header of message ID, maximum size (484 at least), one octet of flags, the model. */
static bool is_v3(reader r) {
  uint32_t length, id, size, model;
  uint8_t flags;
  return get_ber(&r, 0x30, &length) == PARSE_PARSED && get_ber_int(&r, 2, &id) == PARSE_PARSED &&
         get_ber_int(&r, 2, &size) == PARSE_PARSED && size >= 484 &&
         get_ber(&r, 4, &length) == PARSE_PARSED && length == 1 && get_u8(&r, &flags) &&
         get_ber_int(&r, 2, &model) == PARSE_PARSED;
}

/* v1 and v2c: a community, then a PDU. */
static bool is_community(reader r) {
  uint32_t length;
  return get_ber(&r, 4, &length) == PARSE_PARSED && skip(&r, length) && r.left && r.at[0] >= 0xa0 &&
         r.at[0] <= 0xa8;
}

parse_outcome sniff_snmp(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t length, version;
  if (!may_begin(r, 0x30)) return PARSE_NOT_MINE;
  if (get_ber(&r, 0x30, &length) != PARSE_PARSED || length != r.left) return PARSE_NOT_MINE;
  if (get_ber_int(&r, 2, &version) != PARSE_PARSED) return PARSE_NOT_MINE;
  return parsed_if(version == 3 ? is_v3(r) : version <= 1 && is_community(r));
}
