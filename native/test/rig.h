/* rig.h -- an engine under test: flows are played into it, records come out as a list. */
#ifndef WEIR_RIG_H
#define WEIR_RIG_H

#include "test.h"

#include "crypto.h"
#include "engine.h"
#include "ruleset_golden.h"
#include "wire.h"

typedef struct rig {
  weir_engine *engine;
  void *memory;
  weir_crypto crypto;
  uint64_t now_us;
  weir_result result; /* of the last packet */
  weir_record *records;
  size_t count;
} rig;

/* The rules of fixtures/lists. */
static inline const weir_ruleset *rig_rules(void) {
  static weir_ruleset rules;
  static _Alignas(64) unsigned char file[sizeof ruleset_golden];
  memcpy(file, ruleset_golden, sizeof file);
  CHECK_EQ(weir_ruleset_open(&rules, (weir_bytes){file, sizeof file}), WEIR_OK);
  return &rules;
}

/* Small, so that every pool can be emptied. */
static inline weir_config rig_config(void) {
  weir_config c;
  weir_config_init(&c);
  c.max_flows = 64;
  c.max_assemblers = 8;
  c.assembler_bytes = 8192;
  c.max_records = 1024;
  c.max_fragments = 4;
  c.max_hints = 64;
  c.max_dns_pending = 64;
  c.max_names = 512;
  return c;
}

static inline rig rig_with(const weir_config *config) {
  rig r = {.now_us = UINT64_C(1700000000000000)};
  size_t size = weir_engine_size(config);
  r.memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
  memset(r.memory, 0, size);
  CHECK_EQ(weir_engine_init(&r.engine, r.memory, size, config), WEIR_OK);
  return r;
}

static inline rig rig_new(void) {
  static weir_crypto crypto; /* outlives every engine */
  weir_config c = rig_config();
  weir_crypto_portable(&crypto);
  c.crypto = &crypto;
  return rig_with(&c);
}

static inline rig rig_with_rules(void) {
  rig r = rig_new();
  weir_engine_use(r.engine, rig_rules());
  return r;
}

static inline void rig_free(rig *r) { free(r->memory), free(r->records); }

static inline void rig_drain(rig *r) {
  size_t n;
  const weir_record *from;
  while ((from = weir_records(r->engine, &n)), n > 0) {
    r->records = realloc(r->records, (r->count + n) * sizeof *from);
    memcpy(&r->records[r->count], from, n * sizeof *from);
    r->count += n;
    weir_records_release(r->engine, n);
  }
}

/* A millisecond later, `len` bytes of IP in memory of exactly that length. */
static inline void rig_packet(rig *r, const uint8_t *bytes, size_t len, size_t wire_len) {
  uint8_t *copy = malloc(len ? len : 1);
  memcpy(copy, bytes, len);
  weir_packet p = {.data = copy,
                   .len = (uint32_t)len,
                   .wire_len = (uint32_t)wire_len,
                   .now_us = r->now_us += 1000};
  while (!weir_inspect(r->engine, &p, 1, &r->result)) rig_drain(r);
  free(copy);
}

static inline void rig_tcp(rig *r, const wire_ends *e, unsigned down, uint32_t seq, uint8_t flags,
                           const void *payload, size_t len) {
  uint8_t bytes[WIRE_HEADERS_MAX + 4096];
  rig_packet(r, bytes, wire_tcp(bytes, e, down, seq, flags, payload, len), 0);
}

static inline void rig_udp(rig *r, const wire_ends *e, unsigned down, const void *payload,
                           size_t len) {
  uint8_t bytes[WIRE_HEADERS_MAX + 4096];
  rig_packet(r, bytes, wire_udp(bytes, e, down, payload, len), 0);
}

/* SYN and SYN-ACK; the client's first byte is `seq`, the server's 5001. */
static inline void rig_handshake(rig *r, const wire_ends *e, uint32_t seq) {
  rig_tcp(r, e, 0, seq - 1, TCP_SYN, NULL, 0);
  rig_tcp(r, e, 1, 5000, TCP_SYN | TCP_ACK, NULL, 0);
}

static inline void rig_finish(rig *r) {
  while (!weir_finish(r->engine)) rig_drain(r);
  rig_drain(r);
}

static inline weir_counters rig_counters(const rig *r) {
  weir_counters c;
  weir_get_counters(r->engine, &c);
  return c;
}

/* The i-th record of a kind; an empty one when there are not so many. */
static inline weir_record rig_record(const rig *r, weir_record_kind kind, size_t i) {
  for (size_t k = 0; k < r->count; k++)
    if (r->records[k].kind == kind && !i--) return r->records[k];
  return (weir_record){0};
}

static inline size_t rig_count(const rig *r, weir_record_kind kind) {
  size_t n = 0;
  for (size_t k = 0; k < r->count; k++) n += r->records[k].kind == kind;
  return n;
}

#define CHECK_NAME(record, expected) CHECK_TEXT((record).name, (record).name_len, expected)

/* ---- messages -------------------------------------------------------------- */

/* A ClientHello for `host` in one TLS record; its length. */
static inline size_t rig_hello(uint8_t *out, const char *host) {
  size_t sni = strlen(host), n = 0, extensions = 9 + sni + 7,
         body = 2 + 32 + 1 + 4 + 2 + 2 + extensions;
  static const uint8_t middle[] = {0, 0, 2, 0x13, 0x01, 1, 0};
  static const uint8_t versions[] = {0, 43, 0, 3, 2, 3, 4};
  out[n++] = 22, out[n++] = 3, out[n++] = 1;
  wire_put16(out + n, (uint32_t)(4 + body)), n += 2;
  wire_put32(out + n, (uint32_t)(1u << 24 | body)), n += 4;
  wire_put16(out + n, 0x0303), n += 2;
  memset(out + n, 0x5a, 32), n += 32;
  memcpy(out + n, middle, sizeof middle), n += sizeof middle;
  wire_put16(out + n, (uint32_t)extensions), n += 2;
  wire_put16(out + n, 0), wire_put16(out + n + 2, (uint32_t)(5 + sni)),
      wire_put16(out + n + 4, (uint32_t)(3 + sni));
  out[n + 6] = 0;
  wire_put16(out + n + 7, (uint32_t)sni), n += 9;
  memcpy(out + n, host, sni), n += sni;
  memcpy(out + n, versions, sizeof versions);
  return n + sizeof versions;
}

static inline size_t rig_dns_name(uint8_t *out, const char *host) {
  size_t n = 0;
  while (*host) {
    size_t label = strcspn(host, ".");
    out[n++] = (uint8_t)label;
    memcpy(out + n, host, label), n += label;
    host += label + (host[label] == '.');
  }
  out[n++] = 0;
  return n;
}

/* A query (no `address`) or the response that gives `host` the IPv4 address `address`. */
static inline size_t rig_dns(uint8_t *out, uint16_t id, const char *host, uint16_t type,
                             const uint8_t address[4]) {
  size_t n = 12;
  memset(out, 0, 12);
  wire_put16(out, id);
  wire_put16(out + 2, address ? 0x8180 : 0x0100);
  out[5] = 1;
  out[7] = address != NULL;
  n += rig_dns_name(out + n, host);
  wire_put16(out + n, type), wire_put16(out + n + 2, 1), n += 4;
  if (!address) return n;
  wire_put16(out + n, 0xc00c), wire_put16(out + n + 2, 1), wire_put16(out + n + 4, 1);
  wire_put32(out + n + 6, 300), wire_put16(out + n + 10, 4);
  memcpy(out + n + 12, address, 4);
  return n + 16;
}

#endif
