/* portable.c -- the provider that needs nothing but C. */
#include "portable.h"

#include "crypto.h"

#include <string.h>

static void sha256_compress(void *context, uint32_t state[8], const uint8_t *data, size_t blocks) {
  (void)context;
  portable_sha256(state, data, blocks);
}

static void aes128_encrypt(void *context, const uint8_t key[16], const uint8_t in[16],
                           uint8_t out[16]) {
  (void)context;
  portable_aes aes;
  portable_aes_init(&aes, key);
  portable_aes_encrypt(&aes, in, out);
}

/* Counter mode from counter 2 on (SP 800-38D 7.1: 1 is the tag's). */
static void gcm_counter(const portable_aes *aes, uint8_t counter[16], const uint8_t *in, size_t len,
                        uint8_t *out) {
  uint8_t pad[16];
  for (size_t done = 0; done < len; done += 16) {
    portable_put_be32(counter + 12, (uint32_t)(done / 16) + 2);
    portable_aes_encrypt(aes, counter, pad);
    size_t n = len - done < 16 ? len - done : 16;
    for (size_t i = 0; i < n; i++) out[done + i] = in[done + i] ^ pad[i];
  }
}

static bool aes128_gcm_open(void *context, const uint8_t key[16], const uint8_t nonce[12],
                            weir_bytes aad, const uint8_t *in, size_t len, const uint8_t tag[16],
                            uint8_t *out) {
  (void)context;
  portable_aes aes;
  portable_ghash ghash;
  uint8_t counter[16] = {0}, pad[16], sum[16];
  portable_aes_init(&aes, key);
  portable_aes_encrypt(&aes, counter, pad);
  portable_ghash_init(&ghash, pad);
  portable_ghash_update(&ghash, aad.base, aad.len);
  portable_ghash_update(&ghash, in, len);
  portable_ghash_final(&ghash, aad.len, len, sum);
  memcpy(counter, nonce, 12);
  portable_put_be32(counter + 12, 1);
  portable_aes_encrypt(&aes, counter, pad);
  uint8_t difference = 0;
  for (unsigned i = 0; i < 16; i++) difference |= (uint8_t)(sum[i] ^ pad[i] ^ tag[i]);
  if (difference) return false;
  gcm_counter(&aes, counter, in, len, out);
  return true;
}

void weir_crypto_portable(weir_crypto *out) {
  *out = (weir_crypto){sizeof *out, NULL, sha256_compress, aes128_encrypt, aes128_gcm_open};
}
