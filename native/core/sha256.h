/* sha256.h -- SHA-256 over a message in pieces (FIPS 180-4), on the provider's compression function.
 *
 * The state is plain data: copying it forks the hash, which HMAC uses to keep a keyed midstate. */
#ifndef WEIR_SHA256_H
#define WEIR_SHA256_H

#include "weir.h"

#define SHA256_LEN   32
#define SHA256_BLOCK 64

typedef struct sha256 {
  uint32_t state[8];
  uint64_t len;                /* bytes hashed so far */
  uint8_t block[SHA256_BLOCK]; /* len % 64 of them wait here */
} sha256;

void sha256_init(sha256 *h);

/* `crypto` must be the same provider in every call for one message. */
void sha256_update(sha256 *h, const weir_crypto *crypto, const void *data, size_t len);

/* Ends the message; `h` must be initialised again before it is used again. */
void sha256_final(sha256 *h, const weir_crypto *crypto, uint8_t digest[SHA256_LEN]);

#endif
