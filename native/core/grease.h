/* grease.h -- values that mean nothing, sent to keep servers tolerant (RFC 8701). */
#ifndef WEIR_GREASE_H
#define WEIR_GREASE_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 8701 2: 0x0a0a, 0x1a1a and so on to 0xfafa, in every two-byte code space
 * of TLS; as ALPN names, these two bytes. */
static inline bool is_grease(uint16_t code) {
  return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

#endif
