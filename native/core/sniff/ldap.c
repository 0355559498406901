/* ldap.c -- LDAP and CLDAP: the first message of either side (RFC 4511 4, RFC 1798). */
#include "match.h"
#include "sniffers.h"

static parse_outcome bind_request(reader r) {
  uint32_t version;
  parse_outcome o = get_ber_int(&r, 2, &version);
  if (o != PARSE_PARSED) return o;
  return version >= 1 && version <= 3 ? MATCH(r, "\4") : PARSE_NOT_MINE;
}

static parse_outcome search_request(reader r) {
  uint32_t length, scope;
  parse_outcome o = get_ber(&r, 4, &length);
  if (o != PARSE_PARSED) return o;
  if (length > 1024) return PARSE_NOT_MINE;
  if (!skip(&r, length)) return PARSE_NEED_MORE;
  o = get_ber_int(&r, 10, &scope);
  return o == PARSE_PARSED ? parsed_if(scope <= 3) : o;
}

static parse_outcome extended_request(reader r) {
  uint32_t length;
  parse_outcome o = get_ber(&r, 0x80, &length);
  return o == PARSE_PARSED ? MATCH(r, "1.") : o;
}

/* LDAPResult: a code, then the matched name. */
static parse_outcome result(reader r) {
  uint32_t code;
  parse_outcome o = get_ber_int(&r, 10, &code);
  if (o != PARSE_PARSED) return o;
  return code <= 4096 ? MATCH(r, "\4") : PARSE_NOT_MINE;
}

static parse_outcome operation(uint8_t tag, reader r) {
  switch (tag) {
    case 0x60: return bind_request(r);
    case 0x63: return search_request(r);
    case 0x77: return extended_request(r);
    case 0x61: /* bind */
    case 0x65: /* search done */
    case 0x78: /* extended */ return result(r);
    case 0x64: return MATCH(r, "\4"); /* search entry: its name */
    default: return PARSE_NOT_MINE;
  }
}

parse_outcome sniff_ldap(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t length, id;
  if (!may_begin(r, 0x30)) return PARSE_NOT_MINE;
  parse_outcome o = get_ber(&r, 0x30, &length);
  if (o != PARSE_PARSED) return settled(in, o);
  if (length < 5 || (is_udp(in) && length > r.left)) return PARSE_NOT_MINE;
  o = get_ber_int(&r, 2, &id);
  if (o != PARSE_PARSED) return settled(in, o);
  if (!r.left) return ended(in);
  uint8_t tag = r.at[0];
  if (tag < 0x60 || tag > 0x78) return PARSE_NOT_MINE;
  o = get_ber(&r, tag, &length);
  return settled(in, o == PARSE_PARSED ? operation(tag, r) : o);
}
