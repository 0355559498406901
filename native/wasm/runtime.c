/* runtime.c -- what <string.h> promises, and what the compiler takes for granted. */
#include <stdint.h>
#include <string.h>

/* Copies and fills are instructions (bulk memory operations). */
void *memcpy(void *restrict to, const void *restrict from, size_t len) {
  return __builtin_memcpy(to, from, len);
}

void *memmove(void *to, const void *from, size_t len) { return __builtin_memmove(to, from, len); }

void *memset(void *at, int byte, size_t len) { return __builtin_memset(at, byte, len); }

int memcmp(const void *a, const void *b, size_t len) {
  const uint8_t *x = a, *y = b;
  for (; len; x++, y++, len--)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

/* The capture reader asks whether a product of 64-bit numbers overflows: clang multiplies 128-bit ones. */
__extension__ typedef unsigned __int128 wide;
wide __multi3(wide a, wide b);

wide __multi3(wide a, wide b) {
  const uint64_t low = UINT32_MAX;
  uint64_t x = (uint64_t)a, y = (uint64_t)b;
  uint64_t ll = (x & low) * (y & low), lh = (x & low) * (y >> 32), hl = (x >> 32) * (y & low);
  uint64_t middle = (ll >> 32) + (lh & low) + (hl & low);
  uint64_t high = (x >> 32) * (y >> 32) + (lh >> 32) + (hl >> 32) + (middle >> 32);
  high += x * (uint64_t)(b >> 64) + (uint64_t)(a >> 64) * y;
  return (wide)high << 64 | (middle << 32 | (ll & low));
}
