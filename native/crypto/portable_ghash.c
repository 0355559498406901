/* portable_ghash.c -- the hash of GCM (SP 800-38D 6.4) without tables.
 *
 * An ordinary multiplication is carry-less as long as no carry reaches the next bit that
 * counts.  With only every fourth bit of both factors set, a sum has at most 16 terms, so its
 * carries stay within the three empty bits above, but for the topmost sum, whose carry
 * falls off the word.  Sixteen such products, masked, make one carry-less product. */
#include "portable.h"

#define HOLES UINT64_C(0x1111111111111111)

/* The lower half of the carry-less product. */
static inline uint64_t clmul_low(uint64_t x, uint64_t y) {
  uint64_t x0 = x & HOLES, x1 = x & HOLES << 1, x2 = x & HOLES << 2, x3 = x & HOLES << 3;
  uint64_t y0 = y & HOLES, y1 = y & HOLES << 1, y2 = y & HOLES << 2, y3 = y & HOLES << 3;
  uint64_t z0 = (x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1);
  uint64_t z1 = (x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2);
  uint64_t z2 = (x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3);
  uint64_t z3 = (x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0);
  return (z0 & HOLES) | (z1 & HOLES << 1) | (z2 & HOLES << 2) | (z3 & HOLES << 3);
}

static inline uint64_t swap_bits(uint64_t x, unsigned n, uint64_t mask) {
  return (x & mask) << n | (x >> n & mask);
}

static inline uint64_t reverse(uint64_t x) {
  x = swap_bits(x, 1, UINT64_C(0x5555555555555555));
  x = swap_bits(x, 2, UINT64_C(0x3333333333333333));
  x = swap_bits(x, 4, UINT64_C(0x0f0f0f0f0f0f0f0f));
  x = swap_bits(x, 8, UINT64_C(0x00ff00ff00ff00ff));
  x = swap_bits(x, 16, UINT64_C(0x0000ffff0000ffff));
  return x << 32 | x >> 32;
}

/* All 127 bits: reversing the factors reverses the product, which brings its upper half down. */
static inline portable_u128 clmul(uint64_t x, uint64_t y) {
  return (portable_u128){reverse(clmul_low(reverse(x), reverse(y))) >> 1, clmul_low(x, y)};
}

/* GCM writes its polynomials backwards, the bit of x^0 first (6.3).  The product is therefore
 * off by one bit, and reduction by x^128 + x^7 + x^2 + x + 1 folds the lowest word upwards. */
static portable_u128 multiply(portable_u128 a, portable_u128 b) {
  portable_u128 low = clmul(a.lower, b.lower), high = clmul(a.upper, b.upper);
  portable_u128 middle = clmul(a.upper ^ a.lower, b.upper ^ b.lower); /* Karatsuba */
  uint64_t v0 = low.lower, v1 = low.upper ^ middle.lower ^ low.lower ^ high.lower;
  uint64_t v2 = high.lower ^ middle.upper ^ low.upper ^ high.upper, v3 = high.upper;
  v3 = v3 << 1 | v2 >> 63, v2 = v2 << 1 | v1 >> 63, v1 = v1 << 1 | v0 >> 63, v0 <<= 1;
  v2 ^= v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7;
  v1 ^= v0 << 63 ^ v0 << 62 ^ v0 << 57;
  v3 ^= v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7;
  v2 ^= v1 << 63 ^ v1 << 62 ^ v1 << 57;
  return (portable_u128){v3, v2};
}

static inline uint64_t be64(const uint8_t *p) {
  return (uint64_t)portable_be32(p) << 32 | portable_be32(p + 4);
}

static inline void put_be64(uint8_t *p, uint64_t v) {
  portable_put_be32(p, (uint32_t)(v >> 32));
  portable_put_be32(p + 4, (uint32_t)v);
}

void portable_ghash_init(portable_ghash *g, const uint8_t h[16]) {
  *g = (portable_ghash){{be64(h), be64(h + 8)}, {0, 0}};
}

static void block(portable_ghash *g, const uint8_t *data) {
  g->y.upper ^= be64(data);
  g->y.lower ^= be64(data + 8);
  g->y = multiply(g->y, g->h);
}

void portable_ghash_update(portable_ghash *g, const uint8_t *data, size_t len) {
  for (; len >= 16; len -= 16, data += 16) block(g, data);
  if (!len) return;
  uint8_t last[16] = {0};
  for (size_t i = 0; i < len; i++) last[i] = data[i];
  block(g, last);
}

void portable_ghash_final(portable_ghash *g, uint64_t aad_len, uint64_t len, uint8_t out[16]) {
  uint8_t lengths[16];
  put_be64(lengths, aad_len * 8);
  put_be64(lengths + 8, len * 8);
  block(g, lengths);
  put_be64(out, g->y.upper);
  put_be64(out + 8, g->y.lower);
}
