#include "pages.h"

#include <string.h>

#define PIECE_BYTES ((size_t)65536)

void pages_give(pages *p, void *base, size_t len) {
  if (!p->to) return;
  uintptr_t page = p->to->page_bytes, at = (uintptr_t)base, end = (at + len) & ~(page - 1);
  uintptr_t first = (at + page - 1) & ~(page - 1);
  size_t piece = page < PIECE_BYTES ? PIECE_BYTES : page;
  while (first < end) {
    size_t n = end - first < piece ? end - first : piece;
    p->to->pages(p->to->context, (uint8_t *)base + (first - at), n);
    p->total += n;
    first += n;
  }
}

void runs_clear(uint8_t *map, uint32_t count) { memset(map, 0, count / 8 + 1); }

void runs_mark(uint8_t *map, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i - first < count; i++) map[i / 8] |= (uint8_t)(1u << i % 8);
}

uint32_t runs_length(const uint8_t *map, uint32_t at, uint32_t end) {
  uint32_t i = at;
  while (i < end && map[i / 8] >> i % 8 & 1) i++;
  return i - at;
}
