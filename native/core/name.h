/* name.h -- a host name in the one form that rules and records use. */
#ifndef WEIR_NAME_H
#define WEIR_NAME_H

#include "reader.h"
#include "weir.h"

typedef struct name {
  uint8_t len; /* 0: no name */
  char text[WEIR_NAME_MAX];
} name;

/* Lower-cases ASCII and drops one trailing dot.  False, with `out` empty, for
 * an empty name, one longer than WEIR_NAME_MAX, or one with a byte that no
 * host name or address literal holds (controls, space, quotes, 0x7f and up). */
bool name_from_host(name *out, reader bytes);

/* As name_from_host for `host[:port]` and `[v6]:port`: drops the port and the brackets. */
bool name_from_authority(name *out, reader bytes);

bool name_equal(const name *a, const name *b);

#endif
