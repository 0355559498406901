/* checksum.h -- the Internet checksum (RFC 1071). */
#ifndef WEIR_CHECKSUM_H
#define WEIR_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds `len` bytes, as 16-bit words in network order, to a sum that has not been folded.  An odd
 * last byte is the upper half of a word: only the last piece of a sum may have an odd length. */
static inline uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len) {
  for (; len >= 2; len -= 2, bytes += 2) sum += (uint32_t)bytes[0] << 8 | bytes[1];
  return len ? sum + ((uint32_t)bytes[0] << 8) : sum;
}

/* The complement of the sum, folded: what goes into the field. */
static inline uint16_t checksum_end(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

#endif
