#include "gcm.h"

#include "crypto.h"
#include "quic_seal.h"
#include "test.h"

static weir_crypto crypto;

/* The GCM specification's test case 4 (McGrew and Viega, appendix B): 60 bytes, 20 of them aside. */
static void specification(void) {
  size_t len, n;
  uint8_t *key = test_hex("feffe9928665731c6d6a8f9467308308", &n);
  uint8_t *nonce = test_hex("cafebabefacedbaddecaf888", &n);
  uint8_t *aad = test_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", &n);
  uint8_t *body = test_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      &len);
  uint8_t *sealed = test_hex(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
      "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
      "5bc94fbc3221a5db94fae95ae7121a47",
      &n);
  body = realloc(body, len + GCM_TAG_LEN);
  gcm_seal(&crypto, key, nonce, (weir_bytes){aad, 20}, body, len);
  CHECK_EQ(n, len + GCM_TAG_LEN);
  CHECK(!memcmp(body, sealed, n));
  free(key), free(nonce), free(aad), free(body), free(sealed);
}

/* Every length around blocks, beside the other implementation. */
static void lengths(void) {
  uint8_t key[16], nonce[12], aad[40], ours[80 + 16], theirs[80 + 16];
  for (size_t i = 0; i < sizeof key; i++) key[i] = (uint8_t)(i * 7 + 1);
  for (size_t i = 0; i < sizeof nonce; i++) nonce[i] = (uint8_t)(i * 5 + 3);
  for (size_t i = 0; i < sizeof aad; i++) aad[i] = (uint8_t)(i ^ 0x5a);
  for (size_t len = 0; len <= 80; len++) {
    for (size_t i = 0; i < len; i++) ours[i] = theirs[i] = (uint8_t)(i * 11 + len);
    gcm_seal(&crypto, key, nonce, (weir_bytes){aad, len % 40}, ours, len);
    seal_gcm(key, nonce, reader_of(aad, len % 40), theirs, len);
    CHECK(!memcmp(ours, theirs, len + GCM_TAG_LEN));
  }
}

int main(void) {
  weir_crypto_portable(&crypto);
  specification();
  lengths();
  return test_end("gcm");
}
