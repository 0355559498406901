/* portable.h -- the primitives behind weir_crypto_portable(), in plain C11. */
#ifndef WEIR_PORTABLE_H
#define WEIR_PORTABLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* FIPS 180-4 6.2.2. */
void portable_sha256(uint32_t state[8], const uint8_t *data, size_t blocks);

/* FIPS 197: the key schedule of AES-128, and one block under it. */
typedef struct portable_aes {
  uint32_t round_key[44];
} portable_aes;
void portable_aes_init(portable_aes *aes, const uint8_t key[16]);
void portable_aes_encrypt(const portable_aes *aes, const uint8_t in[16], uint8_t out[16]);

/* SP 800-38D 6.4.  `upper` holds the bytes that come first in a block. */
typedef struct portable_u128 {
  uint64_t upper, lower;
} portable_u128;
typedef struct portable_ghash {
  portable_u128 h, y;
} portable_ghash;
void portable_ghash_init(portable_ghash *g, const uint8_t h[16]);
/* Any length; what is missing to a whole block counts as zeros. */
void portable_ghash_update(portable_ghash *g, const uint8_t *data, size_t len);
/* The last block, the lengths in bytes; then the hash. */
void portable_ghash_final(portable_ghash *g, uint64_t aad_len, uint64_t len, uint8_t out[16]);

static inline uint32_t portable_be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void portable_put_be32(uint8_t *p, uint32_t v) {
  uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
  memcpy(p, b, sizeof b);
}

#endif
