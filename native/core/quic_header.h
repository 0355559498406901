/* quic_header.h -- long header packets of QUIC (RFC 9000 17.2, RFC 8999, RFC 9369 3.2). */
#ifndef WEIR_QUIC_HEADER_H
#define WEIR_QUIC_HEADER_H

#include "parse.h"
#include "quic_version.h"

#define QUIC_CID_MAX            20   /* RFC 9000 17.2, true of every version in use */
#define QUIC_FIRST_DATAGRAM_MIN 1200 /* of a client: RFC 9000 14.1 */
#define QUIC_FIRST_DCID_MIN     8    /* RFC 9000 7.2 */

typedef enum { QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY } quic_type;

typedef struct quic_packet {
  reader whole; /* from its first byte to its last, without what is coalesced behind it */
  reader dcid;
  uint32_t version; /* 0: Version Negotiation, whose list is `rest` */
  size_t pn_offset; /* of the protected packet number within `whole`, where there is one */
  reader rest;      /* behind the connection IDs */
} quic_packet;

/* What RFC 8999 5.1 promises of every version: form, version, connection IDs.  `whole` and `rest`
 * reach to the end of the datagram. */
parse_outcome quic_invariant(reader datagram, quic_packet *out);

/* The packet's type, in the code points of the profile. */
quic_type quic_packet_type(const quic_packet *packet, const quic_profile *profile);

/* Goes on behind the connection IDs, and ends `whole` where the Length field says.  Retry packets
 * have none and take all of the datagram.  NOT_MINE: lengths beyond any UDP datagram's. */
parse_outcome quic_bounds(quic_packet *packet, const quic_profile *profile);

/* A number of RFC 9000 16; a block with such a number as length in front. */
bool quic_varint(reader *r, uint64_t *out);
bool quic_varint_block(reader *r, reader *out);

#endif
