/* quic_frames.h -- the pieces of the client's handshake message among a packet's frames. */
#ifndef WEIR_QUIC_FRAMES_H
#define WEIR_QUIC_FRAMES_H

#include "parse.h"

typedef struct quic_piece {
  uint64_t offset; /* in the handshake's stream of bytes */
  reader bytes;
} quic_piece;

/* The next CRYPTO frame of an Initial packet (RFC 9000 12.4 and 19).  NOT_MINE: no more of them.
 * MALFORMED: a frame cut short, or one that no Initial packet may hold. */
parse_outcome quic_next_piece(reader *frames, quic_piece *out);

#endif
