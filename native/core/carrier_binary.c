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

/* N refuses; the client may have asked for GSSAPI encryption first. */
parse_outcome postgresql_server(reader *stream, carrier_state *state) {
  uint8_t answer = stream->at[0];
  if (answer != 'S' && (answer != 'N' || state->phase++)) return PARSE_NOT_MINE;
  skip(stream, 1);
  return answer == 'S' ? PARSE_PARSED : PARSE_NEED_MORE;
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

/* The greeting says whether TLS may be asked for; whether it was, the next
 * bytes tell: as a packet, 16 03 0x would be one of more than 64 KiB. */
parse_outcome mysql_server(reader *stream, carrier_state *state) {
  reader r = *stream, greeting;
  uint8_t sequence, protocol, low, high;
  if (state->phase) {
    if (r.at[0] != 22 && r.at[0] != 21) return PARSE_NOT_MINE;
    if (r.left < 3) return r.left == 2 && r.at[1] != 3 ? PARSE_NOT_MINE : PARSE_NEED_MORE;
    return r.at[1] == 3 && r.at[2] && r.at[2] <= 4 ? PARSE_PARSED : PARSE_NOT_MINE;
  }
  if (!get_packet(&r, &sequence, &greeting)) return PARSE_NEED_MORE;
  if (sequence != 0 || !get_u8(&greeting, &protocol) || protocol != 10) return PARSE_NOT_MINE;
  /* The server's version and its NUL, a thread, a nonce and a filler. */
  if (!skip(&greeting, find_byte(greeting, 0) + 1 + 4 + 8 + 1) || !get_u8(&greeting, &low) ||
      !get_u8(&greeting, &high))
    return PARSE_MALFORMED;
  if (!(high & MYSQL_CLIENT_SSL_HIGH)) return PARSE_NOT_MINE;
  *stream = r;
  state->phase = 1;
  return PARSE_NEED_MORE;
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

/* The name in the response is optional, and some servers leave it out (RFC 4511 4.12). */
parse_outcome ldap_server(reader *stream, carrier_state *state) {
  enum { EXTENDED_RESPONSE = 0x78, ENUMERATED = 0x0a, RESPONSE_NAME = 0x8a };
  reader operation, result, field;
  uint8_t tag;
  parse_outcome outcome = get_ldap(stream, state, &tag, &operation);
  if (outcome != PARSE_PARSED) return outcome;
  if (tag != EXTENDED_RESPONSE) return PARSE_NEED_MORE;
  if (!get_ber(&operation, &tag, &result) || tag != ENUMERATED || result.left != 1)
    return PARSE_MALFORMED;
  if (result.at[0] != 0) return PARSE_NEED_MORE;
  while (get_ber(&operation, &tag, &field))
    if (tag == RESPONSE_NAME && !is_start_tls(field)) return PARSE_NEED_MORE;
  return PARSE_PARSED;
}

/* One X.224 connection TPDU of `code` in a TPKT (RFC 1006 6); its variable part out. */
static parse_outcome get_x224(reader *stream, uint8_t code, reader *out) {
  reader r = *stream, packet, tpdu;
  uint8_t version, reserved, found;
  uint16_t len;
  if (!get_u8(&r, &version)) return PARSE_NEED_MORE;
  if (version != 3) return PARSE_NOT_MINE;
  if (!get_u8(&r, &reserved) || !get_u16(&r, &len)) return PARSE_NEED_MORE;
  if (len < 11) return PARSE_MALFORMED;
  if (!get_bytes(&r, len - 4u, &packet)) return PARSE_NEED_MORE;
  if (!get_block(&packet, 1, &tpdu) || !get_u8(&tpdu, &found)) return PARSE_MALFORMED;
  if ((found & 0xf0) != code) return PARSE_NOT_MINE;
  if (!skip(&tpdu, 5)) return PARSE_MALFORMED; /* two references and the class */
  *out = tpdu;
  *stream = r;
  return PARSE_PARSED;
}

/* MS-RDPBCGR 2.2.1.1.1 and 2.2.1.2.1: type, flags, length 8, and one bit for
 * each way to secure the flow: all but 0, RDP's own, begin with TLS. */
static parse_outcome negotiated(reader r, uint8_t wanted) {
  uint8_t type, flags, protocols;
  uint16_t len;
  if (!get_u8(&r, &type) || !get_u8(&r, &flags) || !get_u16(&r, &len) || !get_u8(&r, &protocols))
    return PARSE_NOT_MINE; /* an old peer: no negotiation at all */
  return type == wanted && len == 0x0800 && protocols & 0x1f ? PARSE_PARSED : PARSE_NOT_MINE;
}

/* A cookie or a load balancer's token, one line of text, may stand before the request. */
parse_outcome rdp_client(reader *stream, carrier_state *state) {
  enum { CONNECTION_REQUEST = 0xe0, NEGOTIATION_REQUEST = 1 };
  reader r;
  (void)state;
  parse_outcome outcome = get_x224(stream, CONNECTION_REQUEST, &r);
  if (outcome != PARSE_PARSED) return outcome;
  if (r.left && r.at[0] == 'C') skip(&r, find_byte(r, '\n') + 1);
  return negotiated(r, NEGOTIATION_REQUEST);
}

parse_outcome rdp_server(reader *stream, carrier_state *state) {
  enum { CONNECTION_CONFIRM = 0xd0, NEGOTIATION_RESPONSE = 2 };
  reader r;
  (void)state;
  parse_outcome outcome = get_x224(stream, CONNECTION_CONFIRM, &r);
  return outcome == PARSE_PARSED ? negotiated(r, NEGOTIATION_RESPONSE) : outcome;
}
