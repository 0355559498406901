#include "quic_header.h"

bool quic_varint(reader *r, uint64_t *out) {
  reader b = *r;
  if (!b.left || !get_bytes(r, (size_t)1 << (b.at[0] >> 6), &b)) return false;
  uint64_t v = b.at[0] & 0x3f;
  for (size_t i = 1; i < b.left; i++) v = v << 8 | b.at[i];
  *out = v;
  return true;
}

bool quic_varint_block(reader *r, reader *out) {
  reader probe = *r;
  uint64_t n;
  if (!quic_varint(&probe, &n) || n > probe.left || !get_bytes(&probe, (size_t)n, out))
    return false;
  *r = probe;
  return true;
}

/* A length-prefixed connection ID; a length beyond the bound is seen before the bytes are there. */
static parse_outcome connection_id(reader *r, reader *out) {
  if (r->left && r->at[0] > QUIC_CID_MAX) return PARSE_NOT_MINE;
  return get_block(r, 1, out) ? PARSE_PARSED : PARSE_NEED_MORE;
}

parse_outcome quic_invariant(reader datagram, quic_packet *out) {
  reader r = datagram, scid;
  uint8_t first;
  if (!get_u8(&r, &first)) return PARSE_NEED_MORE;
  if (!(first & 0x80)) return PARSE_NOT_MINE;
  if (!get_uint(&r, 4, &out->version)) return PARSE_NEED_MORE;
  parse_outcome outcome = connection_id(&r, &out->dcid);
  if (outcome == PARSE_PARSED) outcome = connection_id(&r, &scid);
  if (outcome != PARSE_PARSED) return outcome;
  out->whole = datagram;
  out->pn_offset = 0;
  out->rest = r;
  return PARSE_PARSED;
}

quic_type quic_packet_type(const quic_packet *packet, const quic_profile *profile) {
  unsigned bits = packet->whole.at[0] >> 4 & 3;
  /* RFC 9369 3.2 turns the code points round by one. */
  return (quic_type)(profile->v2 ? (bits + 3) & 3 : bits);
}

parse_outcome quic_bounds(quic_packet *packet, const quic_profile *profile) {
  reader r = packet->rest;
  uint64_t token, length;
  quic_type type = quic_packet_type(packet, profile);
  if (type == QUIC_RETRY) return PARSE_PARSED;
  if (type == QUIC_INITIAL) {
    if (!quic_varint(&r, &token)) return PARSE_NEED_MORE;
    if (token > UINT16_MAX) return PARSE_NOT_MINE;
    if (!skip(&r, (size_t)token)) return PARSE_NEED_MORE;
  }
  if (!quic_varint(&r, &length)) return PARSE_NEED_MORE;
  if (length > UINT16_MAX) return PARSE_NOT_MINE;
  if (length > r.left) return PARSE_NEED_MORE;
  packet->pn_offset = packet->whole.left - r.left;
  packet->whole.left = packet->pn_offset + (size_t)length;
  return PARSE_PARSED;
}
