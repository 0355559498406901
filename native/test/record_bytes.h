/* record_bytes.h -- a record as the bytes that a little-endian machine has of it. */
#ifndef WEIR_RECORD_BYTES_H
#define WEIR_RECORD_BYTES_H

#include <stddef.h>
#include <string.h>

#include "weir.h"

/* Every number of more than a byte; the others are bytes and arrays of bytes. */
/* clang-format off */
#define RECORD_NUMBERS(X) \
  X(flow_id) X(start_us) X(end_us) X(tuple.client_port) X(tuple.server_port) X(rule) X(packets_up) \
  X(packets_down) X(bytes_up) X(bytes_down) X(quic_version) X(tls_version) X(qtype) X(dns_id) \
  X(rcode) X(answers) X(ja4_len) X(ttl) X(generation)
/* clang-format on */
/* These have the place of an ANSWER's address. */
#define RECORD_RULED(X) X(categories) X(overruled)

static inline void number_bytes(const weir_record *r, size_t offset, size_t width, uint8_t *out) {
  const uint8_t *from = (const uint8_t *)r + offset;
  const uint16_t one = 1;
  bool is_little = *(const uint8_t *)&one == 1;
  for (size_t i = 0; i < width; i++) out[offset + i] = from[is_little ? i : width - 1 - i];
}

static inline void record_bytes(const weir_record *r, uint8_t out[sizeof(weir_record)]) {
  memcpy(out, r, sizeof *r);
#define PUT(field) number_bytes(r, offsetof(weir_record, field), sizeof r->field, out);
  RECORD_NUMBERS(PUT)
  if (r->kind == WEIR_RECORD_FLOW || r->kind == WEIR_RECORD_DNS) { RECORD_RULED(PUT) }
#undef PUT
}

#endif
