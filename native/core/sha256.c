#include "sha256.h"

#include <string.h>

/* FIPS 180-4 5.3.3. */
static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void sha256_init(sha256 *h) {
  memcpy(h->state, initial, sizeof initial);
  h->len = 0;
}

void sha256_update(sha256 *h, const weir_crypto *crypto, const void *data, size_t len) {
  if (!len) return;
  const uint8_t *at = data;
  size_t held = (size_t)(h->len % SHA256_BLOCK);
  h->len += len;
  if (held) {
    size_t n = SHA256_BLOCK - held < len ? SHA256_BLOCK - held : len;
    memcpy(h->block + held, at, n);
    at += n;
    len -= n;
    if (held + n < SHA256_BLOCK) return;
    crypto->sha256_compress(crypto->context, h->state, h->block, 1);
  }
  size_t whole = len / SHA256_BLOCK;
  if (whole) crypto->sha256_compress(crypto->context, h->state, at, whole);
  memcpy(h->block, at + whole * SHA256_BLOCK, len % SHA256_BLOCK);
}

/* FIPS 180-4 5.1.1: a one bit, zeros, and the length in bits, up to a whole block. */
void sha256_final(sha256 *h, const weir_crypto *crypto, uint8_t digest[SHA256_LEN]) {
  size_t held = (size_t)(h->len % SHA256_BLOCK);
  h->block[held++] = 0x80;
  if (held > SHA256_BLOCK - 8) {
    memset(h->block + held, 0, SHA256_BLOCK - held);
    crypto->sha256_compress(crypto->context, h->state, h->block, 1);
    held = 0;
  }
  memset(h->block + held, 0, SHA256_BLOCK - 8 - held);
  for (unsigned i = 0; i < 8; i++) h->block[56 + i] = (uint8_t)(h->len * 8 >> (56 - 8 * i));
  crypto->sha256_compress(crypto->context, h->state, h->block, 1);
  for (unsigned i = 0; i < SHA256_LEN; i++)
    digest[i] = (uint8_t)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}
