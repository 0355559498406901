/* handover.h -- records from the packet thread to the one that reads them: one writer, one reader. */
#ifndef WEIR_HANDOVER_H
#define WEIR_HANDOVER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "weir.h"

/* Each end has a line of its own: they are written from different cores. */
typedef struct handover {
  weir_record *entries;
  uint32_t mask;
  _Alignas(64) atomic_uint_fast64_t written;
  atomic_uint_fast64_t first; /* the number of a record that lay at the front */
  _Alignas(64) atomic_uint_fast64_t released;
} handover;

/* Entries are a power of two; false when there is no memory. */
bool handover_init(handover *h, uint32_t entries);
void handover_free(handover *h);

/* Copies what fits of `count` records; returns how many.  *was_empty: the reader had seen all before. */
size_t handover_put(handover *h, const weir_record *records, size_t count, bool *was_empty);

/* The oldest, as one run; valid until released. */
const weir_record *handover_get(handover *h, size_t *count);
void handover_release(handover *h, size_t count);

#endif
