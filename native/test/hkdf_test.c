/* hkdf_test.c -- HMAC by RFC 4231, HKDF by RFC 5869 and the key schedule of RFC 9001 A.1. */
#include "test.h"

#include "crypto.h"
#include "hkdf.h"

static weir_crypto crypto;

static void check_mac(const char *key_hex, const char *message_hex, const char *mac_hex) {
  size_t key_len, len, n;
  unsigned char *key = test_hex(key_hex, &key_len), *message = test_hex(message_hex, &len);
  unsigned char *expected = test_hex(mac_hex, &n);
  uint8_t mac[HKDF_HASH_LEN];
  hmac_key k;
  hmac_key_init(&k, &crypto, key, key_len);
  hmac_short(&k, &crypto, message, len, mac);
  CHECK(!memcmp(mac, expected, sizeof mac));
  /* The key is not used up, and a MAC may take its message's place. */
  uint8_t again[HKDF_MESSAGE_MAX];
  memcpy(again, message, len);
  hmac_short(&k, &crypto, again, len, again);
  CHECK(!memcmp(again, expected, sizeof mac));
  free(key), free(message), free(expected);
}

static void check_label(const char *secret_hex, const char *label, const char *expected_hex) {
  size_t secret_len, len;
  unsigned char *secret = test_hex(secret_hex, &secret_len),
                *expected = test_hex(expected_hex, &len);
  unsigned char *out = malloc(len);
  hmac_key k;
  hmac_key_init(&k, &crypto, secret, secret_len);
  hkdf_expand_label(&k, &crypto, label, out, len);
  CHECK(!memcmp(out, expected, len));
  free(secret), free(expected), free(out);
}

int main(void) {
  weir_crypto_portable(&crypto);
  /* RFC 4231 4.2 to 4.4 */
  check_mac("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  check_mac("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  check_mac("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddd"
            "dddddddddddddddddddddddddddddddddddddddddddddddd",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  /* RFC 5869 A.1, Extract */
  check_mac("000102030405060708090a0b0c", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  /* RFC 9001 A.1: from the Initial secret to the client's, and to its key and IV */
  check_mac("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "8394c8f03e515708",
            "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
  check_label("7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44", "client in",
              "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
  check_label("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", "quic key",
              "1f369613dd76d5467730efcbe3b1a22d");
  check_label("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", "quic iv",
              "fa044b2f42a3fd3b46fb255c");
  return test_end("hkdf");
}
