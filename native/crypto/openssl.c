/* openssl.c -- the provider over OpenSSL 3, Node's own or the system's. */

/* SHA256_Transform() is deprecated in favour of EVP, which has no way to the compression function
 * and costs several times as much for the one-block messages of HKDF.  It uses the SHA
 * instructions where there are any. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "openssl.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

typedef struct provider {
  EVP_CIPHER_CTX *ecb, *gcm;
} provider;

static void sha256_compress(void *context, uint32_t state[8], const uint8_t *data, size_t blocks) {
  (void)context;
  SHA256_CTX sha;
  for (unsigned i = 0; i < 8; i++) sha.h[i] = state[i];
  for (; blocks; blocks--, data += SHA256_CBLOCK) SHA256_Transform(&sha, data);
  for (unsigned i = 0; i < 8; i++) state[i] = sha.h[i];
}

static void aes128_encrypt(void *context, const uint8_t key[16], const uint8_t in[16],
                           uint8_t out[16]) {
  EVP_CIPHER_CTX *ecb = ((provider *)context)->ecb;
  int n;
  EVP_EncryptInit_ex(ecb, NULL, NULL, key, NULL);
  EVP_EncryptUpdate(ecb, out, &n, in, 16);
}

static bool aes128_gcm_open(void *context, const uint8_t key[16], const uint8_t nonce[12],
                            weir_bytes aad, const uint8_t *in, size_t len, const uint8_t tag[16],
                            uint8_t *out) {
  EVP_CIPHER_CTX *gcm = ((provider *)context)->gcm;
  uint8_t expected[16]; /* the control call takes no const */
  int n;
  memcpy(expected, tag, sizeof expected);
  return aad.len <= INT32_MAX && len <= INT32_MAX &&
         EVP_DecryptInit_ex(gcm, NULL, NULL, key, nonce) == 1 &&
         EVP_DecryptUpdate(gcm, NULL, &n, aad.base, (int)aad.len) == 1 &&
         EVP_DecryptUpdate(gcm, out, &n, in, (int)len) == 1 &&
         EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, sizeof expected, expected) == 1 &&
         EVP_DecryptFinal_ex(gcm, out + len, &n) == 1;
}

/* A context bound to its algorithm: looking that up is what is dear. */
static EVP_CIPHER_CTX *bound(const EVP_CIPHER *cipher) {
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  if (ctx && EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, -1) != 1) {
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
  }
  return ctx;
}

bool weir_crypto_openssl_new(weir_crypto *out) {
  memset(out, 0, sizeof *out);
  provider *p = malloc(sizeof *p);
  if (!p) return false;
  *p = (provider){bound(EVP_aes_128_ecb()), bound(EVP_aes_128_gcm())};
  *out = (weir_crypto){sizeof *out, p, sha256_compress, aes128_encrypt, aes128_gcm_open};
  if (p->ecb && p->gcm) return true;
  weir_crypto_openssl_free(out);
  return false;
}

void weir_crypto_openssl_free(weir_crypto *crypto) {
  provider *p = crypto->context;
  if (p) {
    EVP_CIPHER_CTX_free(p->ecb);
    EVP_CIPHER_CTX_free(p->gcm);
    free(p);
  }
  memset(crypto, 0, sizeof *crypto);
}
