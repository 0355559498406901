/* netlink.h -- addresses and routes of a device, by rtnetlink (RFC 3549). */
#ifndef WEIR_NETLINK_H
#define WEIR_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "trouble.h"

typedef struct netlink_prefix {
  uint8_t octets[16]; /* the first four of IPv4 */
  uint8_t version;    /* 4 or 6 */
  uint8_t bits;
} netlink_prefix;

/* A socket for the calls below; -1, with `why`, when there is none to be had.  Closed by close(). */
int netlink_open(trouble *why);

/* Packets that may wait to be read, four times what a TUN device has by itself: two senders who fill it lose a
 * tenth of what they lose then, and waking up for each packet is rarer. */
#define NETLINK_WAITING 2000u

/* Sets the MTU (0: leaves it) and the queue, and brings the device up. */
bool netlink_up(int socket, unsigned index, uint32_t mtu, trouble *why);

/* IPv6 addresses are used at once, without duplicate detection: nobody else is on the link. */
bool netlink_add_address(int socket, unsigned index, const netlink_prefix *address, trouble *why);

/* A route of its own: one that is there already, on any device with the same metric, is a conflict and stays as it is. */
bool netlink_add_route(int socket, unsigned index, const netlink_prefix *to, trouble *why);

#endif
