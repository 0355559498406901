/* arrival.h -- what of a packet's inspection needs no engine: its view, its five-tuple, its hash.
 *
 * weir_inspect() makes arrivals itself. An embedder that reads captures makes them in another
 * thread, ahead of the one that inspects: the same function of the same packet. */
#ifndef WEIR_ARRIVAL_H
#define WEIR_ARRIVAL_H

#include "flow.h"

struct quic_opened;

typedef struct arrival {
  packet view;
  flow_key key;    /* of a whole packet, as are `hash` and `reversed` */
  uint64_t now_us; /* as weir_packet says */
  uint32_t hash;
  uint8_t direction; /* weir_direction */
  bool reversed;
  uint16_t opened; /* of those handed in with it, from 1; 0: not opened ahead */
} arrival;
_Static_assert(sizeof(void *) != 8 || sizeof(arrival) == 128, "two cache lines");

/* Borrows the packet's bytes. `seed` is the engine's. */
void arrival_of(arrival *out, const weir_packet *in, const uint64_t seed[2]);

/* The five-tuple of a view that is whole. */
void arrival_find(arrival *a, const uint64_t seed[2]);

/* As weir_inspect, of packets that have arrived. */
size_t inspect_arrivals(weir_engine *e, const arrival *arrivals, size_t count,
                        weir_result *results);

/* The same, of arrivals some of whose QUIC packets are opened already, with the engine's crypto. */
size_t inspect_arrivals_opened(weir_engine *e, const arrival *arrivals, size_t count,
                               const struct quic_opened *opened, weir_result *results);

/* weir_answer() to a packet that has arrived: `in` is what it was made of. */
size_t arrival_answer(weir_engine *engine, const arrival *a, const weir_packet *in,
                      const weir_result *result, uint8_t *out, size_t room);

/* As arrival_of(), of the answer to `to` that arrival_answer wrote: of a datagram's all is known. */
void arrival_of_answer(arrival *out, const arrival *to, const weir_packet *in,
                       const uint64_t seed[2]);

/* For arrival_of(). */
const uint64_t *arrival_seed(const weir_engine *e);

#endif
