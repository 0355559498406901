/* blocked.h -- a capture of the packets that rules refused, for whoever asked for one.
 *
 * A pcap file of raw IP (LINKTYPE_RAW).  Packets are cut behind the headers of their transport: what they carried is
 * in it only where that was asked for. */
#ifndef WEIR_BLOCKED_H
#define WEIR_BLOCKED_H

#include "weir.h"

#define BLOCKED_BUFFER (128u << 10) /* the longest packet, and a batch of headers */

typedef struct blocked {
  int fd; /* -1: none */
  bool with_payload;
  uint64_t room; /* bytes that may still be written */
  uint64_t left_out;
  size_t used;
  uint8_t buffer[BLOCKED_BUFFER];
} blocked;

/* Nothing is captured. */
void blocked_init(blocked *b);
/* From here on into `fd`, which is ours: a new file, `most` bytes long at most.  What finds no room is counted. */
void blocked_open(blocked *b, int fd, bool with_payload, uint64_t most);
void blocked_put(blocked *b, const weir_packet *packet);
/* After a batch. */
void blocked_flush(blocked *b);
void blocked_close(blocked *b);

#endif
