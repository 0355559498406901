/* siphash_test.c -- against a separate implementation that meets the paper's vector for SipHash-2-4. */
#include "siphash.h"

#include "test.h"

static const struct {
  size_t len;
  uint64_t hash;
} vectors[] = {
    /* key 00..0f, input 00, 01, 02 ... */
    {0, 0xabac0158050fc4dcu},  {1, 0xc9f49bf37d57ca93u},  {7, 0xd3927d989bb11140u},
    {8, 0x369095118d299a8eu},  {9, 0x25a48eb36c063de4u},  {15, 0xd320d86d2a519956u},
    {16, 0xcc4fdd1a7d908b66u}, {24, 0xf464aeb267349c8cu}, {36, 0x2cf508d3ada26206u},
    {63, 0x9d199062b7bbb3a8u},
};

int main(void) {
  const uint64_t key[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
    const size_t len = vectors[i].len;
    unsigned char *data = malloc(len ? len : 1);
    for (size_t k = 0; k < len; k++) data[k] = (unsigned char)k;
    CHECK(siphash13(key, data, len) == vectors[i].hash);
    free(data);
  }
  /* At no alignment does the place of the bytes matter. */
  unsigned char copies[8][64];
  for (size_t shift = 0; shift < 8; shift++) {
    for (size_t k = 0; k < 24; k++) copies[shift][shift + k] = (unsigned char)k;
    CHECK(siphash13(key, copies[shift] + shift, 24) == 0xf464aeb267349c8cu);
  }
  const uint64_t other[2] = {key[0], key[1] ^ 1};
  CHECK(siphash13(key, "a", 1) != siphash13(other, "a", 1));
  CHECK(siphash13(key, "\0", 1) != siphash13(key, "\0\0", 2));
  return test_end("siphash");
}
