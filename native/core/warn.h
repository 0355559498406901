/* warn.h -- pages that offer to go on, and people who do. */
#ifndef WEIR_WARN_H
#define WEIR_WARN_H

#include "bypass.h"
#include "engine.h"
#include "http1.h"

#define WARN_LINK_LEN (sizeof HTTP_TOKEN_PATH - 1 + BYPASS_TOKEN_LEN)

/* A request of a client's.  Where a rule warns about the flow and its link is good, a bypass comes to be, and
 * the flow says so: facts.granted. */
void warn_request(inspection *in, const http_head *head);

/* A link for a page about `host`, for flow `index`; false: none is offered. */
bool warn_link(weir_engine *e, uint32_t index, const name *host, uint8_t out[WARN_LINK_LEN]);

#endif
