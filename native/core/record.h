/* record.h -- what goes out: flows and DNS transactions, in the ring. */
#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H

#include "dns.h"
#include "engine.h"

/* The flow's further hosts and the flow itself: all of them or, counted as lost, none. */
void record_flow(weir_engine *e, uint32_t index, weir_close close);

/* One DNS transaction: `query` may be PENDING_NONE, `response` NULL, not both. `in` gives the
 * verdict of a response without a query, else NULL. */
void record_dns(weir_engine *e, uint32_t index, const pending *query, const dns_message *response,
                const dns_question *question, const inspection *in);

/* That the flow's client goes on to `host`. */
void record_bypass(inspection *in, const name *host);

/* That the flow's client was shown a page about `host`: once, however often it asks. */
void record_page(weir_engine *e, uint32_t index, const name *host);

/* How the flow was judged, once for each time it is, and for those who asked. */
void record_judged(inspection *in);

#endif
