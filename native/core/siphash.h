/* siphash.h -- SipHash-1-3, a keyed hash for tables that a sender of packets must not be able to fill unevenly.
 *
 * The same key and input give the same hash on every machine: bytes are read as little-endian
 * words. */
#ifndef WEIR_SIPHASH_H
#define WEIR_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct siphash {
  uint64_t v0, v1, v2, v3;
} siphash;

static inline uint64_t siphash_rotate(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

static inline void siphash_round(siphash *s) {
  s->v0 += s->v1;
  s->v1 = siphash_rotate(s->v1, 13) ^ s->v0;
  s->v0 = siphash_rotate(s->v0, 32);
  s->v2 += s->v3;
  s->v3 = siphash_rotate(s->v3, 16) ^ s->v2;
  s->v0 += s->v3;
  s->v3 = siphash_rotate(s->v3, 21) ^ s->v0;
  s->v2 += s->v1;
  s->v1 = siphash_rotate(s->v1, 17) ^ s->v2;
  s->v2 = siphash_rotate(s->v2, 32);
}

static inline siphash siphash_begin(const uint64_t key[2]) {
  return (siphash){key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                   key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
}

static inline void siphash_absorb(siphash *s, uint64_t word) {
  s->v3 ^= word;
  siphash_round(s);
  s->v0 ^= word;
}

static inline uint64_t siphash_end(siphash *s) {
  s->v2 ^= 0xff;
  siphash_round(s);
  siphash_round(s);
  siphash_round(s);
  return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* By shifts: no alignment or byte order assumed, and still one load where the machine has it. */
static inline uint64_t siphash_load(const uint8_t *p) {
  return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
         (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline uint64_t siphash13(const uint64_t key[2], const void *data, size_t len) {
  siphash s = siphash_begin(key);
  const uint8_t *at = (const uint8_t *)data;
  size_t left = len;
  for (; left >= 8; left -= 8, at += 8) siphash_absorb(&s, siphash_load(at));
  uint64_t last = (uint64_t)len << 56;
  for (size_t i = 0; i < left; i++) last |= (uint64_t)at[i] << (8 * i);
  siphash_absorb(&s, last);
  return siphash_end(&s);
}

#endif
