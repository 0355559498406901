/* hello.h -- the ClientHello, whatever carried it, and its JA4. */
#ifndef WEIR_HELLO_H
#define WEIR_HELLO_H

#include "name.h"
#include "parse.h"

typedef enum { HELLO_TLS = 't', HELLO_DTLS = 'd', HELLO_QUIC = 'q' } hello_carrier;

typedef struct hello {
  name host;         /* SNI; empty when there is none or it was refused */
  bool host_refused; /* there was an SNI that no host name can be */
  bool ech;          /* an outer ECH hello: `host` is the public name.  GREASE ECH counts
                        as ech only when nothing tells it from a real one; see hello.c */
  bool esni;
  uint16_t version;  /* highest offered, GREASE aside */
  uint8_t alpn_len, ja4_len;
  char alpn[WEIR_ALPN_MAX]; /* as offered, comma between, whole entries only */
  char ja4[WEIR_JA4_MAX];
} hello;

/* `body` is the handshake message's body, behind its four-byte header
 * (RFC 8446 4.1.2; DTLS adds the cookie, RFC 9147 5.3).  JA4 needs `crypto`. */
parse_outcome hello_parse(reader body, hello_carrier carrier, const weir_crypto *crypto, hello *out);

#endif
