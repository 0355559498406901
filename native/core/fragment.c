#include "fragment.h"

#include <string.h>

struct ip_datagram {
  uint64_t first_us, ip_bytes;
  uint64_t arrival; /* 0: free */
  assembler runs;
  uint32_t id;
  uint32_t pieces;
  uint32_t total;   /* length of the body; 0 while the last fragment is missing */
  uint8_t version, transport, zero[2];
  uint8_t source[16], destination[16];
};

#define BODY_BYTES (FRAGMENT_BODY_MAX + 1)

/* Bodies lie apart, so that a search walks a few lines and not a few megabytes. */
static uint8_t *body_of(const fragments *t, const ip_datagram *d) {
  return t->bodies + (size_t)(d - t->slots) * BODY_BYTES;
}

size_t fragments_size(uint32_t max) { return max * (sizeof(ip_datagram) + BODY_BYTES); }

void fragments_init(fragments *t, void *memory, const weir_config *config) {
  *t = (fragments){.slots = (ip_datagram *)memory, .max = config->max_fragments, .timeout_us = config->fragment_us};
  t->bodies = (uint8_t *)memory + t->max * sizeof(ip_datagram);
}

static bool is_piece_of(const ip_datagram *d, const packet *p) {
  size_t len = p->version == 4 ? 4 : 16;
  /* RFC 8200 4.5: the next header of the first fragment only; IPv4 tells protocols apart (RFC 791 3.2). */
  return d->arrival && d->id == p->fragment_id && d->version == p->version &&
         (p->version == 6 || d->transport == p->transport) &&
         !memcmp(d->source, p->source, len) && !memcmp(d->destination, p->destination, len);
}

static ip_datagram *find(const fragments *t, const packet *p) {
  for (uint32_t i = 0; i < t->max; i++)
    if (is_piece_of(&t->slots[i], p)) return &t->slots[i];
  return NULL;
}

bool fragment_known(const fragments *t, const packet *piece) { return find(t, piece) != NULL; }

static ip_datagram *start(fragments *t, const packet *p, uint64_t now_us) {
  for (uint32_t i = 0; i < t->max; i++) {
    ip_datagram *d = &t->slots[i];
    if (d->arrival) continue;
    size_t len = p->version == 4 ? 4 : 16;
    *d = (ip_datagram){0};
    d->first_us = now_us;
    d->arrival = ++t->arrivals;
    d->id = p->fragment_id;
    d->version = p->version;
    d->transport = p->transport;
    memcpy(d->source, p->source, len);
    memcpy(d->destination, p->destination, len);
    if (!t->count++) t->due_us = now_us + t->timeout_us;
    return d;
  }
  return NULL;
}

/* The slot is free from here on, but its bytes stay until it is taken again. */
static void release(fragments *t, ip_datagram *d, fragment_whole *whole) {
  packet *p = &whole->packet;
  *p = (packet){.source = d->source, .destination = d->destination, .version = d->version,
                .transport = d->transport, .ip_bytes = 0};
  p->body = reader_of(body_of(t, d), assembler_ready(&d->runs));
  p->body_wire = d->total ? d->total : (uint32_t)p->body.left;
  whole->pieces = d->pieces;
  whole->ip_bytes = d->ip_bytes;
  whole->first_us = d->first_us;
  p->kind = p->body.left ? (uint8_t)packet_parse_joined(p) : PACKET_TRUNCATED;
  d->arrival = 0;
  t->count--;
}

static uint32_t covered(const assembler *a) {
  uint32_t sum = 0;
  for (unsigned i = 0; i < a->count; i++) sum += a->runs[i].to - a->runs[i].from;
  return sum;
}

fragment_outcome fragment_put(fragments *t, const packet *piece, uint64_t now_us, bool *overlap, fragment_whole *whole) {
  uint32_t end = piece->fragment_offset + piece->body_wire;
  *overlap = false;
  /* Only the last may end off the 8-byte grid, and none may end past the longest datagram. */
  if (end > FRAGMENT_BODY_MAX || (piece->more_fragments && piece->body_wire % 8)) return FRAGMENT_REFUSED;
  ip_datagram *d = find(t, piece);
  if (!d && !(d = start(t, piece, now_us))) return FRAGMENT_REFUSED;
  d->pieces++;
  d->ip_bytes += piece->ip_bytes;
  uint32_t before = covered(&d->runs);
  reader body = piece->body;
  assembler_put(&d->runs, body_of(t, d), BODY_BYTES, piece->fragment_offset, body);
  *overlap = covered(&d->runs) - before != body.left;
  if (piece->fragment_offset == 0) d->transport = piece->transport;
  if (!piece->more_fragments && !d->total) d->total = end;
  if (!d->total || assembler_ready(&d->runs) < d->total) return FRAGMENT_KEPT;
  release(t, d, whole);
  return FRAGMENT_JOINED;
}

bool fragment_give_up(fragments *t, uint64_t now_us, fragment_whole *whole) {
  ip_datagram *oldest = NULL;
  if (!t->count || now_us < t->due_us) return false;
  for (uint32_t i = 0; i < t->max; i++) {
    ip_datagram *d = &t->slots[i];
    if (d->arrival && (!oldest || d->arrival < oldest->arrival)) oldest = d;
  }
  t->due_us = oldest->first_us + t->timeout_us;
  if (now_us < t->due_us) return false;
  release(t, oldest, whole);
  return true;
}
