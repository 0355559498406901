/* answer_quic.h -- telling a QUIC client that its connection is refused. */
#ifndef WEIR_ANSWER_QUIC_H
#define WEIR_ANSWER_QUIC_H

#include "parse.h"
#include "weir.h"

#define ANSWER_QUIC_MAX 128u

/* Writes an Initial packet with CONNECTION_CLOSE (RFC 9000 17.2.2, 19.19) in answer to the client's
 * datagram, protected with the server's Initial keys, which follow from what the client chose (RFC 9001 5.2); its
 * length, 0 when the datagram has no Initial packet of the client's in a version whose keys are known.
 * That it is the client's is proven by opening it, in `scratch` (2,048 bytes or more). */
size_t answer_quic_close(reader datagram, const weir_crypto *crypto, uint8_t *scratch,
                         size_t scratch_len, uint8_t out[ANSWER_QUIC_MAX]);

#endif
