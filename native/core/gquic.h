/* gquic.h -- Google's QUIC, Q024 to Q050: first packets, frames, and the CHLO message. */
#ifndef WEIR_GQUIC_H
#define WEIR_GQUIC_H

#include "hello.h"
#include "quic_frames.h"

typedef struct gquic_packet {
  uint32_t version;
  unsigned number; /* 46 of Q046 */
  reader frames;
} gquic_packet;

/* A packet in the clear that names its version, Q024 to Q046. */
parse_outcome gquic_open(reader datagram, gquic_packet *out);

/* The next piece of the crypto stream: a STREAM frame of stream 1 or, since Q050, a CRYPTO frame.
 * NOT_MINE: no more of them, as far as can be told. */
parse_outcome gquic_next_piece(reader *frames, unsigned number, quic_piece *out);

/* The name in a CHLO.  NOT_MINE: another message, such as the server's. */
parse_outcome gquic_chlo(reader stream, hello *out);

#endif
