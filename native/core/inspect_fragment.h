/* inspect_fragment.h -- datagrams in pieces on their way through the engine. */
#ifndef WEIR_INSPECT_FRAGMENT_H
#define WEIR_INSPECT_FRAGMENT_H

#include "arrival.h"
#include "engine.h"

/* The piece that makes its datagram whole is inspected as that. */
void inspect_fragment(weir_engine *e, const arrival *a, weir_result *out);

/* The oldest datagram that is not whole makes room. */
void inspect_evict_datagram(weir_engine *e);

static inline bool inspect_datagrams_are_due(const weir_engine *e) {
  return e->fragments.count && e->now_us >= e->fragments.due_us;
}

/* Gives up the datagrams that waited long enough.  False: the ring has no room for more. */
bool inspect_expire_datagrams(weir_engine *e);

#endif
