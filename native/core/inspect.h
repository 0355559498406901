/* inspect.h -- what ends before its time. */
#ifndef WEIR_INSPECT_H
#define WEIR_INSPECT_H

#include "engine.h"

/* The flow's records are written, and it is gone. */
void inspect_end_flow(weir_engine *e, uint32_t index, weir_close why);

/* The oldest datagram that is not whole makes room. */
void inspect_evict_datagram(weir_engine *e);

#endif
