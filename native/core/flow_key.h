/* flow_key.h -- what makes packets one flow: the five-tuple, the same for both directions. */
#ifndef WEIR_FLOW_KEY_H
#define WEIR_FLOW_KEY_H

#include "packet.h"

/* Both ends in one fixed order, so that both directions give the same key. */
typedef struct flow_key {
  uint8_t address[2][16]; /* IPv4 as ::ffff:a.b.c.d */
  uint16_t port[2];
  uint8_t transport;
  uint8_t version;
  uint8_t zero[2];
} flow_key;

/* Key and direction of a packet: *reversed when its source is the second end. */
void flow_key_of(flow_key *key, bool *reversed, const packet *p);
uint32_t flow_hash(const uint64_t seed[2], const flow_key *key);
bool flow_key_equal(const flow_key *a, const flow_key *b);

#endif
