/* Database, directory and desktop protocols that ask for TLS in a message of their own. */
#include "carrier_unit.h"

/* PostgreSQL, "SSL Session Encryption": a request without a type byte, an answer of one byte. */
parse_outcome postgresql_client(reader *stream, carrier_state *state) {
  enum { SSL_REQUEST = 0x04d2162f, GSSENC_REQUEST = 0x04d21630 };
  reader r = *stream;
  uint32_t len, code;
  (void)state;
  if (r.at[0]) return PARSE_NOT_MINE;
  if (!get_uint(&r, 4, &len)) return PARSE_NEED_MORE;
  if (len != 8) return PARSE_NOT_MINE; /* a startup or cancel message */
  if (!get_uint(&r, 4, &code)) return PARSE_NEED_MORE;
  if (code != SSL_REQUEST && code != GSSENC_REQUEST) return PARSE_NOT_MINE;
  *stream = r;
  return code == SSL_REQUEST ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* MySQL numbers are little-endian. */
static bool get_packet(reader *r, uint8_t *sequence, reader *out) {
  reader probe = *r, len;
  if (!get_bytes(&probe, 3, &len) || !get_u8(&probe, sequence) ||
      !get_bytes(&probe, (size_t)len.at[2] << 16 | (size_t)len.at[1] << 8 | len.at[0], out))
    return false;
  *r = probe;
  return true;
}

enum { MYSQL_CLIENT_SSL_HIGH = 0x08 }; /* CLIENT_SSL, 0x0800, in a flag word's second byte */

/* SSLRequest is a login's first 32 bytes (5 before MySQL 4.1), with CLIENT_SSL set, as a packet. */
parse_outcome mysql_client(reader *stream, carrier_state *state) {
  reader r = *stream, packet;
  uint8_t sequence;
  (void)state;
  if (r.at[0] != 32 && r.at[0] != 5) return PARSE_NOT_MINE;
  if (!get_packet(&r, &sequence, &packet)) return PARSE_NEED_MORE;
  if (sequence != 1 || !(packet.at[1] & MYSQL_CLIENT_SSL_HIGH)) return PARSE_NOT_MINE;
  *stream = r;
  return PARSE_PARSED;
}

/* X.690 8.1: a tag of one byte, a definite length of up to four more.  The
 * outcome tells only of the header; the contents may not all be there. */
static parse_outcome get_ber_header(reader *r, uint8_t *tag, uint32_t *len) {
  reader probe = *r;
  uint8_t first;
  if (!get_u8(&probe, tag) || !get_u8(&probe, &first)) return PARSE_NEED_MORE;
  *len = first;
  if (first > 0x84 || first == 0x80) return PARSE_MALFORMED;
  if (first > 0x80 && !get_uint(&probe, first & 0x7fu, len)) return PARSE_NEED_MORE;
  *r = probe;
  return PARSE_PARSED;
}

static bool get_ber(reader *r, uint8_t *tag, reader *out) {
  reader probe = *r;
  uint32_t len;
  if (get_ber_header(&probe, tag, &len) != PARSE_PARSED || !get_bytes(&probe, len, out))
    return false;
  *r = probe;
  return true;
}

/* One LDAPMessage (RFC 4511 4.1.1), its operation out.  A long one can be no
 * StartTLS and is passed over: PARSED with `*tag` 0. */
static parse_outcome get_ldap(reader *stream, carrier_state *state, uint8_t *tag,
                              reader *operation) {
  enum { SEQUENCE = 0x30, INTEGER = 0x02 };
  reader r = *stream, message, id;
  uint32_t len;
  parse_outcome outcome = get_ber_header(&r, tag, &len);
  if (outcome != PARSE_PARSED) return outcome;
  if (*tag != SEQUENCE) return PARSE_MALFORMED;
  *tag = 0;
  if (len > CARRIER_UNIT_MAX / 2) {
    if (len > UINT16_MAX) return PARSE_NOT_MINE;
    state->skip = (uint16_t)len;
  } else {
    if (!get_bytes(&r, len, &message)) return PARSE_NEED_MORE;
    if (!get_ber(&message, tag, &id) || *tag != INTEGER || !get_ber(&message, tag, operation))
      return PARSE_MALFORMED;
  }
  *stream = r;
  return PARSE_PARSED;
}

static bool is_start_tls(reader oid) {
  static const uint8_t start_tls[] = "1.3.6.1.4.1.1466.20037"; /* RFC 4511 4.14.1 */
  if (oid.left != sizeof start_tls - 1) return false;
  for (size_t i = 0; i < oid.left; i++)
    if (oid.at[i] != start_tls[i]) return false;
  return true;
}

parse_outcome ldap_client(reader *stream, carrier_state *state) {
  enum { EXTENDED_REQUEST = 0x77, REQUEST_NAME = 0x80 };
  reader operation, name;
  uint8_t tag;
  parse_outcome outcome = get_ldap(stream, state, &tag, &operation);
  if (outcome != PARSE_PARSED) return outcome;
  if (tag != EXTENDED_REQUEST) return PARSE_NEED_MORE;
  if (!get_ber(&operation, &tag, &name)) return PARSE_MALFORMED;
  return tag == REQUEST_NAME && is_start_tls(name) ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* One X.224 connection request in a TPKT (RFC 1006 6); its variable part out. */
static parse_outcome get_x224(reader *stream, reader *out) {
  enum { CONNECTION_REQUEST = 0xe0 };
  reader r = *stream, packet, tpdu;
  uint8_t version, reserved, found;
  uint16_t len;
  if (!get_u8(&r, &version)) return PARSE_NEED_MORE;
  if (version != 3) return PARSE_NOT_MINE;
  if (!get_u8(&r, &reserved) || !get_u16(&r, &len)) return PARSE_NEED_MORE;
  if (len < 11) return PARSE_MALFORMED;
  if (!get_bytes(&r, len - 4u, &packet)) return PARSE_NEED_MORE;
  if (!get_block(&packet, 1, &tpdu) || !get_u8(&tpdu, &found)) return PARSE_MALFORMED;
  if ((found & 0xf0) != CONNECTION_REQUEST) return PARSE_NOT_MINE;
  if (!skip(&tpdu, 5)) return PARSE_MALFORMED; /* two references and the class */
  *out = tpdu;
  *stream = r;
  return PARSE_PARSED;
}

/* MS-RDPBCGR 2.2.1.1.1: type, flags, length 8, and one bit for
 * each way to secure the flow: all but 0, RDP's own, begin with TLS. */
static parse_outcome negotiated(reader r) {
  enum { NEGOTIATION_REQUEST = 1 };
  uint8_t type, flags, protocols;
  uint16_t len;
  if (!get_u8(&r, &type) || !get_u8(&r, &flags) || !get_u16(&r, &len) || !get_u8(&r, &protocols))
    return PARSE_NOT_MINE; /* an old peer: no negotiation at all */
  return type == NEGOTIATION_REQUEST && len == 0x0800 && protocols & 0x1f ? PARSE_PARSED
                                                                          : PARSE_NOT_MINE;
}

/* A cookie or a load balancer's token, one line of text, may stand before the request. */
parse_outcome rdp_client(reader *stream, carrier_state *state) {
  reader r;
  (void)state;
  parse_outcome outcome = get_x224(stream, &r);
  if (outcome != PARSE_PARSED) return outcome;
  if (r.left && r.at[0] == 'C') skip(&r, find_byte(r, '\n') + 1);
  return negotiated(r);
}
