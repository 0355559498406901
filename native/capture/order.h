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

/* Spelt out, so that compilers make it one load and one byte swap. */
static inline bool get_order32(reader *r, bool big_endian, uint32_t *out) {
  reader b;
  if (!get_bytes(r, 4, &b)) return false;
  uint32_t little = (uint32_t)b.at[0] | (uint32_t)b.at[1] << 8 | (uint32_t)b.at[2] << 16 |
                    (uint32_t)b.at[3] << 24;
  uint32_t big = (uint32_t)b.at[3] | (uint32_t)b.at[2] << 8 | (uint32_t)b.at[1] << 16 |
                 (uint32_t)b.at[0] << 24;
  *out = big_endian ? big : little;
  return true;
}

#endif
