/* pages.h -- memory that holds nothing, on its way to the embedder as whole pages. */
#ifndef WEIR_PAGES_H
#define WEIR_PAGES_H

#include "weir.h"

typedef struct pages {
  const weir_pager *to; /* NULL: nobody takes any */
  size_t total;         /* bytes given */
} pages;

/* Of `len` bytes at `base`, the pages that lie in them whole. */
void pages_give(pages *p, void *base, size_t len);

/* ---- free slots of a pool, in runs -------------------------------------------
 * A pool's list of free slots is kept in its slots. For whole pages of them to be given away, trim joins
 * neighbours into runs, of which the list needs only the first slot: it is taken last. */

/* One bit a slot, zeroed for `count` slots. */
void runs_clear(uint8_t *map, uint32_t count);
void runs_mark(uint8_t *map, uint32_t first, uint32_t count);
/* Marked slots from `at` on, below `end`. */
uint32_t runs_length(const uint8_t *map, uint32_t at, uint32_t end);

#endif
