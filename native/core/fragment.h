/* fragment.h -- IP datagrams put together from fragments (RFC 791 3.2, RFC 8200 4.5).
 *
 * A fixed number of datagrams, each with room for the longest one. The oldest
 * gives way. Where fragments overlap, the bytes that came first stay: RFC 5722
 * would drop the datagram, but a host that does not would then see what was
 * not judged; a host that keeps the last bytes is the one case left, and counted. */
#ifndef WEIR_FRAGMENT_H
#define WEIR_FRAGMENT_H

#include "assembler.h"
#include "packet.h"
#include "pages.h"

#define FRAGMENT_BODY_MAX 65535u

typedef struct ip_datagram ip_datagram;

typedef struct fragments {
  ip_datagram *slots;
  uint8_t *bodies;
  uint64_t due_us; /* nothing is too old before */
  uint32_t max, count;
  uint64_t timeout_us;
  uint64_t arrivals; /* orders the datagrams by their first fragment */
} fragments;

typedef enum {
  FRAGMENT_KEPT,   /* more are to come */
  FRAGMENT_JOINED, /* `whole` is a packet now; its body lies in the table until the next call */
  FRAGMENT_REFUSED /* lengths that cannot be or contradict others, or too many holes */
} fragment_outcome;

typedef struct fragment_whole {
  packet packet;
  uint32_t pieces;   /* IP packets it came in */
  uint64_t ip_bytes; /* their sum */
  uint64_t last_us;  /* of its latest piece, as the packet said */
} fragment_whole;

size_t fragments_size(uint32_t max);
void fragments_init(fragments *t, void *memory, const weir_config *config);

/* Makes room first when the table is full: fragment_give_up with `now_us` UINT64_MAX. */
static inline bool fragments_full(const fragments *t) { return t->count == t->max; }

/* `now_us` is for growing old, `raw_us` the packet's own time. */
fragment_outcome fragment_put(fragments *t, const packet *piece, uint64_t now_us, uint64_t raw_us,
                              bool *overlap, fragment_whole *whole);

/* The oldest datagram that has waited too long by `now_us`; UINT64_MAX takes the oldest
 * whatever its age. False: none. `whole->packet` is WHOLE when its ports are known and
 * holds what came of the payload, else it is TRUNCATED. */
bool fragment_give_up(fragments *t, uint64_t now_us, fragment_whole *whole);

bool fragment_known(const fragments *t, const packet *piece);

/* Gives the pages of bodies that no datagram has. */
void fragments_trim(fragments *t, pages *p);

#endif
