/* crypto_test.c -- every provider against the published vectors.  With WEIR_TEST_OPENSSL defined
 * (and libcrypto linked) OpenSSL's provider is put through them too, and the two are compared.  So is
 * CommonCrypto's with WEIR_TEST_COMMONCRYPTO, over the stand-in of test/apple where Apple's is not. */
#include "crypto.h"
#include "gcm.h"
#include "test.h"

typedef struct gcm_case {
  const char *key, *nonce, *aad, *plain, *sealed, *tag;
} gcm_case;

/* The test cases of the GCM specification (McGrew and Viega, appendix B). */
static const gcm_case gcm_cases[] = {
    {"00000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b391aafd255",
     "42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091473f5985",
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeef abaddad2",
     "d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"}};

static void test_gcm(const weir_crypto *c, const gcm_case *v) {
  size_t n, len, aad_len;
  unsigned char *key = test_hex(v->key, &n), *nonce = test_hex(v->nonce, &n);
  unsigned char *aad = test_hex(v->aad, &aad_len), *tag = test_hex(v->tag, &n);
  unsigned char *plain = test_hex(v->plain, &len), *sealed = test_hex(v->sealed, &len);
  unsigned char *out = malloc(len ? len : 1);
  weir_bytes a = {aad, aad_len};
  CHECK(c->aes128_gcm_open(c->context, key, nonce, a, sealed, len, tag, out));
  CHECK(!memcmp(out, plain, len));
  tag[15] ^= 1;
  CHECK(!c->aes128_gcm_open(c->context, key, nonce, a, sealed, len, tag, out));
  tag[15] ^= 1;
  if (aad_len) {
    aad[0] ^= 0x80;
    CHECK(!c->aes128_gcm_open(c->context, key, nonce, a, sealed, len, tag, out));
    aad[0] ^= 0x80;
  }
  /* In place, and after failures: nothing of them may be left in a context used again. */
  CHECK(c->aes128_gcm_open(c->context, key, nonce, a, sealed, len, tag, sealed));
  CHECK(!memcmp(sealed, plain, len));
  free(key), free(nonce), free(aad), free(tag), free(plain), free(sealed), free(out);
}

static void test_provider(const weir_crypto *c) {
  /* FIPS 180-4's example "abc", padded by hand; then twice the block in one call. */
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t twice[8], once[8];
  uint8_t blocks[128] = {'a', 'b', 'c', 0x80};
  blocks[63] = 24;
  memcpy(twice, state, sizeof twice);
  c->sha256_compress(c->context, state, blocks, 1);
  CHECK_EQ(state[0], 0xba7816bf);
  CHECK_EQ(state[3], 0x5dae2223);
  CHECK_EQ(state[7], 0xf20015ad);
  memcpy(blocks + 64, blocks, 64);
  memcpy(once, state, sizeof once);
  c->sha256_compress(c->context, once, blocks, 1);
  c->sha256_compress(c->context, twice, blocks, 2);
  CHECK(!memcmp(once, twice, sizeof once));
  c->sha256_compress(c->context, once, blocks, 0);
  CHECK(!memcmp(once, twice, sizeof once));

  size_t n; /* FIPS 197, appendices B and C.1 */
  unsigned char *key = test_hex("2b7e151628aed2a6abf7158809cf4f3c", &n);
  unsigned char *in = test_hex("3243f6a8885a308d313198a2e0370734", &n);
  unsigned char *out = test_hex("3925841d02dc09fbdc118597196a0b32", &n);
  c->aes128_encrypt(c->context, key, in, in);
  CHECK(!memcmp(in, out, 16));
  free(key), free(in), free(out);
  key = test_hex("000102030405060708090a0b0c0d0e0f", &n);
  in = test_hex("00112233445566778899aabbccddeeff", &n);
  out = test_hex("69c4e0d86a7b0430d8cdb78070b4c55a", &n);
  c->aes128_encrypt(c->context, key, in, in);
  CHECK(!memcmp(in, out, 16));
  free(key), free(in), free(out);

  for (size_t i = 0; i < sizeof gcm_cases / sizeof *gcm_cases; i++) test_gcm(c, &gcm_cases[i]);
}

#ifdef WEIR_TEST_OPENSSL
#include "openssl.h"

#include <openssl/evp.h>

static uint32_t random_state = 1;
static uint8_t random_byte(void) {
  random_state = random_state * 1664525 + 1013904223;
  return (uint8_t)(random_state >> 24);
}

/* Sealed by OpenSSL in every length, opened by both. */
static void test_same(const weir_crypto *a, const weir_crypto *b) {
  for (int len = 0; len < 300; len++) {
    uint8_t key[16], nonce[12], aad[70], in[300], tag[16], sealed[300], x[300], y[300];
    int aad_len = random_byte() % 70 + 1, n;
    for (int i = 0; i < 16; i++) key[i] = random_byte();
    for (int i = 0; i < 12; i++) nonce[i] = random_byte();
    for (int i = 0; i < aad_len; i++) aad[i] = random_byte();
    for (int i = 0; i < len; i++) in[i] = random_byte();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce);
    EVP_EncryptUpdate(ctx, NULL, &n, aad, aad_len);
    EVP_EncryptUpdate(ctx, sealed, &n, in, len);
    EVP_EncryptFinal_ex(ctx, sealed + len, &n);
    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag);
    EVP_CIPHER_CTX_free(ctx);
    weir_bytes ad = {aad, (size_t)aad_len};
    CHECK(a->aes128_gcm_open(a->context, key, nonce, ad, sealed, (size_t)len, tag, x));
    CHECK(b->aes128_gcm_open(b->context, key, nonce, ad, sealed, (size_t)len, tag, y));
    CHECK(!memcmp(x, in, (size_t)len) && !memcmp(y, in, (size_t)len));
    uint32_t s[8] = {1, 2, 3, 4, 5, 6, 7, 8}, t[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    a->sha256_compress(a->context, s, sealed, (size_t)len / 64);
    b->sha256_compress(b->context, t, sealed, (size_t)len / 64);
    CHECK(!memcmp(s, t, sizeof s));
    a->aes128_encrypt(a->context, key, tag, x);
    b->aes128_encrypt(b->context, key, tag, y);
    CHECK(!memcmp(x, y, 16));
  }
}
#endif

#ifdef WEIR_TEST_COMMONCRYPTO
/* Sealed by the core with the portable AES in lengths around CommonCrypto's pieces, opened by both. */
static void test_lengths(const weir_crypto *portable, const weir_crypto *other) {
  static const size_t lens[] = {0, 1, 15, 16, 17, 479, 480, 481, 1008, 1162, 1500};
  const uint8_t key[16] = {1, 2, 3}, nonce[12] = {4, 5, 6}, aad[21] = {7};
  for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
    uint8_t body[1500 + GCM_TAG_LEN], plain[1500], out[1500];
    for (size_t k = 0; k < lens[i]; k++) plain[k] = body[k] = (uint8_t)(k * 7 + i);
    gcm_seal(portable, key, nonce, (weir_bytes){aad, sizeof aad}, body, lens[i]);
    CHECK(other->aes128_gcm_open(other->context, key, nonce, (weir_bytes){aad, sizeof aad}, body,
                                 lens[i], body + lens[i], out));
    CHECK(!memcmp(out, plain, lens[i]));
    body[lens[i]] ^= 1;
    CHECK(!other->aes128_gcm_open(other->context, key, nonce, (weir_bytes){aad, sizeof aad}, body,
                                  lens[i], body + lens[i], out));
  }
}
#endif

int main(void) {
  weir_crypto portable;
  weir_crypto_portable(&portable);
  CHECK(!portable.context);
  test_provider(&portable);
#ifdef WEIR_TEST_COMMONCRYPTO
  weir_crypto common;
  weir_crypto_commoncrypto(&common);
  test_provider(&common);
  test_lengths(&portable, &common);
#endif
#ifdef WEIR_TEST_OPENSSL
  weir_crypto openssl;
  CHECK(weir_crypto_openssl_new(&openssl));
  test_provider(&openssl);
  test_same(&portable, &openssl);
  weir_crypto_openssl_free(&openssl);
  CHECK(!openssl.context);
  weir_crypto_openssl_free(&openssl);
#endif
  return test_end("crypto");
}
