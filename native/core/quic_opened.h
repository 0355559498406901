/* quic_opened.h -- a client's Initial packet, opened before its flow is known.
 *
 * The first one's keys follow from the packet alone (RFC 9001 5.2), so that a thread which reads ahead of
 * the one that inspects can make them, and open it. What it finds is what the flow would find. */
#ifndef WEIR_QUIC_OPENED_H
#define WEIR_QUIC_OPENED_H

#include "quic_keys.h"

#define QUIC_OPENED_MAX 2048u /* bytes; longer packets are left to the flow */

typedef struct quic_opened {
  reader whole; /* the packet, as it came */
  const quic_profile *profile;
  quic_keys keys;
  reader frames; /* in `plain` */
  uint8_t plain[QUIC_OPENED_MAX];
} quic_opened;

/* Opens the packet at the front of a datagram as a client's first. False: it is none, or of a version that is not
 * known, or longer. `out` borrows the datagram, and may not be moved. */
bool quic_open_first(quic_opened *out, reader datagram, const weir_crypto *crypto);

#endif
