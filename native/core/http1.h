/* http1.h -- HTTP/1 message heads and body framing (RFC 9110, 9112). */
#ifndef WEIR_HTTP1_H
#define WEIR_HTTP1_H

#include "name.h"
#include "parse.h"

typedef enum { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_TO_CLOSE } http_body;
typedef enum {
  HTTP_UPGRADE_NONE,
  HTTP_UPGRADE_WEBSOCKET,
  HTTP_UPGRADE_H2C,
  HTTP_UPGRADE_TLS,
  HTTP_UPGRADE_OTHER
} http_upgrade;

#define HTTP_TOKEN_PATH \
  "/.well-known/weir/bypass?t=" /* RFC 8615: on the host that is warned about */
#define HTTP_TOKEN_LEN 32u

/* Nothing of the path, the query, or any other field is kept, but for a link of our own. */
typedef struct http_head {
  name target_host;  /* of an absolute-form or CONNECT target, without userinfo;
                        wins over Host (RFC 9112 3.2.2) */
  name host;         /* of the first Host field that holds a name at all */
  bool host_refused; /* a Host or target that no host name can be was among them */
  bool is_connect;
  bool is_head;    /* HEAD: the response has no body */
  bool has_token;  /* GET of HTTP_TOKEN_PATH and so many bytes, which are `token`: bypass.h */
  uint16_t status; /* responses only */
  uint8_t body;    /* http_body; for a response as if its request were not HEAD or CONNECT.
                        TO_CLOSE in a request: framing is broken, what follows is beyond telling */
  uint8_t upgrade; /* http_upgrade asked for, or granted (status 101) */
  uint64_t length; /* of the body for HTTP_BODY_LENGTH; below 2^60 */
  uint8_t token[HTTP_TOKEN_LEN];
} http_head;

/* One head from the front of `*in`, which it consumes on PARSED.  Leading empty lines are skipped
 * (RFC 9112 2.2).  On NEED_MORE nothing is consumed, `out` holds the names, method and status that
 * the complete lines so far told, and *need is the least total of bytes with which another call can
 * say more: one more, as any line may end there.  A call is linear in `in->left` and keeps nothing;
 * the caller's budget for a head bounds the work of one that comes byte by byte.
 * NOT_MINE: another protocol, HTTP/0.9, or the HTTP/2 preface; by the method already if it tells.
 * MALFORMED: a start line beyond 16 KiB, or a status that is none. */
parse_outcome http1_request(reader *in, http_head *out, size_t *need);
parse_outcome http1_response(reader *in, http_head *out, size_t *need);

/* Skips a chunked body (RFC 9112 7.1), consuming all it is given up to the body's end; `*left` is
 * zero at first and kept between calls: bytes of the current chunk still to come, and the phase.
 * PARSED: the body and its trailer are consumed.  NEED_MORE: all of `*in` was. */
parse_outcome http1_chunks(reader *in, uint64_t *left);

#endif
