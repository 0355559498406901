/* link.h -- from a captured frame to the IP packet in it. */
#ifndef WEIR_LINK_H
#define WEIR_LINK_H

#include "reader.h"

/* VLAN tags, label stacks and the like that are opened in one frame. */
#define LINK_LAYERS_MAX 16u

typedef enum {
  LINK_NOT_IP = 0, /* a frame of another protocol: ARP, spanning tree, ... */
  LINK_IP,
  LINK_TRUNCATED,  /* it ends before anything of IP is there */
  LINK_UNSUPPORTED /* of this link type */
} link_outcome;

/* `link_type` is a LINKTYPE_ number (www.tcpdump.org/linktypes.html): NULL 0, ETHERNET 1, PPP 9,
 * RAW 12, 14 and 101, PPP_HDLC 50, PPP_ETHER 51, C_HDLC 104, LOOP 108, LINUX_SLL 113, PPI 192
 * around any of the others, IPV4 228, IPV6 229, LINUX_SLL2 276.  Opened on the way: 802.1Q,
 * 802.1ad and 0x9100 tags, VN-Tag, 802.1ah, FabricPath, LLC and SNAP, PPPoE, MPLS and Ethernet
 * over MPLS; no tunnels.  IP: `ip` is what follows the link header to the end of the frame, at least one byte,
 * an Ethernet trailer included; whether it is an IP packet is for the packet view to say.
 * A strict prefix of a frame with IP in it is TRUNCATED or has IP at the same place. */
link_outcome link_to_ip(uint32_t link_type, reader frame, reader *ip);

#endif
