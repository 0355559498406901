/* ahead.h -- a capture file read ahead of the engine: a thread of its own reads it, opens its frames,
 * makes arrivals, and opens first QUIC packets, while the caller's thread inspects those before. */
#ifndef WEIR_ADDON_AHEAD_H
#define WEIR_ADDON_AHEAD_H

#include <stdalign.h>

#include "arrival.h"
#include "ip.h"
#include "quic_opened.h"

#define AHEAD_ARRIVALS 1024u /* of a piece: enough for packets of 128 bytes */
#define AHEAD_OPENED \
  32u /* of those, QUIC packets that are opened, too; more are left to the flow */

/* A stretch of the file. Its arrivals borrow its bytes. */
typedef struct ahead_piece {
  uint32_t count, first; /* arrivals, and how many of them are inspected */
  parse_outcome
      outcome;       /* NEED_MORE: another piece follows; else the file ends here, well or not */
  int error;         /* of the system, at the file's end: errno, 0 none */
  uint64_t position; /* in the file, behind the bytes read so far */
  capture_counts counts; /* up to here */
  uint8_t *bytes;
  quic_opened *opened;
  bool is_raw; /* `packets`, not `arrivals`: the caller waits, and does that part itself */
  union {
    alignas(64) arrival arrivals[AHEAD_ARRIVALS];
    weir_packet packets[AHEAD_ARRIVALS];
  };
} ahead_piece;

typedef struct ahead ahead;

/* Reads `fd` from where it stands; `fd` and `c` are the thread's until ahead_stop(). `seed` is the
 * engine's, copied. NULL: no memory, or no thread to be had. */
ahead *ahead_start(int fd, capture *c, const uint64_t seed[2]);

/* The piece at the file's front that is not given back; waits for it. The last one stays. */
ahead_piece *ahead_take(ahead *a);
void ahead_give(ahead *a);

void ahead_stop(ahead *a);

#endif
