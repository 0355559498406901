/* inspect.h -- what becomes of one packet, whether it came in one piece or in several. */
#ifndef WEIR_INSPECT_H
#define WEIR_INSPECT_H

#include "arrival.h"
#include "engine.h"

/* A packet of `pieces` with `bytes` in all. */
void inspect_whole(weir_engine *e, const arrival *a, uint32_t pieces, uint64_t bytes,
                   weir_result *out);

/* Asks memory for what the inspection of those behind the i-th will touch: said before each of `count`
 * that are inspected one by one. */
void inspect_fetch(const weir_engine *e, const arrival *arrivals, size_t i, size_t count);

/* One packet that has arrived, as weir_inspect_lossy. */
void inspect_lossy(weir_engine *e, const arrival *a, weir_result *out);

/* A packet that cannot be read. */
void inspect_refuse(weir_engine *e, const packet *p, weir_result *out);

#endif
