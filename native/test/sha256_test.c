#include "test.h"

#include "crypto.h"
#include "sha256.h"

static weir_crypto portable;

static void check(const char *text, size_t len, const char *expected_hex) {
  size_t n;
  unsigned char *expected = test_hex(expected_hex, &n);
  CHECK_EQ(n, SHA256_LEN);
  /* In pieces of every size: the digest does not depend on them. */
  for (size_t piece = 1; piece <= len + 1; piece++) {
    uint8_t digest[SHA256_LEN];
    sha256 h;
    sha256_init(&h);
    for (size_t at = 0; at < len; at += piece)
      sha256_update(&h, &portable, text + at, len - at < piece ? len - at : piece);
    sha256_update(&h, &portable, NULL, 0);
    sha256_final(&h, &portable, digest);
    CHECK(!memcmp(digest, expected, SHA256_LEN));
  }
  free(expected);
}

/* NIST's example values for FIPS 180-4, and lengths about where the padding needs a block more. */
int main(void) {
  char as[129];
  weir_crypto_portable(&portable);
  memset(as, 'a', sizeof as);
  check("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  check("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  check(as, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  check(as, 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
  check(as, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  check(as, 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
  check(as, 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
  check(as, 128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e");
  check(as, 129, "c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db752166ae");
  return test_end("sha256");
}
