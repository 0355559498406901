/* wire.h -- IP packets written by hand, for tests and fuzz targets. */
#ifndef WEIR_WIRE_H
#define WEIR_WIRE_H

#include <string.h>

#include "packet.h"

#define WIRE_HEADERS_MAX 60u

/* Both ends of a flow as the client sees it; addresses of 4 or 16 bytes. */
typedef struct wire_ends {
  uint8_t version, transport;
  uint8_t address[2][16];
  uint16_t port[2];
} wire_ends;

/* IPv4: 10.0.0.`host` to 198.51.100.`server`. */
static inline wire_ends wire_between(uint8_t transport, uint8_t host, uint16_t host_port,
                                     uint8_t server, uint16_t server_port) {
  wire_ends e = {.version = 4, .transport = transport, .port = {host_port, server_port}};
  memcpy(e.address[0], (uint8_t[]){10, 0, 0, host}, 4);
  memcpy(e.address[1], (uint8_t[]){198, 51, 100, server}, 4);
  return e;
}

static inline void wire_put16(uint8_t *p, uint32_t v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}

static inline void wire_put32(uint8_t *p, uint32_t v) {
  wire_put16(p, v >> 16);
  wire_put16(p + 2, v);
}

/* The IP header before `body` bytes of transport; its length. */
static inline size_t wire_ip(uint8_t *out, const wire_ends *e, unsigned down, size_t body) {
  size_t n = e->version == 4 ? 20 : 40, address = e->version == 4 ? 4 : 16;
  memset(out, 0, n);
  if (e->version == 4) {
    out[0] = 0x45;
    wire_put16(out + 2, (uint32_t)(20 + body));
    out[8] = 64;
    out[9] = e->transport;
  } else {
    out[0] = 0x60;
    wire_put16(out + 4, (uint32_t)body);
    out[6] = e->transport;
    out[7] = 64;
  }
  memcpy(out + n - 2 * address, e->address[down], address);
  memcpy(out + n - address, e->address[!down], address);
  return n;
}

static inline size_t wire_tcp(uint8_t *out, const wire_ends *e, unsigned down, uint32_t seq,
                              uint8_t flags, const void *payload, size_t len) {
  size_t n = wire_ip(out, e, down, 20 + len);
  uint8_t *h = out + n;
  memset(h, 0, 20);
  wire_put16(h, e->port[down]);
  wire_put16(h + 2, e->port[!down]);
  wire_put32(h + 4, seq);
  h[12] = 0x50;
  h[13] = flags;
  if (len) memcpy(h + 20, payload, len);
  return n + 20 + len;
}

static inline size_t wire_udp(uint8_t *out, const wire_ends *e, unsigned down, const void *payload,
                              size_t len) {
  size_t n = wire_ip(out, e, down, 8 + len);
  uint8_t *h = out + n;
  memset(h, 0, 8);
  wire_put16(h, e->port[down]);
  wire_put16(h + 2, e->port[!down]);
  wire_put16(h + 4, (uint32_t)(8 + len));
  if (len) memcpy(h + 8, payload, len);
  return n + 8 + len;
}

/* Bytes [from, to) of `body`, the payload of an IPv4 datagram, as a fragment. */
static inline size_t wire_fragment4(uint8_t *out, const wire_ends *e, uint16_t id,
                                    const uint8_t *body, size_t from, size_t to, bool more) {
  size_t n = wire_ip(out, e, 0, to - from);
  wire_put16(out + 4, id);
  wire_put16(out + 6, (uint32_t)(from / 8) | (more ? 0x2000u : 0));
  memcpy(out + n, body + from, to - from);
  return n + to - from;
}

/* The same in IPv6: `next` is the header that `body` begins with (RFC 8200 4.5). */
static inline size_t wire_fragment6(uint8_t *out, const wire_ends *e, uint32_t id, uint8_t next,
                                    const uint8_t *body, size_t from, size_t to, bool more) {
  size_t n = wire_ip(out, e, 0, 8 + to - from);
  out[6] = 44;
  uint8_t *h = out + n;
  h[0] = next;
  h[1] = 0;
  wire_put16(h + 2, (uint32_t)from | more);
  wire_put32(h + 4, id);
  memcpy(h + 8, body + from, to - from);
  return n + 8 + to - from;
}

#endif
