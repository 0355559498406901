/* observe_http.h -- requests of a flow that is known to be HTTP. */
#ifndef WEIR_OBSERVE_HTTP_H
#define WEIR_OBSERVE_HTTP_H

#include "look.h"

look_outcome observe_http(look *l, reader *left);
look_outcome observe_http2(look *l, reader *left);
/* Bytes are missing: only a segment that begins a request finds the framing again. */
void observe_http_lost(look *l);
/* A request head was just parsed. */
look_outcome observe_http_request(look *l, const http_head *head);

#endif
