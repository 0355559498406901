/* lifetime.h -- how flows begin and end. */
#ifndef WEIR_LIFETIME_H
#define WEIR_LIFETIME_H

#include "arrival.h"
#include "engine.h"

/* A flow for its first packet: its client, its hint, and what the rules say of its address.  Where the
 * table is full, another is evicted for it. */
uint32_t lifetime_begin(weir_engine *e, const arrival *a);

/* The flow's records are written, and it is gone. */
void lifetime_end(weir_engine *e, uint32_t index, weir_close why);

/* Ends the flows that are idle by now.  False: the ring has no room for more. */
bool lifetime_expire(weir_engine *e);

#endif
