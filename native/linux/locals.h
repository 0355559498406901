/* locals.h -- the addresses of this host, and whether an interface is still what it was.
 *
 * rtnetlink says when one of them changes.  Behind locals_open() there is nothing but reads and writes of one descriptor,
 * so that a confined thread can do it. */
#ifndef WEIR_LOCALS_H
#define WEIR_LOCALS_H

#include <stdbool.h>
#include <stdint.h>

#include "trouble.h"

#define LOCALS_MAX   512u /* addresses; any more are nobody's */
#define LOCALS_SLOTS 1024u

typedef struct locals_table {
  uint8_t octets[LOCALS_SLOTS][16]; /* IPv4 as ::ffff:a.b.c.d */
  bool used[LOCALS_SLOTS];
  unsigned count;
} locals_table;

/* What became of the interface: anything but LOCALS_SAME is final. */
typedef enum {
  LOCALS_SAME,
  LOCALS_GONE,
  LOCALS_ENSLAVED, /* it became a port of a bridge or the like: its traffic is not this host's alone */
  LOCALS_UNDONE    /* somebody took the mirror away */
} locals_change;

typedef struct locals {
  int fd; /* non-blocking */
  unsigned interface;
  locals_change change;
  bool asks, is_stale; /* a dump comes; and it must be asked for once more */
  unsigned current;    /* of the tables, the one in use */
  locals_table tables[2];
} locals;

/* Whether the interface has this host's own stack above it: the loopback is not meant, and no port of a bridge. */
bool locals_is_own(int socket, unsigned interface, const char *name, trouble *why);

/* Reads all addresses, and from now on what changes; the interface must be one of the host's own.  `socket` is
 * for questions.  Closed by locals_close(), however it went. */
bool locals_open(locals *l, int socket, unsigned interface, const char *name, trouble *why);

/* Takes what rtnetlink has said. */
void locals_read(locals *l);

/* Whether this host has an address: 4 octets of version 4, 16 of version 6. */
bool locals_has(const locals *l, const uint8_t *octets, unsigned version);

void locals_close(locals *l);

#endif
