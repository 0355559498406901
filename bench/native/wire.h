/* wire.h -- packets for benchmarks: the i-th flow's, written over a template. */
#ifndef WEIR_BENCH_WIRE_H
#define WEIR_BENCH_WIRE_H

#include <stdint.h>
#include <string.h>

#define WIRE_IP 20u
#define WIRE_TCP 20u
#define WIRE_HEADERS (WIRE_IP + WIRE_TCP)

static inline void wire_u16(uint8_t *p, uint32_t v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}

static inline void wire_u32(uint8_t *p, uint32_t v) {
  wire_u16(p, v >> 16);
  wire_u16(p + 2, v);
}

/* IPv4 and TCP headers with `body` bytes behind them; returns the packet's length. */
static inline uint32_t wire_template(uint8_t *p, uint8_t flags, uint32_t body) {
  memset(p, 0, WIRE_HEADERS);
  p[0] = 0x45;
  wire_u16(p + 2, WIRE_HEADERS + body);
  p[8] = 64;
  p[9] = 6;
  p[WIRE_IP + 12] = 0x50;
  p[WIRE_IP + 13] = flags;
  return WIRE_HEADERS + body;
}

/* Client 10.x.x.x, server 198.18.x.x (RFC 2544) port 443. */
static inline void wire_ends(uint8_t *p, uint32_t index, int down) {
  uint8_t *client = p + (down ? 16 : 12), *server = p + (down ? 12 : 16);
  uint8_t *client_port = p + WIRE_IP + (down ? 2 : 0), *server_port = p + WIRE_IP + (down ? 0 : 2);
  wire_u32(client, 0x0a000000u + index / 16);
  wire_u32(server, 0xc6120000u + index % 4096);
  wire_u16(client_port, 32768u + index % 16384);
  wire_u16(server_port, 443);
}

static inline void wire_sequence(uint8_t *p, uint32_t sequence) { wire_u32(p + WIRE_IP + 4, sequence); }

/* A ClientHello of `size` bytes, padded (RFC 7685), for the name "www.example.org". */
static inline uint32_t wire_hello(uint8_t *out, uint32_t size) {
  static const uint8_t fixed[] = {
      22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3,
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
      30, 31, /* random */
      0,      /* session ID */
      0, 32, 0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8,
      0xc0, 0x13, 0xc0, 0x14, 0, 0x9c, 0, 0x9d, 0, 0x2f, 0, 0x35, 0, 10, /* ciphers */
      1, 0, /* compression */
      0, 0, /* extensions */
      0, 0, 0, 20, 0, 18, 0, 0, 15, 'w', 'w', 'w', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r', 'g',
      0, 23, 0, 0, 0xff, 1, 0, 1, 0, 0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24, 0, 11, 0, 2, 1, 0, 0, 35, 0, 0,
      0, 16, 0, 14, 0, 12, 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1',
      0, 13, 0, 10, 0, 8, 4, 3, 8, 4, 4, 1, 8, 6, 0, 43, 0, 5, 4, 3, 4, 3, 3, 0, 45, 0, 2, 1, 1,
      0, 21, 0, 0 /* padding */};
  enum { EXTENSIONS_AT = 11 + 32 + 1 + 34 + 2 };
  memset(out, 0, size);
  memcpy(out, fixed, sizeof fixed);
  wire_u16(out + 3, size - 5);
  wire_u16(out + 7, size - 9);
  wire_u16(out + EXTENSIONS_AT, size - EXTENSIONS_AT - 2);
  wire_u16(out + sizeof fixed - 2, size - (uint32_t)sizeof fixed);
  return size;
}

/* A ServerHello for TLS 1.2 without extensions. */
static inline uint32_t wire_server_hello(uint8_t *out) {
  static const uint8_t head[] = {22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
  memset(out, 0, 47);
  memcpy(out, head, sizeof head);
  out[44] = 0xc0;
  out[45] = 0x2f;
  return 47;
}

#endif
