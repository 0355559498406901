/* http2.h -- HTTP/2 in cleartext, a client's side: frames (RFC 9113 4) and HPACK (RFC 7541). */
#ifndef WEIR_HTTP2_H
#define WEIR_HTTP2_H

#include "name.h"
#include "parse.h"

/* Kept for a flow: a zeroed block of at least HTTP2_STATE_MAX bytes, 8-aligned. */
#define HTTP2_STATE_MAX 8192
typedef struct http2_state http2_state;

/* Consumes what it can of `*in`, in stream order from the connection preface
 * ("PRI * HTTP/2.0"), which begins a flow or follows an upgrade to h2c (RFC 7540 3.2).
 * PARSED: one request's field section ended; its :authority (or Host) is in
 * `authority`, empty if it had none that a host name can be; call again.  Trailers are no request.
 * NEED_MORE: all consumed but an incomplete preface or frame header, at most 23 bytes, to be given
 * again with what follows them.  Payloads, of DATA and of field sections too, are consumed as they
 * come, and not kept.
 * NOT_MINE: no preface.  MALFORMED: an error that ends the connection (RFC 9113 5.4.1);
 * every further call says so again. */
parse_outcome http2_client(http2_state *state, reader *in, name *authority);

#endif
