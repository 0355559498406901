/* quic.h -- the ClientHello in QUIC Initial packets (RFC 9000, 9001, 9369, the drafts, gQUIC). */
#ifndef WEIR_QUIC_H
#define WEIR_QUIC_H

#include "hello.h"
#include "quic_opened.h"

/* Kept for a flow until its hello is whole: at the front of an 8-aligned block of `state_len` bytes
 * (8,192 or more), of which QUIC_STATE_MAX are zeroed at first. The rest holds CRYPTO bytes. */
#define QUIC_STATE_MAX 512
typedef struct quic_state quic_state;

typedef struct quic_observation {
  bool is_quic;     /* beyond doubt: opened, or a header that nothing else has */
  uint32_t version; /* as on the wire; 0 unknown */
  hello hello;      /* filled on PARSED */
} quic_observation;

/* One UDP datagram of a flow, in either direction.  PARSED: the client's hello
 * is whole.  NEED_MORE: it may be QUIC, and more datagrams are needed; after a
 * bounded number of them in vain, another outcome comes.
 * NOT_MINE: it is not QUIC, or a flow joined too late to tell.  MALFORMED: it is,
 * and can tell nothing.  `from_client` is taken as a name for the direction only:
 * the client is who seals with a client's keys.
 * `crypto` NULL: only what is not sealed is read.
 * `ahead`: its first packet, if that was opened with `crypto` before; may be NULL.
 * `scratch` (2,048 bytes or more) holds plaintext during the call; longer packets stay closed.
 * `out` is meaningful on every outcome but NOT_MINE. */
parse_outcome quic_datagram(void *state, size_t state_len, reader datagram, bool from_client,
                            const weir_crypto *crypto, const quic_opened *ahead, uint8_t *scratch,
                            size_t scratch_len, quic_observation *out);

/* Cheap look at a first datagram: false when it cannot be QUIC in any version, or was cut
 * before its connection IDs end. */
bool quic_may_be(reader datagram);

#endif
