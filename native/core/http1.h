/* http1.h -- HTTP/1 message heads and body framing (RFC 9110, 9112). */
#ifndef WEIR_HTTP1_H
#define WEIR_HTTP1_H

#include "name.h"
#include "parse.h"

typedef enum { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_TO_CLOSE } http_body;
typedef enum { HTTP_UPGRADE_NONE, HTTP_UPGRADE_WEBSOCKET, HTTP_UPGRADE_H2C, HTTP_UPGRADE_TLS, HTTP_UPGRADE_OTHER } http_upgrade;

typedef struct http_head {
  name target_host;   /* of an absolute-form or CONNECT target; wins over Host (RFC 9112 3.2.2) */
  name host;          /* of the Host field */
  bool host_refused;  /* a Host that no host name can be */
  bool is_connect;
  bool is_head;       /* HEAD: the response has no body */
  uint16_t status;    /* responses only */
  uint8_t body;       /* http_body; for a response as if its request were not HEAD or CONNECT */
  uint8_t upgrade;    /* http_upgrade asked for, or granted (status 101) */
  uint64_t length;    /* of the body for HTTP_BODY_LENGTH */
} http_head;

/* One head from the front of `*in`, which it consumes on PARSED.  On NEED_MORE
 * `out` holds what the complete lines so far told, and *need is as in tls.h. Leading empty lines are skipped
 * (RFC 9112 2.2). */
parse_outcome http1_request(reader *in, http_head *out, size_t *need);
parse_outcome http1_response(reader *in, http_head *out, size_t *need);

/* Skips a chunked body (RFC 9112 7.1); `left` is zero at first and kept
 * between calls: bytes of the current chunk still to come, and the phase.
 * PARSED: the body and its trailer are consumed. */
parse_outcome http1_chunks(reader *in, uint64_t *left);

#endif
