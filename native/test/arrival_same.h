/* arrival_same.h -- whether an answer's arrival, known from what it answers, is what its bytes say. */
#ifndef WEIR_TEST_ARRIVAL_SAME_H
#define WEIR_TEST_ARRIVAL_SAME_H

#include "arrival.h"

static bool same_views(const packet *a, const packet *b) {
  return a->source == b->source && a->destination == b->destination && a->body.at == b->body.at &&
         a->body.left == b->body.left && a->ip_bytes == b->ip_bytes &&
         a->body_wire == b->body_wire && a->seq == b->seq && a->ack == b->ack &&
         a->source_port == b->source_port && a->destination_port == b->destination_port &&
         a->kind == b->kind && a->version == b->version && a->transport == b->transport &&
         a->tcp_flags == b->tcp_flags;
}

/* `back` answers `in`. */
static bool arrival_same(const weir_engine *engine, const weir_packet *in,
                         const weir_packet *back) {
  arrival to, read, known;
  const uint64_t *seed = arrival_seed(engine);
  arrival_of(&to, in, seed);
  arrival_of(&read, back, seed);
  arrival_of_answer(&known, &to, back, seed);
  return same_views(&known.view, &read.view) && known.hash == read.hash &&
         known.reversed == read.reversed && known.direction == read.direction &&
         known.now_us == read.now_us && !memcmp(&known.key, &read.key, sizeof known.key);
}

#endif
