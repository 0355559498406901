/* inspect.h -- what becomes of one packet, whether it came in one piece or in several. */
#ifndef WEIR_INSPECT_H
#define WEIR_INSPECT_H

#include "arrival.h"
#include "engine.h"

/* A packet of `pieces` with `bytes` in all. */
void inspect_whole(weir_engine *e, const arrival *a, uint32_t pieces, uint64_t bytes,
                   weir_result *out);

/* A packet that cannot be read. */
void inspect_refuse(weir_engine *e, const packet *p, weir_result *out);

#endif
