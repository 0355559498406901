/* ip.h -- the IP packets of a capture: frames opened, what is none counted and passed over. */
#ifndef WEIR_CAPTURE_IP_H
#define WEIR_CAPTURE_IP_H

#include "capture.h"
#include "weir.h"

typedef struct capture_counts {
  uint64_t frames;
  uint64_t not_ip;           /* frames without an IP packet in them, ARP for example */
  uint64_t unsupported;      /* frames of a link type that is not read */
  uint32_t unsupported_type; /* the last such */
} capture_counts;

/* Takes frames off the front of `in` up to one that holds an IP packet. As capture_next; `out`
 * borrows `in`'s memory. */
parse_outcome capture_next_ip(capture *c, capture_counts *counts, reader *in, weir_packet *out);

#endif
