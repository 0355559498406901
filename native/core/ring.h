/* ring.h -- the records that wait to be read: fixed entries, one writer, one reader. */
#ifndef WEIR_RING_H
#define WEIR_RING_H

#include "pages.h"
#include "weir.h"

typedef struct ring {
  weir_record *entries;
  uint32_t mask;
  uint64_t written, released;
} ring;

static inline uint32_t ring_room(const ring *r) {
  return r->mask + 1 - (uint32_t)(r->written - r->released);
}

/* A zeroed entry to fill, counted as written; NULL when the ring is full. */
weir_record *ring_next(ring *r);

/* The engine's, for readers of its memory. */
const ring *ring_of(const weir_engine *engine);

/* Gives the pages of entries that do not wait. */
void ring_trim(ring *r, pages *p);

#endif
