#include "packet.h"

/* Headers an IPv6 chain may have before its transport; RFC 8200 4.1 knows eight. */
#define EXTENSION_MAX 16

enum {
  NEXT_HOP_BY_HOP = 0,
  NEXT_ROUTING = 43,
  NEXT_FRAGMENT = 44,
  NEXT_NONE = 59,
  NEXT_OPTIONS = 60,
  NEXT_MOBILITY = 135,
  NEXT_HIP = 139,
  NEXT_SHIM6 = 140
};

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
/* Spelt out, so that compilers make it one load and one byte swap. */
static uint32_t be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* Bytes of the packet as captured and as its header says: padding behind it is
 * dropped, and what a snap length cut is remembered. A length of zero is what
 * segmentation offload leaves in captures: then the wire's length counts. */
static void bound_body(packet *p, reader *left, uint32_t header_bytes, uint32_t said,
                       uint32_t wire) {
  p->ip_bytes = said ? said : wire;
  uint32_t body = p->ip_bytes - header_bytes;
  if (left->left > body) left->left = body;
  p->body = *left;
  p->body_wire = body;
}

/* The ports alone still find the flow: a header cut behind them has no payload, and no more. */
static packet_kind parse_tcp(packet *p) {
  if (p->body.left < 14) {
    p->body.left = 0;
    return PACKET_WHOLE;
  }
  const uint8_t *h = p->body.at;
  p->seq = be32(h + 4);
  p->ack = be32(h + 8);
  size_t header = (size_t)(h[12] >> 4) * 4;
  p->tcp_flags = h[13];
  if (header < 20 || header > p->body_wire) return PACKET_MALFORMED;
  p->body_wire -= (uint32_t)header;
  if (!skip(&p->body, header)) p->body.left = 0;
  return PACKET_WHOLE;
}

static packet_kind parse_udp(packet *p) {
  if (p->body.left < 8) {
    p->body.left = 0;
    return PACKET_WHOLE;
  }
  uint32_t len = be16(p->body.at + 4);
  skip(&p->body, 8);
  p->body_wire -= 8;
  /* RFC 2675 4: zero for a jumbogram; UDP-Lite's field is checksum coverage (RFC 3828 3.1). */
  if (p->transport == TRANSPORT_UDPLITE || len == 0) return PACKET_WHOLE;
  if (len < 8) return PACKET_MALFORMED;
  if (p->body_wire > len - 8) p->body_wire = len - 8;
  if (p->body.left > p->body_wire) p->body.left = p->body_wire;
  return PACKET_WHOLE;
}

/* Bytes of the shortest header; 0: of a transport without ports. */
static uint32_t least_header(uint8_t transport) {
  switch (transport) {
    case TRANSPORT_TCP: return 20;
    case TRANSPORT_SCTP: return 12;
    case TRANSPORT_UDP:
    case TRANSPORT_UDPLITE: return 8;
    default: return 0;
  }
}

static packet_kind parse_transport(packet *p) {
  uint32_t least = least_header(p->transport);
  if (!least) return PACKET_WHOLE;
  if (p->body_wire < least) return PACKET_MALFORMED;
  if (p->body.left < 4) return PACKET_TRUNCATED;
  p->source_port = be16(p->body.at);
  p->destination_port = be16(p->body.at + 2);
  if (p->transport == TRANSPORT_TCP) return parse_tcp(p);
  return p->transport == TRANSPORT_SCTP ? PACKET_WHOLE : parse_udp(p);
}

static packet_kind parse_ipv4(packet *p, reader in, uint32_t wire) {
  if (in.left < 20) return PACKET_TRUNCATED;
  const uint8_t *h = in.at;
  uint32_t header = (uint32_t)(h[0] & 15) * 4, total = be16(h + 2);
  if (!total) total = wire;
  if (header < 20 || total < header) return PACKET_MALFORMED;
  p->version = 4;
  p->transport = h[9];
  p->source = h + 12;
  p->destination = h + 16;
  if (!skip(&in, header)) return PACKET_TRUNCATED;
  bound_body(p, &in, header, total, wire);
  uint16_t frag = be16(h + 6);
  p->fragment_offset = (uint32_t)(frag & 0x1fff) * 8;
  p->more_fragments = frag & 0x2000;
  p->fragment_id = be16(h + 4);
  if (p->fragment_offset || p->more_fragments) return PACKET_FRAGMENT;
  return parse_transport(p);
}

/* RFC 2675 2: the jumbo option holds the length that 16 bits cannot. */
static uint32_t jumbo_length(reader options) {
  uint8_t type, len;
  while (get_u8(&options, &type)) {
    if (type == 0) continue;
    reader value;
    if (!get_u8(&options, &len) || !get_bytes(&options, len, &value)) return 0;
    if (type == 0xc2 && len == 4) return be32(value.at);
  }
  return 0;
}

/* Takes one extension header off; false when `next` is not one or it is cut. */
static bool take_extension(packet *p, reader *in, uint8_t *next, uint32_t *jumbo) {
  uint8_t type = *next;
  if (in->left < 8) return false;
  const uint8_t *h = in->at;
  size_t len = ((size_t)h[1] + 1) * 8;
  if (type == NEXT_FRAGMENT) {
    len = 8;
    uint16_t frag = be16(h + 2);
    p->fragment_offset = frag & 0xfff8u;
    p->more_fragments = frag & 1;
    p->fragment_id = be32(h + 4);
  } else if (type == TRANSPORT_AH) {
    len = ((size_t)h[1] + 2) * 4; /* RFC 4302 2.2: in words, less two */
  }
  reader header;
  if (!get_bytes(in, len, &header)) return false;
  if (type == NEXT_HOP_BY_HOP && !*jumbo) *jumbo = jumbo_length(reader_of(header.at + 2, len - 2));
  *next = h[0];
  return true;
}

static bool is_extension(uint8_t next) {
  return next == NEXT_HOP_BY_HOP || next == NEXT_ROUTING || next == NEXT_FRAGMENT ||
         next == NEXT_OPTIONS || next == TRANSPORT_AH || next == NEXT_MOBILITY ||
         next == NEXT_HIP || next == NEXT_SHIM6;
}

/* Takes all extension headers off, up to and with one that begins a fragment. */
static packet_kind take_extensions(packet *p, reader *in, uint8_t *next, uint32_t *jumbo,
                                   bool cut) {
  for (unsigned i = 0; is_extension(*next); i++) {
    if (i == EXTENSION_MAX) return PACKET_MALFORMED;
    if (!take_extension(p, in, next, jumbo)) return cut ? PACKET_TRUNCATED : PACKET_MALFORMED;
    if (p->fragment_offset || p->more_fragments) return PACKET_FRAGMENT;
  }
  return PACKET_WHOLE;
}

static packet_kind parse_ipv6(packet *p, reader in, uint32_t wire) {
  if (in.left < 40) return PACKET_TRUNCATED;
  const uint8_t *h = in.at;
  uint32_t captured = (uint32_t)in.left, said = be16(h + 4), jumbo = 0;
  uint8_t next = h[6];
  p->version = 6;
  p->source = h + 8;
  p->destination = h + 24;
  skip(&in, 40);
  if (said && in.left > said) in.left = said;
  const uint8_t *body = in.at;
  packet_kind kind = take_extensions(p, &in, &next, &jumbo, captured < wire);
  if (kind != PACKET_WHOLE && kind != PACKET_FRAGMENT) return kind;
  p->transport = next;
  uint32_t headers = 40 + (uint32_t)(in.at - body);
  uint32_t total = said ? 40 + said : jumbo && jumbo <= UINT32_MAX - 40 ? 40 + jumbo : wire;
  if (total < headers) return PACKET_MALFORMED;
  bound_body(p, &in, headers, total, wire);
  return kind == PACKET_FRAGMENT ? kind : parse_transport(p);
}

packet_kind packet_parse_joined(packet *p) {
  uint32_t jumbo = 0, before = (uint32_t)p->body.left;
  if (p->version == 6) {
    bool cut = p->body.left < p->body_wire;
    packet_kind kind = take_extensions(p, &p->body, &p->transport, &jumbo, cut);
    if (kind != PACKET_WHOLE) return kind == PACKET_FRAGMENT ? PACKET_MALFORMED : kind;
    p->body_wire -= before - (uint32_t)p->body.left;
  }
  return parse_transport(p);
}

void packet_parse(packet *out, const weir_packet *in) {
  *out = (packet){0};
  reader bytes = reader_of(in->data, in->len);
  uint32_t wire = in->wire_len > in->len ? in->wire_len : in->len;
  uint8_t version = bytes.left ? bytes.at[0] >> 4 : 4;
  packet_kind kind = version == 4   ? parse_ipv4(out, bytes, wire)
                     : version == 6 ? parse_ipv6(out, bytes, wire)
                                    : PACKET_UNSUPPORTED;
  out->kind = (uint8_t)kind;
}
