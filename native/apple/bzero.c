/* bzero.c -- for Apple's systems compilers turn memset(p, 0, n) into bzero, which C does not have.
 * The library brings its own, for itself alone, and so needs of a system what it needs elsewhere. */
#include <string.h>

#ifdef __x86_64__
#define BZERO __bzero
#else
#define BZERO bzero
#endif

__attribute__((used)) static void BZERO(void *to, size_t len) {
  int zero = 0;
  __asm__("" : "+r"(zero)); /* a memset() of what is known to be zero would be this function */
  memset(to, zero, len);
}
