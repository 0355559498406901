#include "flow_key.h"

#include <string.h>

#include "siphash.h"

_Static_assert(sizeof(flow_key) == 40, "hashed and compared as whole words");

static uint32_t word_at(const uint8_t *p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

static void put_mapped(uint8_t out[16], const uint8_t *ipv4) {
  static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  memcpy(out, prefix, 12);
  memcpy(out + 12, ipv4, 4);
}

/* Any order will do that both directions agree on. */
static bool is_reversed(const packet *p) {
  if (p->version == 4) {
    uint32_t source = word_at(p->source), destination = word_at(p->destination);
    return source > destination || (source == destination && p->source_port > p->destination_port);
  }
  int order = memcmp(p->source, p->destination, 16);
  return order > 0 || (order == 0 && p->source_port > p->destination_port);
}

void flow_key_of(flow_key *key, bool *reversed, const packet *p) {
  bool swap = is_reversed(p);
  if (p->version == 4) {
    put_mapped(key->address[swap], p->source);
    put_mapped(key->address[!swap], p->destination);
  } else {
    memcpy(key->address[swap], p->source, 16);
    memcpy(key->address[!swap], p->destination, 16);
  }
  key->port[swap] = p->source_port;
  key->port[!swap] = p->destination_port;
  key->transport = p->transport;
  key->version = p->version;
  key->zero[0] = key->zero[1] = 0;
  *reversed = swap;
}

/* SipHash-1-3 of one length for each version, which the last word says: no word for the length. */
uint32_t flow_hash(const uint64_t seed[2], const flow_key *key) {
  siphash s = siphash_begin(seed);
  /* Field by field, as they were written a moment ago: a wider load would wait for the stores. */
  if (key->version == 4) { /* the mapped prefix is constant */
    siphash_absorb(&s,
                   (uint64_t)word_at(key->address[0] + 12) << 32 | word_at(key->address[1] + 12));
  } else {
    uint64_t word[4];
    memcpy(word, key->address, sizeof word);
    for (unsigned i = 0; i < 4; i++) siphash_absorb(&s, word[i]);
  }
  siphash_absorb(&s, (uint64_t)key->port[0] | (uint64_t)key->port[1] << 16 |
                         (uint64_t)key->transport << 32 | (uint64_t)key->version << 40);
  return (uint32_t)siphash_end(&s);
}

static uint64_t pair_at(const void *p, size_t offset) {
  uint64_t pair;
  memcpy(&pair, (const uint8_t *)p + offset, sizeof pair);
  return pair;
}

/* Where keys differ they do in the addresses' last bytes or in the ports: those first. */
bool flow_key_equal(const flow_key *a, const flow_key *b) {
  if (pair_at(a, 32) != pair_at(b, 32) || pair_at(a, 24) != pair_at(b, 24)) return false;
  return !((pair_at(a, 0) ^ pair_at(b, 0)) | (pair_at(a, 8) ^ pair_at(b, 8)) |
           (pair_at(a, 16) ^ pair_at(b, 16)));
}
