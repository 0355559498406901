/* quic_keys.h -- the keys of Initial packets, and what they open (RFC 9001 5). */
#ifndef WEIR_QUIC_KEYS_H
#define WEIR_QUIC_KEYS_H

#include "parse.h"
#include "quic_version.h"
#include "weir.h"

typedef struct quic_keys {
  uint8_t key[16], iv[12], hp[16];
} quic_keys;

/* From the Destination Connection ID of the client's first packet, QUIC_CID_MAX bytes at most. */
void quic_client_keys(quic_keys *out, const weir_crypto *crypto, const quic_profile *profile,
                      reader dcid);

/* Likewise of the server's Initial packets. */
void quic_server_keys(quic_keys *out, const weir_crypto *crypto, const quic_profile *profile,
                      reader dcid);

/* Takes off header protection and AEAD of the packet whose number begins at `pn_offset`.  The
 * frames are in `scratch`, which must hold as many bytes as the packet.  False: other keys, a
 * packet longer than that, or not QUIC. */
bool quic_open(const quic_keys *keys, const weir_crypto *crypto, reader packet, size_t pn_offset,
               uint8_t *scratch, size_t scratch_len, reader *frames);

#endif
