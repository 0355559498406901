/* prefetch.h -- asking for memory before it is touched.
 *
 * gcc takes a function that does nothing else for one without effect, and leaves its calls out: the empty
 * asm is an effect, and costs no instruction. */
#ifndef WEIR_PREFETCH_H
#define WEIR_PREFETCH_H

#define PREFETCH_LINE 64u

static inline void prefetch(const void *at) {
  __builtin_prefetch(at);
  __asm__ volatile("");
}

static inline void prefetch_lines(const void *at, unsigned lines) {
  for (unsigned i = 0; i < lines; i++) prefetch((const char *)at + i * PREFETCH_LINE);
}

#endif
