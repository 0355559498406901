/* order.h -- numbers in the byte order that the file says, which is not always the network's. */
#ifndef WEIR_CAPTURE_ORDER_H
#define WEIR_CAPTURE_ORDER_H

#include "reader.h"

static inline bool get_order16(reader *r, bool big_endian, uint16_t *out) {
  reader b;
  if (!get_bytes(r, 2, &b)) return false;
  *out = (uint16_t)(big_endian ? b.at[0] << 8 | b.at[1] : b.at[1] << 8 | b.at[0]);
  return true;
}

/* Four bytes that are there; spelt out, so that compilers make it one load and one byte swap. */
static inline uint32_t order32(const uint8_t *p, bool big_endian) {
  uint32_t little =
      (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  uint32_t big = (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
  return big_endian ? big : little;
}

static inline bool get_order32(reader *r, bool big_endian, uint32_t *out) {
  reader b;
  if (!get_bytes(r, 4, &b)) return false;
  *out = order32(b.at, big_endian);
  return true;
}

#endif
