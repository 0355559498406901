/* tls.h -- TLS and DTLS records (RFC 8446 5, RFC 9147 4) and SSLv2 hellos (RFC 5246 E.2). */
#ifndef WEIR_TLS_H
#define WEIR_TLS_H

#include "hello.h"

/* Finds the ClientHello at the start of a client's byte stream, over however
 * many records.  `scratch` holds the message when records split it; a message
 * that does not fit is MALFORMED.  On NEED_MORE `*need` is the least total of
 * bytes with which the message can be whole or its length be known: a caller
 * that waits for them does work linear in the stream, or nearly (with records
 * of one byte, some tens of calls), and learns of broken records that much later. */
parse_outcome tls_client_hello(reader stream, uint8_t *scratch, size_t scratch_len,
                               const weir_crypto *crypto, hello *out, size_t *need);

/* The host, when the hello's end will never come: true when its SNI is among what did. */
bool tls_host_of_cut(reader stream, hello *out);

typedef struct tls_server {
  uint16_t version; /* chosen; supported_versions over the legacy field */
  uint8_t alpn_len;
  char alpn[WEIR_ALPN_MAX]; /* chosen, when in the clear (TLS 1.2) */
} tls_server;

/* The server's first message, as far as it tells the version; `scratch` and
 * `*need` as above.  PARSED with version 0: an alert that ends the handshake
 * came first.  Other warnings ahead of the hello are passed over. */
parse_outcome tls_server_hello(reader stream, uint8_t *scratch, size_t scratch_len, tls_server *out,
                               size_t *need);

/* True when `stream` begins with a TLS record, or, short as it is, could: for
 * flows without their first bytes.  False for an empty one. */
bool tls_looks_like_record(reader stream);

#define DTLS_STATE_MAX 256 /* bytes */

/* One datagram of the client.  Handshake fragments of one hello may come in
 * several records and datagrams in any order (RFC 9147 5.5): `state` is
 * `state_len` bytes (at least 4096, of which DTLS_STATE_MAX are zeroed at first)
 * that the caller keeps for the flow until the outcome is not NEED_MORE.  A whole hello in one piece is parsed in
 * place, and is seen even behind an unfinished one.  NOT_MINE: no piece of a
 * hello, and none came before.  MALFORMED: a datagram cut short, too. */
parse_outcome dtls_client_hello(reader datagram, uint8_t *state, size_t state_len,
                                const weir_crypto *crypto, hello *out);

/* True when `datagram` begins with a plaintext-header DTLS record (up to 1.2,
 * or a hello of 1.3): for flows without their first datagrams. */
bool dtls_looks_like_record(reader datagram);

#endif
