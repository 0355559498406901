/* writer.h -- bounded writer: what does not fit is left out whole, and that is said. */
#ifndef WEIR_WRITER_H
#define WEIR_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct writer {
  uint8_t *at;
  size_t left;
  bool full; /* something did not fit */
} writer;

static inline void put(writer *w, const void *bytes, size_t len) {
  if (len > w->left) {
    w->full = true;
  } else if (len) {
    memcpy(w->at, bytes, len);
    w->at += len;
    w->left -= len;
  }
}

/* In network order. */
static inline void put_u16(writer *w, uint32_t v) {
  uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};
  put(w, bytes, sizeof bytes);
}

static inline void put_u32(writer *w, uint32_t v) {
  put_u16(w, v >> 16);
  put_u16(w, v & 0xffff);
}

#endif
