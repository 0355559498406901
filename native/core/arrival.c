#include "arrival.h"

void arrival_find(arrival *a, const uint64_t seed[2]) {
  flow_key_of(&a->key, &a->reversed, &a->view);
  a->hash = flow_hash(seed, &a->key);
}

void arrival_of(arrival *out, const weir_packet *in, const uint64_t seed[2]) {
  packet_parse(&out->view, in);
  out->now_us = in->now_us;
  out->direction = (uint8_t)in->direction;
  if (out->view.kind == PACKET_WHOLE) arrival_find(out, seed);
}
