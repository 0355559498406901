#include "arrival.h"

#include <string.h>

void arrival_find(arrival *a, const uint64_t seed[2]) {
  flow_key_of(&a->key, &a->reversed, &a->view);
  a->hash = flow_hash(seed, &a->key);
}

void arrival_of(arrival *out, const weir_packet *in, const uint64_t seed[2]) {
  packet_parse(&out->view, in);
  out->now_us = in->now_us;
  out->direction = (uint8_t)in->direction;
  out->opened = 0;
  if (out->view.kind == PACKET_WHOLE) arrival_find(out, seed);
}

/* Both ends are one: then neither direction is the other's reverse. */
static bool is_to_itself(const flow_key *key) {
  return key->port[0] == key->port[1] && !memcmp(key->address[0], key->address[1], 16);
}

void arrival_of_answer(arrival *out, const arrival *to, const weir_packet *in,
                       const uint64_t seed[2]) {
  const packet *p = &to->view;
  size_t address = p->version == 4 ? 4 : 16, ip = p->version == 4 ? 20 : 40;
  if (p->transport != TRANSPORT_UDP || in->data[p->version == 4 ? 9 : 6] != TRANSPORT_UDP ||
      is_to_itself(&to->key)) {
    arrival_of(out, in, seed);
    return;
  }
  size_t body = in->len - ip - 8;
  *out = (arrival){.view = {.source = in->data + ip - 2 * address,
                            .destination = in->data + ip - address,
                            .body = reader_of(in->data + ip + 8, body),
                            .ip_bytes = in->len,
                            .body_wire = (uint32_t)body,
                            .source_port = p->destination_port,
                            .destination_port = p->source_port,
                            .kind = PACKET_WHOLE,
                            .version = p->version,
                            .transport = TRANSPORT_UDP},
                   .key = to->key,
                   .now_us = in->now_us,
                   .hash = to->hash,
                   .direction = (uint8_t)in->direction,
                   .reversed = !to->reversed};
}
