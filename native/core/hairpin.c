/* hairpin.c -- allowed packets back into the host's own stack, to a listener, and its packets back to
 * the client.
 *
 * A flow's place in the flow table is its address and port as the listener sees them, so that no
 * further table is needed: the one that is there is bounded, and both ways are found at once.  Flows that
 * take the same place one after the other have different addresses, for the listener's system
 * remembers a flow for a while after its end (RFC 9293 3.6, TIME-WAIT).
 *
 * Nobody need be told that a packet is too big (RFC 1191, RFC 8201): it goes back as long as it came, by the
 * device that it came by, whose MTU the sender's system knows (test/netns/pmtu.test.ts). */
#include "arrival.h"
#include "checksum.h"
#include "engine.h"
#include "reply.h"

#define PORT_FIRST  0x8000u
#define PORTS       0x8000u
#define GENERATIONS 0x4000u /* addresses for so many flows */
#define TCP_SUM_AT  16
#define UDP_SUM_AT  6

/* A packet's headers, where they can be written to. */
typedef struct headers {
  uint8_t *source, *destination, *transport;
  uint8_t *ip_sum, *sum; /* NULL: none */
  size_t address_len;
  uint8_t protocol;
} headers;

static uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }

static void put16(uint8_t *p, uint32_t v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}

/* Whole TCP and UDP without extension headers: no others come from sockets of this host. */
static bool find_headers(uint8_t *ip, size_t len, headers *out) {
  *out = (headers){0};
  if (len < 20) return false;
  size_t header = ip[0] >> 4 == 4 ? (ip[0] & 15u) * 4u : 40;
  if (ip[0] >> 4 == 4) {
    if (header < 20 || (get16(ip + 6) & 0x3fff)) return false; /* a fragment */
    out->protocol = ip[9];
    out->ip_sum = ip + 10;
    out->source = ip + 12;
    out->destination = ip + 16;
    out->address_len = 4;
  } else if (ip[0] >> 4 == 6 && len >= 40) {
    out->protocol = ip[6];
    out->source = ip + 8;
    out->destination = ip + 24;
    out->address_len = 16;
  } else {
    return false;
  }
  size_t least = out->protocol == TRANSPORT_TCP ? 20 : 8;
  if ((out->protocol != TRANSPORT_TCP && out->protocol != TRANSPORT_UDP) || len < header + least)
    return false;
  out->transport = ip + header;
  out->sum = out->transport + (out->protocol == TRANSPORT_TCP ? TCP_SUM_AT : UDP_SUM_AT);
  return true;
}

/* RFC 1624 3: the sum as it is when `len` bytes of what it covers change. */
static void adjust(uint8_t *sum, const uint8_t *from, const uint8_t *to, size_t len,
                   bool is_partial) {
  uint64_t now = is_partial ? get16(sum) : ~get16(sum) & 0xffff;
  for (size_t i = 0; i < len; i += 2) now += (~get16(from + i) & 0xffff) + get16(to + i);
  uint16_t folded = checksum_end(now);
  put16(sum, is_partial ? (uint16_t)~folded : folded);
}

/* Overwrites a part of the headers, and keeps both sums right.  A checksum that is left to the device covers
 * addresses only (`is_partial`), and is not complemented. */
static void rewrite(const headers *h, uint8_t *at, const uint8_t *to, size_t len, bool is_partial) {
  bool is_address = at < h->transport, has_sum = h->protocol == TRANSPORT_TCP || get16(h->sum);
  if (is_address && h->ip_sum) adjust(h->ip_sum, at, to, len, false);
  if (has_sum && (is_address || !is_partial)) {
    adjust(h->sum, at, to, len, is_partial);
    /* RFC 768: zero would say that there is none. */
    if (h->protocol == TRANSPORT_UDP && !is_partial && !get16(h->sum)) put16(h->sum, 0xffff);
  }
  memcpy(at, to, len);
}

/* ---- where flows seem to come from ------------------------------------------- */

static const uint8_t *octets_of(const weir_addr *address, const headers *h) {
  return address->octets + 16 - h->address_len;
}

static weir_addr mask_address(const weir_addr *first, uint32_t index, uint64_t id) {
  weir_addr a = *first;
  uint32_t more = index / PORTS * GENERATIONS + (uint32_t)(id % GENERATIONS);
  for (unsigned i = 16; i-- > 12 && more; more >>= 8) {
    more += a.octets[i];
    a.octets[i] = (uint8_t)more;
  }
  return a;
}

/* The flow that seems to come from there; FLOW_NONE when it is no such address, or no flow. */
static uint32_t flow_behind(const weir_engine *e, const weir_hairpin *hairpin, const headers *h,
                            const uint8_t *address, uint32_t port) {
  const uint8_t *first = octets_of(h->address_len == 4 ? &hairpin->mask4 : &hairpin->mask6, h);
  size_t last = h->address_len - 4;
  if (port < PORT_FIRST || memcmp(address, first, last)) return FLOW_NONE;
  uint32_t offset = (get16(address + last) << 16 | get16(address + last + 2)) -
                    (get16(first + last) << 16 | get16(first + last + 2));
  uint64_t index = (uint64_t)(offset / GENERATIONS) * PORTS + (port - PORT_FIRST);
  if (index >= e->flows.used || e->flows.flow[index].id % GENERATIONS != offset % GENERATIONS)
    return FLOW_NONE;
  const flow_key *key = &e->flows.flow[index].key;
  if (key->transport != h->protocol || key->version != (h->address_len == 4 ? 4 : 6))
    return FLOW_NONE;
  /* It may have ended, and its place not be taken yet. */
  return flow_find(&e->flows, key, flow_hash(e->flows.seed, key)) == index ? (uint32_t)index
                                                                           : FLOW_NONE;
}

/* ---- public ------------------------------------------------------------------ */

bool weir_hairpin_forth(const weir_engine *engine, const weir_hairpin *hairpin, uint8_t *ip,
                        size_t len, bool is_partial) {
  headers h;
  arrival a;
  uint8_t port[2];
  weir_packet in = {.data = ip, .len = (uint32_t)len};
  if (!find_headers(ip, len, &h)) return false;
  uint32_t to = h.protocol == TRANSPORT_TCP ? hairpin->tcp_port : hairpin->udp_port;
  arrival_of(&a, &in, engine->flows.seed);
  if (!to || a.view.kind != PACKET_WHOLE) return false;
  uint32_t index = flow_find(&engine->flows, &a.key, a.hash);
  if (index == FLOW_NONE) return false;
  bool v4 = h.address_len == 4;
  weir_addr mask =
      mask_address(v4 ? &hairpin->mask4 : &hairpin->mask6, index, engine->flows.flow[index].id);
  rewrite(&h, h.source, octets_of(&mask, &h), h.address_len, is_partial);
  rewrite(&h, h.destination, octets_of(v4 ? &hairpin->own4 : &hairpin->own6, &h), h.address_len,
          is_partial);
  put16(port, PORT_FIRST + index % PORTS);
  rewrite(&h, h.transport, port, 2, is_partial);
  put16(port, to);
  rewrite(&h, h.transport + 2, port, 2, is_partial);
  return true;
}

static void end_of(const flow *f, unsigned side, const headers *h, const uint8_t **address,
                   uint8_t port[2]) {
  unsigned i = side ^ !!(f->flags & FLOW_CLIENT_IS_1);
  *address = f->key.address[i] + 16 - h->address_len;
  put16(port, f->key.port[i]);
}

static bool is_listener(const weir_hairpin *hairpin, const headers *h) {
  uint32_t port = h->protocol == TRANSPORT_TCP ? hairpin->tcp_port : hairpin->udp_port;
  const weir_addr *own = h->address_len == 4 ? &hairpin->own4 : &hairpin->own6;
  return port && get16(h->transport) == port &&
         !memcmp(h->source, octets_of(own, h), h->address_len);
}

weir_turn weir_hairpin_back(const weir_engine *engine, const weir_hairpin *hairpin, uint8_t *ip,
                            size_t len, bool is_partial) {
  headers h;
  uint8_t port[2];
  const uint8_t *address;
  if (!find_headers(ip, len, &h) || !is_listener(hairpin, &h)) return WEIR_TURN_NONE;
  uint32_t index = flow_behind(engine, hairpin, &h, h.destination, get16(h.transport + 2));
  if (index == FLOW_NONE) return WEIR_TURN_STALE;
  const flow *f = &engine->flows.flow[index];
  end_of(f, 1, &h, &address, port); /* from the server, as the client sees it */
  rewrite(&h, h.source, address, h.address_len, is_partial);
  rewrite(&h, h.transport, port, 2, is_partial);
  end_of(f, 0, &h, &address, port);
  rewrite(&h, h.destination, address, h.address_len, is_partial);
  rewrite(&h, h.transport + 2, port, 2, is_partial);
  return WEIR_TURN_SERVER;
}

size_t weir_hairpin_reset(const weir_engine *engine, const weir_hairpin *hairpin,
                          const weir_packet *in, uint8_t *out, size_t room) {
  packet p;
  reply r;
  packet_parse(&p, in);
  if (p.kind != PACKET_WHOLE || p.transport != TRANSPORT_TCP || !(p.tcp_flags & TCP_ACK) ||
      p.tcp_flags & (TCP_SYN | TCP_RST))
    return 0;
  /* A reply to a packet from the other side is one from this side. */
  packet from_server = p;
  from_server.source = p.destination;
  from_server.destination = p.source;
  from_server.source_port = p.destination_port;
  from_server.destination_port = p.source_port;
  if (!reply_open(&r, &from_server, TRANSPORT_TCP, out, room)) return 0;
  size_t len = reply_tcp(&r, p.seq, p.ack, TCP_RST | TCP_ACK, 0);
  return weir_hairpin_forth(engine, hairpin, out, len, false) ? len : 0;
}

bool weir_hairpin_original(const weir_engine *engine, const weir_hairpin *hairpin,
                           uint8_t transport, const weir_addr *from, uint16_t port,
                           weir_tuple *out) {
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  headers h = {.protocol = transport, .address_len = 16};
  if (!memcmp(from->octets, mapped, sizeof mapped)) h.address_len = 4;
  uint32_t index = flow_behind(engine, hairpin, &h, octets_of(from, &h), port);
  if (index == FLOW_NONE) return false;
  const flow *f = &engine->flows.flow[index];
  unsigned client = !!(f->flags & FLOW_CLIENT_IS_1);
  *out = (weir_tuple){.client_port = f->key.port[client],
                      .server_port = f->key.port[!client],
                      .transport = transport,
                      .ip_version = f->key.version};
  memcpy(out->client.octets, f->key.address[client], 16);
  memcpy(out->server.octets, f->key.address[!client], 16);
  return true;
}
