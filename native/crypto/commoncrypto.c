/* commoncrypto.c -- the provider over Apple's CommonCrypto, which has AES in hardware, but no way to the
 * compression function of SHA-256 and no GCM in its public headers: those are the portable ones, GCM's
 * counter mode being AES of a run of counters in one call. */
#ifdef __APPLE__

#include <CommonCrypto/CommonCryptor.h>
#include <string.h>

#include "crypto.h"
#include "portable.h"

#define PIECE_BLOCKS 30u /* of 16 bytes: a call costs more than they do */

static void sha256_compress(void *context, uint32_t state[8], const uint8_t *data, size_t blocks) {
  (void)context;
  portable_sha256(state, data, blocks);
}

/* Providers may not fail: what CommonCrypto refuses is done without it. */
static void encrypt_blocks(const uint8_t key[16], const uint8_t *in, size_t len, uint8_t *out) {
  size_t moved = 0;
  if (CCCrypt(kCCEncrypt, kCCAlgorithmAES, kCCOptionECBMode, key, kCCKeySizeAES128, NULL, in, len,
              out, len, &moved) == kCCSuccess &&
      moved == len)
    return;
  portable_aes aes;
  portable_aes_init(&aes, key);
  for (size_t i = 0; i < len; i += 16) portable_aes_encrypt(&aes, in + i, out + i);
}

static void aes128_encrypt(void *context, const uint8_t key[16], const uint8_t in[16],
                           uint8_t out[16]) {
  (void)context;
  uint8_t block[16]; /* in and out may be the same */
  encrypt_blocks(key, in, sizeof block, block);
  memcpy(out, block, sizeof block);
}

/* SP 800-38D 7.2: GHASH is keyed with the zero block encrypted, the tag masked with counter 1. */
static bool tag_is_right(const uint8_t key[16], const uint8_t nonce[12], weir_bytes aad,
                         const uint8_t *in, size_t len, const uint8_t tag[16]) {
  uint8_t blocks[32] = {0}, pads[32], sum[16], difference = 0;
  portable_ghash ghash;
  memcpy(blocks + 16, nonce, 12);
  blocks[31] = 1;
  encrypt_blocks(key, blocks, sizeof blocks, pads);
  portable_ghash_init(&ghash, pads);
  portable_ghash_update(&ghash, aad.base, aad.len);
  portable_ghash_update(&ghash, in, len);
  portable_ghash_final(&ghash, aad.len, len, sum);
  for (unsigned i = 0; i < 16; i++) difference |= (uint8_t)(sum[i] ^ pads[16 + i] ^ tag[i]);
  return !difference;
}

static bool aes128_gcm_open(void *context, const uint8_t key[16], const uint8_t nonce[12],
                            weir_bytes aad, const uint8_t *in, size_t len, const uint8_t tag[16],
                            uint8_t *out) {
  (void)context;
  if (!tag_is_right(key, nonce, aad, in, len, tag)) return false;
  uint8_t counters[PIECE_BLOCKS * 16], pads[sizeof counters];
  uint32_t counter = 2;
  for (size_t done = 0; done < len; done += sizeof counters) {
    size_t n = len - done < sizeof counters ? len - done : sizeof counters, blocks = (n + 15) / 16;
    for (size_t i = 0; i < blocks; i++) {
      memcpy(counters + 16 * i, nonce, 12);
      portable_put_be32(counters + 16 * i + 12, counter++);
    }
    encrypt_blocks(key, counters, 16 * blocks, pads);
    for (size_t i = 0; i < n; i++) out[done + i] = in[done + i] ^ pads[i];
  }
  return true;
}

void weir_crypto_commoncrypto(weir_crypto *out) {
  *out = (weir_crypto){sizeof *out, NULL, sha256_compress, aes128_encrypt, aes128_gcm_open};
}

#endif
