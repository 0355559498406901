/* guard.h -- a device that is shown copies of an interface's traffic, which itself goes its way.
 *
 * What is written to the device comes to this host's stack as if the interface had received it; only
 * this host's own clients are ever written to. */
#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "locals.h"
#include "tun.h"
#include "weir.h"

#define GUARD_SPOKEN 1024u

typedef struct guard {
  locals locals;
  int socket; /* for the mirror */
  unsigned interface;
  bool observes; /* nothing is written, and nothing can be */
  uint64_t
      spoken[GUARD_SPOKEN]; /* TCP flows that were answered in the server's place, by their ends */
} guard;

/* Opens `device` and lets it see what `interface` receives and sends from now on.  `observes`: it can be read only. */
bool guard_open(guard *g, tun *device, const char *interface, bool observes, trouble *why);

/* Which way a copy goes, seen from this host; unknown when neither end is its own: it is forwarded. */
weir_direction guard_direction(const guard *g, const uint8_t *ip, size_t len);

/* Whether its sender may be answered: one of this host's, while the interface is what it was. */
bool guard_may_answer(const guard *g, weir_direction direction);

/* An answer was written to a flow's client. */
void guard_answered(guard *g, uint64_t flow_id, const uint8_t *ip);

/* The judgement of a packet behind such an answer: where that was a page or a DNS message over TCP, of which the true
 * server knows nothing and about whose end it would argue, a reset is to end the flow for the client.  One of
 * many flows answered at once may be forgotten. */
void guard_judge(const guard *g, weir_result *result);

/* Takes the mirror away; tun_close() ends the rest. */
void guard_close(guard *g);

#endif
