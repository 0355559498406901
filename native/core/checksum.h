/* checksum.h -- the Internet checksum (RFC 1071). */
#ifndef WEIR_CHECKSUM_H
#define WEIR_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The sum of whole eights, which is the same in either order of bytes but for the order of its own
 * (RFC 1071 2 (B)): taken as they lie in memory, carries come round. */
static inline uint32_t checksum_of_words(const uint8_t *bytes, size_t len) {
  uint64_t sum = 0, word;
  uint8_t pair[2];
  for (size_t i = 0; i < len; i += 8) {
    memcpy(&word, bytes + i, sizeof word);
    sum += word;
    sum += sum < word;
  }
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  uint16_t folded = (uint16_t)sum;
  memcpy(pair, &folded, sizeof pair);
  return (uint32_t)pair[0] << 8 | pair[1];
}

/* Adds `len` bytes, as 16-bit words in network order, to a sum that has not been folded.  An odd
 * last byte is the upper half of a word: only the last piece of a sum may have an odd length. */
static inline uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len) {
  if (len >= 8) {
    size_t whole = len & ~(size_t)7;
    sum += checksum_of_words(bytes, whole);
    bytes += whole;
    len -= whole;
  }
  for (; len >= 2; len -= 2, bytes += 2) sum += (uint32_t)bytes[0] << 8 | bytes[1];
  return len ? sum + ((uint32_t)bytes[0] << 8) : sum;
}

/* The complement of the sum, folded: what goes into the field. */
static inline uint16_t checksum_end(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

#endif
