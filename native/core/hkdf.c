#include "hkdf.h"

#include <string.h>

static const uint32_t sha256_start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* The hash after the key's block, each byte of it xored with `pad` (RFC 2104 2). */
static void midstate(uint32_t out[8], const weir_crypto *crypto, const uint8_t *key, size_t len,
                     uint8_t pad) {
  uint8_t block[64] = {0};
  memcpy(block, key, len);
  for (unsigned i = 0; i < sizeof block; i++) block[i] ^= pad;
  memcpy(out, sha256_start, sizeof sha256_start);
  crypto->sha256_compress(crypto->context, out, block, 1);
}

void hmac_key_init(hmac_key *out, const weir_crypto *crypto, const uint8_t *key, size_t len) {
  midstate(out->inner, crypto, key, len, 0x36);
  midstate(out->outer, crypto, key, len, 0x5c);
}

/* By way of an array: compilers make one store of that, and shuffle eight words about without. */
static inline void put_be32(uint8_t *p, uint32_t v) {
  uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
  memcpy(p, b, sizeof b);
}

/* Ends the hash whose first block made `from` and whose second is `block`, with `len` bytes of
 * message. */
static void finish(uint8_t digest[HKDF_HASH_LEN], const weir_crypto *crypto, const uint32_t from[8],
                   uint8_t block[64], size_t len) {
  uint32_t state[8];
  block[len] = 0x80;
  put_be32(block + 60, (uint32_t)(64 + len) * 8);
  memcpy(state, from, sizeof state);
  crypto->sha256_compress(crypto->context, state, block, 1);
  for (unsigned i = 0; i < 8; i++) put_be32(digest + 4 * i, state[i]);
}

void hmac_short(const hmac_key *key, const weir_crypto *crypto, const uint8_t *message, size_t len,
                uint8_t mac[HKDF_HASH_LEN]) {
  uint8_t inner[64] = {0}, outer[64] = {0};
  memcpy(inner, message, len);
  finish(outer, crypto, key->inner, inner, len);
  finish(mac, crypto, key->outer, outer, HKDF_HASH_LEN);
}

void hkdf_expand_label(const hmac_key *secret, const weir_crypto *crypto, const char *label,
                       uint8_t *out, size_t len) {
  uint8_t info[4 + 6 + HKDF_LABEL_MAX + 1] = {0, (uint8_t)len, 6, 't', 'l', 's', '1', '3', ' '};
  uint8_t mac[HKDF_HASH_LEN];
  size_t n = 9;
  for (; *label; label++) info[n++] = (uint8_t)*label;
  info[2] = (uint8_t)(n - 3); /* the label's length; behind it the context's, zero */
  n++;
  info[n++] = 1; /* counter of the first and only block, RFC 5869 2.3 */
  hmac_short(secret, crypto, info, n, mac);
  memcpy(out, mac, len);
}
