#include "gcm.h"

#include <string.h>

/* A block as GCM counts its bits: the first is the highest. */
typedef struct block {
  uint64_t high, low;
} block;

static uint64_t load(const uint8_t *p) {
  uint64_t v = 0;
  for (unsigned i = 0; i < 8; i++) v = v << 8 | p[i];
  return v;
}

static void store(uint8_t *p, uint64_t v) {
  for (unsigned i = 8; i-- > 0; v >>= 8) p[i] = (uint8_t)v;
}

/* SP 800-38D 6.3. */
static block multiply(block x, block h) {
  block z = {0, 0};
  for (unsigned i = 0; i < 128; i++) {
    uint64_t bit = (i < 64 ? x.high >> (63 - i) : x.low >> (127 - i)) & 1;
    z.high ^= h.high & (0 - bit);
    z.low ^= h.low & (0 - bit);
    uint64_t carry = 0 - (h.low & 1);
    h.low = h.low >> 1 | h.high << 63;
    h.high = h.high >> 1 ^ (carry & UINT64_C(0xe1) << 56);
  }
  return z;
}

/* 6.4, the last block filled up with zeros. */
static block hash(block y, block h, const uint8_t *bytes, size_t len) {
  while (len) {
    uint8_t piece[16] = {0};
    size_t n = len < sizeof piece ? len : sizeof piece;
    memcpy(piece, bytes, n);
    y = multiply((block){y.high ^ load(piece), y.low ^ load(piece + 8)}, h);
    bytes += n;
    len -= n;
  }
  return y;
}

void gcm_seal(const weir_crypto *crypto, const uint8_t key[16], const uint8_t nonce[12],
              weir_bytes aad, uint8_t *body, size_t len) {
  uint8_t counter[16] = {0}, pad[16];
  crypto->aes128_encrypt(crypto->context, key, counter, pad);
  block h = {load(pad), load(pad + 8)};
  memcpy(counter, nonce, 12);
  for (size_t i = 0; i < len; i++) {
    if (i % 16 == 0) {
      store(counter + 8, (load(counter + 8) & ~(uint64_t)UINT32_MAX) | (i / 16 + 2));
      crypto->aes128_encrypt(crypto->context, key, counter, pad);
    }
    body[i] ^= pad[i % 16];
  }
  block y = hash(hash((block){0, 0}, h, aad.base, aad.len), h, body, len);
  y = multiply((block){y.high ^ (uint64_t)aad.len * 8, y.low ^ (uint64_t)len * 8}, h);
  store(counter + 8, (load(counter + 8) & ~(uint64_t)UINT32_MAX) | 1);
  crypto->aes128_encrypt(crypto->context, key, counter, pad);
  store(body + len, y.high ^ load(pad));
  store(body + len + 8, y.low ^ load(pad + 8));
}
