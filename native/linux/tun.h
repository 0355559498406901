/* tun.h -- a TUN device: IP packets of this host, read and written through a descriptor.
 *
 * The device lives as long as its descriptor: however the process ends, the kernel takes it away,
 * with its addresses and routes. */
#ifndef WEIR_TUN_H
#define WEIR_TUN_H

#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "trouble.h"

/* In front of every packet of a device with offloads. */
#define TUN_HEADER_LEN sizeof(struct virtio_net_hdr)
#define TUN_PACKET_MAX (65535u + TUN_HEADER_LEN)

typedef struct tun {
  int fd; /* non-blocking; -1 when closed */
  unsigned index;
  unsigned offloads;   /* TUN_F_*; 0: packets come without a header, whole and summed up */
  char name[IFNAMSIZ]; /* as the kernel has it */
  struct guard *guard; /* its packets are copies, guard.h; NULL: they are here and nowhere else */
  bool observed;       /* nothing is to be written to it */
} tun;

/* Opens a device, made anew unless one of this name was kept by `ip tuntap add`.  An empty name lets the
 * kernel choose one.  `offloads`: take what the kernel has of them, so that TCP and UDP come in
 * super-packets with checksums left out; the header says so. */
bool tun_open(tun *out, const char *name, bool offloads, trouble *why);
/* The same, but nothing can be written to it. */
bool tun_open_for_reading(tun *out, const char *name, bool offloads, trouble *why);
void tun_close(tun *t);

#endif
