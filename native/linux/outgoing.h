/* outgoing.h -- packets that a batch writes to its device, behind the last inspection: in between, the kernel's code
 * and the engine's would drive each other from the caches. */
#ifndef WEIR_OUTGOING_H
#define WEIR_OUTGOING_H

#include "tun.h"

#define OUTGOING_MAX   128u  /* packets */
#define OUTGOING_ROOM  1500u /* bytes of IP that one made here may have */
#define OUTGOING_BYTES 8192u /* of those made here; another may begin behind them */

typedef struct outgoing {
  const tun *device;
  size_t count, used; /* packets; bytes */
  struct {
    const uint8_t *bytes;
    size_t len;
    uint64_t *taken, *lost;
  } packets[OUTGOING_MAX];
  uint8_t bytes[OUTGOING_BYTES + TUN_HEADER_LEN + OUTGOING_ROOM];
} outgoing;

/* Room for a packet to be made in; until the next is put, or all are written. */
uint8_t *outgoing_room(outgoing *o);

/* What was made there.  `*taken` or `*lost` grows by one when it is written, whichever the device makes of it;
 * NULL: nothing does. */
void outgoing_put(outgoing *o, size_t len, uint64_t *taken, uint64_t *lost);

/* A packet that stays where it is until all are written, the device's header in front of it. */
void outgoing_put_there(outgoing *o, const uint8_t *ip, size_t len, uint64_t *taken,
                        uint64_t *lost);

void outgoing_write(outgoing *o);

#endif
