/* tap.h -- a TUN device from the host's side, beside the IP stack: sends packets to whoever reads the
 * device, and sees what passes.
 *
 * Only TUN devices are taken: what is sent through a tap goes to the reader of the device, which is a
 * process of this host, and to nobody else. */
#ifndef WEIR_TAP_H
#define WEIR_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trouble.h"

/* What the kernel keeps of a packet that is seen: headers, no more. */
#define TAP_SEEN_MAX 128u

typedef struct tap {
  int fd; /* non-blocking; -1 when closed */
  unsigned index;
} tap;

typedef enum {
  TAP_SENT,
  TAP_FULL,   /* the reader is behind: try again later */
  TAP_REFUSED /* the device is down, or the packet longer than its MTU */
} tap_outcome;

/* One packet that passed. */
typedef struct tap_sight {
  uint64_t time_us; /* when the kernel had it, since 1970 */
  bool to_reader;   /* else the reader of the device wrote it */
  size_t len;       /* bytes kept of it */
} tap_sight;

/* Needs CAP_NET_RAW.  `watches`: the tap sees what passes from now on; else it is for sending alone. */
bool tap_open(tap *out, unsigned index, bool watches, trouble *why);
void tap_close(tap *t);

/* One IP packet, as it is, whatever it holds: the reader gets the same bytes. */
tap_outcome tap_send(const tap *t, const uint8_t *packet, size_t len);

/* The next packet that passed, its first bytes in `bytes`, TAP_SEEN_MAX at most; false: none is left. */
bool tap_next(const tap *t, uint8_t *bytes, tap_sight *out);

/* Packets that passed unseen since the last call: nobody asked for the others in time. */
unsigned tap_missed(const tap *t);

#endif
