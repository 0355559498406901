#include "reply.h"

#include "checksum.h"

#define HOPS        64 /* RFC 1700; the packet goes no farther than this host */
#define TCP_HEADER  20
#define UDP_HEADER  8
#define ICMP_HEADER 4

static void put_u16(uint8_t *p, uint32_t v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}

static void put_u32(uint8_t *p, uint32_t v) {
  put_u16(p, v >> 16);
  put_u16(p + 2, v);
}

static size_t address_len(const packet *p) { return p->version == 4 ? 4 : 16; }
static size_t ip_len(const packet *p) { return p->version == 4 ? 20 : 40; }

/* One host and no other (RFC 1122 3.2.1.3, RFC 4291 2.5.2, 2.7). */
static bool is_unicast(const packet *p, const uint8_t *address) {
  static const uint8_t nobody[16] = {0};
  if (!memcmp(address, nobody, address_len(p))) return false;
  return p->version == 4 ? address[0] < 224 && address[0] != 0 : address[0] != 0xff;
}

static size_t transport_len(uint8_t transport) {
  if (transport == TRANSPORT_TCP) return TCP_HEADER;
  return transport == TRANSPORT_UDP ? UDP_HEADER : ICMP_HEADER;
}

bool reply_open(reply *out, const packet *to, uint8_t transport, uint8_t *base, size_t room) {
  size_t headers = ip_len(to) + transport_len(transport);
  if (room < REPLY_HEADERS_MAX || !is_unicast(to, to->source) || !is_unicast(to, to->destination))
    return false;
  *out = (reply){to, base, base + headers, room - headers};
  return true;
}

/* The IP header before `len` bytes of transport, and the sum that the transport's checksum begins
 * with (RFC 9293 3.1, RFC 8200 8.1). */
static uint64_t put_ip(const reply *r, uint8_t transport, size_t len) {
  size_t header = ip_len(r->to), address = address_len(r->to);
  uint8_t *h = r->base;
  memset(h, 0, header);
  memcpy(h + header - 2 * address, r->to->destination, address);
  memcpy(h + header - address, r->to->source, address);
  if (r->to->version == 4) {
    h[0] = 0x45;
    put_u16(h + 2, (uint32_t)(header + len));
    h[6] = 0x40; /* don't fragment: no identification is needed (RFC 6864 4.1) */
    h[8] = HOPS;
    h[9] = transport;
    put_u16(h + 10, checksum_end(checksum_add(0, h, header)));
  } else {
    h[0] = 0x60;
    put_u16(h + 4, (uint32_t)len);
    h[6] = transport;
    h[7] = HOPS;
  }
  return checksum_add(transport + (uint64_t)len, h + header - 2 * address, 2 * address);
}

size_t reply_tcp(const reply *r, uint32_t seq, uint32_t ack, uint8_t flags, size_t len) {
  uint8_t *h = r->payload - TCP_HEADER;
  uint64_t sum = put_ip(r, TRANSPORT_TCP, TCP_HEADER + len);
  memset(h, 0, TCP_HEADER);
  put_u16(h, r->to->destination_port);
  put_u16(h + 2, r->to->source_port);
  put_u32(h + 4, seq);
  put_u32(h + 8, ack);
  h[12] = TCP_HEADER / 4 << 4;
  h[13] = flags;
  if (!(flags & TCP_RST)) put_u16(h + 14, 0xffff);
  put_u16(h + 16, checksum_end(checksum_add(sum, h, TCP_HEADER + len)));
  return (size_t)(r->payload - r->base) + len;
}

size_t reply_udp(const reply *r, size_t len) {
  uint8_t *h = r->payload - UDP_HEADER;
  uint64_t sum = put_ip(r, TRANSPORT_UDP, UDP_HEADER + len);
  put_u16(h, r->to->destination_port);
  put_u16(h + 2, r->to->source_port);
  put_u16(h + 4, (uint32_t)(UDP_HEADER + len));
  put_u16(h + 6, 0);
  uint16_t checksum = checksum_end(checksum_add(sum, h, UDP_HEADER + len));
  put_u16(h + 6, checksum ? checksum : 0xffff); /* zero says that there is none (RFC 768) */
  return (size_t)(r->payload - r->base) + len;
}

size_t reply_icmp(const reply *r, uint8_t type, uint8_t code, size_t len) {
  uint8_t *h = r->payload - ICMP_HEADER;
  uint8_t transport = r->to->version == 4 ? TRANSPORT_ICMP : TRANSPORT_ICMPV6;
  uint64_t sum = put_ip(r, transport, ICMP_HEADER + len);
  if (transport == TRANSPORT_ICMP) sum = 0; /* RFC 792: only ICMPv6 sums the addresses up, too */
  h[0] = type;
  h[1] = code;
  put_u16(h + 2, 0);
  put_u16(h + 2, checksum_end(checksum_add(sum, h, ICMP_HEADER + len)));
  return (size_t)(r->payload - r->base) + len;
}
