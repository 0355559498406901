/* http2.h -- HTTP/2 in cleartext, a client's side: frames (RFC 9113 4) and HPACK (RFC 7541). */
#ifndef WEIR_HTTP2_H
#define WEIR_HTTP2_H

#include "name.h"
#include "parse.h"

/* Kept for a flow: a zeroed block of at least HTTP2_STATE_MAX bytes, 8-aligned. */
#define HTTP2_STATE_MAX 8192
typedef struct http2_state http2_state;

/* Consumes what it can of `*in`, in stream order from the connection preface
 * ("PRI * HTTP/2.0").
 * PARSED: one request's field section ended; its :authority (or Host) is in `authority`, empty if it had
 * none; call again.  NEED_MORE: all consumed but an incomplete frame header or a header
 * block fragment that does not fit yet.  DATA payloads are consumed without being kept. */
parse_outcome http2_client(http2_state *state, reader *in, name *authority);

#endif
