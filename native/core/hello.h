/* hello.h -- the ClientHello, whatever carried it, and its JA4. */
#ifndef WEIR_HELLO_H
#define WEIR_HELLO_H

#include "name.h"
#include "parse.h"

typedef enum { HELLO_TLS = 't', HELLO_DTLS = 'd', HELLO_QUIC = 'q' } hello_carrier;

/* Extensions that are looked into, here and in a server's hello. */
enum {
  EXTENSION_SERVER_NAME = 0,           /* RFC 6066 3 */
  EXTENSION_SIGNATURE_ALGORITHMS = 13, /* RFC 8446 4.2.3 */
  EXTENSION_ALPN = 16,                 /* RFC 7301 3.1 */
  EXTENSION_SUPPORTED_VERSIONS = 43,   /* RFC 8446 4.2.1 */
  EXTENSION_ECH = 0xfe0d,              /* RFC 9849 5 */
  EXTENSION_ESNI = 0xffce              /* draft-ietf-tls-esni-00 to -06 */
};

typedef struct hello {
  name host;         /* SNI; empty when there is none or it was refused */
  bool host_refused; /* there was an SNI that no host name can be */
  bool ech;          /* an outer ECH hello: `host` is the public name.  GREASE ECH counts
                        as ech only when nothing tells it from a real one; see hello.c */
  bool esni;
  uint16_t version; /* highest offered, GREASE aside; a draft as its own number */
  uint8_t alpn_len, ja4_len;
  char alpn[WEIR_ALPN_MAX]; /* as offered, GREASE aside, comma between; ends before
                               the first that does not fit; escaped as alpn.h says */
  char ja4[WEIR_JA4_MAX];
} hello;

/* Everything that says nothing; the texts keep their bytes. */
void hello_clear(hello *out);

/* `body` is the handshake message's body, behind its four-byte header
 * (RFC 8446 4.1.2; DTLS adds the cookie, RFC 9147 5.3).  JA4 needs `crypto`.
 * PARSED or MALFORMED; bytes behind the extensions are passed over. */
parse_outcome hello_parse(reader body, hello_carrier carrier, const weir_crypto *crypto,
                          hello *out);

/* The host of a hello whose end is missing for good, as behind a snap length; the rest of
 * `out` stays empty. */
bool hello_host_of_cut(reader body, hello_carrier carrier, hello *out);

#endif
