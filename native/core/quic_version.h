/* quic_version.h -- what differs between versions of QUIC before the handshake is done. */
#ifndef WEIR_QUIC_VERSION_H
#define WEIR_QUIC_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#define QUIC_SALT_LEN 20

/* How Initial packets are numbered, protected and filled. */
typedef struct quic_profile {
  uint8_t salt[QUIC_SALT_LEN]; /* of the Initial secret, RFC 9001 5.2 */
  uint8_t v2;                  /* labels and packet types of RFC 9369 3 */
  uint8_t gquic_frames;        /* frames as in gQUIC */
  uint8_t chlo;                /* a gQUIC CHLO in the place of the ClientHello */
} quic_profile;

/* NULL: a version that is not known, or one without protected Initials. */
const quic_profile *quic_profile_of(uint32_t version);

/* What versions nobody knows may be made like, the likeliest first: the i-th, or NULL. */
const quic_profile *quic_profile_guess(unsigned i);

/* 0x?a?a?a?a, never to be chosen: a client that wants to see version negotiation (RFC 9000 15). */
static inline bool quic_version_is_reserved(uint32_t version) {
  return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* Q024 to Q046, whose first packets are in the clear: the number after the Q.  Otherwise 0. */
unsigned quic_gquic_number(uint32_t version);

/* A version whose bytes, in the place of a version, no other protocol is likely to have. */
static inline bool quic_version_is_known(uint32_t version) {
  return quic_profile_of(version) || quic_version_is_reserved(version) ||
         quic_gquic_number(version);
}

#endif
