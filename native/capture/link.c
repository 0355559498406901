#include "link.h"

#include "order.h"

enum {
  TYPE_IPV4 = 0x0800,
  TYPE_IPV6 = 0x86dd,
  TYPE_VLAN = 0x8100,
  TYPE_PPPOE = 0x8864,
  TYPE_MPLS = 0x8847,
  TYPE_MPLS_UPSTREAM = 0x8848, /* RFC 5332 */
  TYPE_PROVIDER_VLAN = 0x88a8,
  TYPE_BACKBONE = 0x88e7,    /* 802.1ah */
  TYPE_FABRIC_PATH = 0x8903, /* Cisco: a tag, then a whole frame */
  TYPE_VN_TAG = 0x8926,
  TYPE_OLD_PROVIDER_VLAN = 0x9100,
  LLC_LENGTH_MAX = 1500 /* IEEE 802.3 3.2.6: not an EtherType but a length */
};
enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, LLC_UNNUMBERED = 0x03 };
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };
enum {
  ETHERNET_ADDRESSES = 12,
  MPLS_LABEL = 4,
  CONTROL_WORD = 4, /* RFC 4385 */
  SLL_LLC = 4       /* LINUX_SLL's protocol for frames with an LLC header */
};

/* What one step of unwrapping says: the EtherType of what follows, or END | link_outcome. */
typedef uint32_t layer;
#define END         0x10000u
#define NOT_IP      (END | LINK_NOT_IP)
#define TRUNCATED   (END | LINK_TRUNCATED)
#define UNSUPPORTED (END | LINK_UNSUPPORTED)

/* An EtherType that stands behind `before` bytes. */
static inline layer typed(reader *at, size_t before) {
  uint16_t type;
  return skip(at, before) && get_u16(at, &type) ? type : TRUNCATED;
}

static inline layer ethernet(reader *at) { return typed(at, ETHERNET_ADDRESSES); }

/* IEEE 802.2, and SNAP with an EtherType (RFC 1042; OUI 0000f8 is 802.1H's). */
static layer llc(reader *at) {
  uint8_t destination, source, control;
  uint32_t oui;
  if (!get_u8(at, &destination) || !get_u8(at, &source) || !get_u8(at, &control)) return TRUNCATED;
  if (control != LLC_UNNUMBERED || destination != source) return NOT_IP;
  if (destination == SAP_IP) return TYPE_IPV4;
  if (destination != SAP_SNAP) return NOT_IP;
  if (!get_uint(at, 3, &oui)) return TRUNCATED;
  return oui == 0 || oui == 0x0000f8 ? typed(at, 0) : NOT_IP;
}

/* RFC 1661 2; its protocol field may be compressed to one byte (6.5). */
static layer ppp(reader *at) {
  uint8_t first, second = 0;
  if (!get_u8(at, &first)) return TRUNCATED;
  bool compressed = first & 1;
  if (!compressed && !get_u8(at, &second)) return TRUNCATED;
  switch (compressed ? first : first << 8 | second) {
    case PPP_IPV4: return TYPE_IPV4;
    case PPP_IPV6: return TYPE_IPV6;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST: return TYPE_MPLS;
    default: return NOT_IP;
  }
}

/* RFC 2516 4: version and type, code, session, length; code 0 carries PPP. */
static layer pppoe(reader *at) {
  uint8_t version_type, code;
  uint16_t length;
  if (!get_u8(at, &version_type) || !get_u8(at, &code) || !skip(at, 2) || !get_u16(at, &length))
    return TRUNCATED;
  return version_type == 0x11 && code == 0 ? ppp(at) : NOT_IP;
}

/* Cisco HDLC: address, zero, EtherType. */
static layer cisco_hdlc(reader *at) { return typed(at, 2); }

/* RFC 1662 3.1: address ff and control 03 may be left out.  Routers write Cisco's framing,
 * with address 0f (unicast) or 8f (broadcast), under the same link type. */
static layer ppp_hdlc(reader *at) {
  reader probe = *at;
  uint8_t address;
  if (!get_u8(&probe, &address)) return TRUNCATED;
  if (address == 0x0f || address == 0x8f) return cisco_hdlc(at);
  if (address != 0xff) return ppp(at);
  return skip(at, 2) ? ppp(at) : TRUNCATED;
}

/* Protocols inside which IP may be; ARP and others go no further. */
static bool is_opened(layer type) {
  return type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_VLAN ||
         type == TYPE_PROVIDER_VLAN || type == TYPE_OLD_PROVIDER_VLAN || type == TYPE_VN_TAG ||
         type == TYPE_BACKBONE || type == TYPE_FABRIC_PATH || type == TYPE_PPPOE ||
         type == TYPE_MPLS || type == TYPE_MPLS_UPSTREAM;
}

/* What a label stack carries is not written anywhere: the first nibble is IP's version, or
 * it is an Ethernet frame (RFC 4448), with a control word of nibble 0 before it or without. */
static layer mpls_payload(reader *at) {
  reader probe = *at;
  uint8_t first;
  if (!get_u8(&probe, &first)) return TRUNCATED;
  if (first >> 4 == 4) return TYPE_IPV4;
  if (first >> 4 == 6) return TYPE_IPV6;
  if (first >> 4 == 0) {
    probe = *at;
    layer inner = typed(&probe, CONTROL_WORD + ETHERNET_ADDRESSES);
    if (inner == TRUNCATED) return TRUNCATED;
    if (is_opened(inner)) return *at = probe, inner;
  }
  layer inner = ethernet(at);
  return inner == TRUNCATED || is_opened(inner) ? inner : NOT_IP;
}

/* RFC 3032 2.1: labels up to the one that is marked as the bottom of the stack. */
static layer mpls(reader *at) {
  for (unsigned i = 0; i < LINK_LAYERS_MAX; i++) {
    uint32_t label;
    if (!get_uint(at, MPLS_LABEL, &label)) return TRUNCATED;
    if (label >> 8 & 1) return mpls_payload(at);
  }
  return NOT_IP;
}

static layer step(layer type, reader *at) {
  switch (type) {
    case TYPE_VLAN:
    case TYPE_PROVIDER_VLAN:
    case TYPE_OLD_PROVIDER_VLAN: return typed(at, 2);
    case TYPE_VN_TAG: return typed(at, 4);
    case TYPE_BACKBONE: return typed(at, 4 + ETHERNET_ADDRESSES);
    case TYPE_FABRIC_PATH: return typed(at, 2 + ETHERNET_ADDRESSES);
    case TYPE_PPPOE: return pppoe(at);
    case TYPE_MPLS:
    case TYPE_MPLS_UPSTREAM: return mpls(at);
    default: return type <= LLC_LENGTH_MAX ? llc(at) : NOT_IP;
  }
}

static link_outcome unwrap(layer l, reader at, reader *ip) {
  for (unsigned i = 0; i < LINK_LAYERS_MAX && l < END; i++) {
    if (l == TYPE_IPV4 || l == TYPE_IPV6) {
      *ip = at;
      return at.left ? LINK_IP : LINK_TRUNCATED;
    }
    l = step(l, &at);
  }
  return l < END ? LINK_NOT_IP : (link_outcome)(l & ~END);
}

/* BSD loopback: the address family as the capturing machine wrote it, so in either byte
 * order, and AF_INET6 is another number on each system. */
static layer loopback(reader *at) {
  uint32_t family;
  if (!get_order32(at, true, &family)) return TRUNCATED;
  if (family > UINT16_MAX) family = family >> 24 | (family >> 8 & 0xff00);
  switch (family) {
    case 2: return TYPE_IPV4;
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* Darwin */ return TYPE_IPV6;
    default: return NOT_IP;
  }
}

/* Linux "cooked" captures.  Protocol numbers that are no EtherTypes are Linux's own. */
static layer cooked(layer l) { return l <= LLC_LENGTH_MAX && l != SLL_LLC ? NOT_IP : l; }

static layer linux_sll2(reader *at) {
  reader protocol;
  uint16_t type;
  if (!get_bytes(at, 20, &protocol) || !get_u16(&protocol, &type)) return TRUNCATED;
  return cooked(type);
}

static layer first_layer(uint32_t link_type, reader *frame) {
  switch (link_type) {
    case 0:   /* NULL */
    case 108: /* LOOP: in network byte order, which not every writer knows */
      return loopback(frame);
    case 1: return ethernet(frame);
    case 9: /* PPP */
    case 50: /* PPP_HDLC */ return ppp_hdlc(frame);
    case 51: /* PPP_ETHER */ return pppoe(frame);
    case 12:  /* RAW, on most systems */
    case 14:  /* RAW, on OpenBSD */
    case 101: /* RAW */
    case 228: /* IPV4 */
    case 229: /* IPV6 */ return TYPE_IPV4;
    case 104: return cisco_hdlc(frame);
    case 113: /* LINUX_SLL */ return cooked(typed(frame, 14));
    case 276: return linux_sll2(frame);
    default: return UNSUPPORTED;
  }
}

/* Per-Packet Information: version, flags, length of it all, link type; little-endian. */
static bool without_ppi(reader *frame, uint32_t *link_type) {
  reader header = *frame;
  uint16_t length;
  return skip(&header, 2) && get_order16(&header, false, &length) &&
         get_order32(&header, false, link_type) && length >= 8 && skip(frame, length);
}

/* Most frames, ahead of all the others. */
static bool is_plain_ethernet(uint32_t link_type, reader frame) {
  if (link_type != 1 || frame.left <= ETHERNET_ADDRESSES + 2) return false;
  uint32_t type = (uint32_t)frame.at[ETHERNET_ADDRESSES] << 8 | frame.at[ETHERNET_ADDRESSES + 1];
  return type == TYPE_IPV4 || type == TYPE_IPV6;
}

link_outcome link_to_ip(uint32_t link_type, reader frame, reader *ip) {
  if (is_plain_ethernet(link_type, frame)) {
    skip(&frame, ETHERNET_ADDRESSES + 2);
    *ip = frame;
    return LINK_IP;
  }
  if (link_type == 192 && !without_ppi(&frame, &link_type)) return LINK_TRUNCATED;
  layer first = first_layer(link_type, &frame);
  return unwrap(first, frame, ip);
}
