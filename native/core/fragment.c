#include "fragment.h"

#include <string.h>

struct ip_datagram {
  uint64_t first_us, last_us, ip_bytes;
  uint64_t arrival; /* 0: free */
  assembler runs;
  uint32_t id;
  uint32_t pieces;
  uint32_t total; /* length of the body; 0 while the last fragment is missing */
  uint8_t version, transport, zero[2];
  uint8_t source[16], destination[16];
};

#define BODY_BYTES     (FRAGMENT_BODY_MAX + 1)
#define TIMEOUT_MAX_US (UINT64_C(1) << 60) /* added to a time, it stays one */

/* Bodies lie apart, so that a search walks a few lines and not a few megabytes. */
static uint8_t *body_of(const fragments *t, const ip_datagram *d) {
  return t->bodies + (size_t)(d - t->slots) * BODY_BYTES;
}

size_t fragments_size(uint32_t max) { return max * (sizeof(ip_datagram) + BODY_BYTES); }

void fragments_init(fragments *t, void *memory, const weir_config *config) {
  *t = (fragments){.slots = (ip_datagram *)memory, .max = config->max_fragments};
  t->timeout_us = config->fragment_us < TIMEOUT_MAX_US ? config->fragment_us : TIMEOUT_MAX_US;
  t->bodies = (uint8_t *)memory + t->max * sizeof(ip_datagram);
}

static bool is_piece_of(const ip_datagram *d, const packet *p) {
  size_t len = p->version == 4 ? 4 : 16;
  /* RFC 8200 4.5: the next header of the first fragment only; IPv4 tells protocols apart (RFC 791 3.2). */
  return d->arrival && d->id == p->fragment_id && d->version == p->version &&
         (p->version == 6 || d->transport == p->transport) && !memcmp(d->source, p->source, len) &&
         !memcmp(d->destination, p->destination, len);
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
  *p = (packet){.source = d->source,
                .destination = d->destination,
                .version = d->version,
                .transport = d->transport,
                .ip_bytes = 0};
  p->body = reader_of(body_of(t, d), assembler_ready(&d->runs));
  p->body_wire = d->total ? d->total : (uint32_t)p->body.left;
  whole->pieces = d->pieces;
  whole->ip_bytes = d->ip_bytes;
  whole->last_us = d->last_us;
  p->kind = p->body.left ? (uint8_t)packet_parse_joined(p) : PACKET_TRUNCATED;
  d->arrival = 0;
  t->count--;
}

static uint32_t covered(const assembler *a) {
  uint32_t sum = 0;
  for (unsigned i = 0; i < a->count; i++) sum += a->runs[i].to - a->runs[i].from;
  return sum;
}

/* Bytes behind the last fragment's end, or two such ends: no host takes that (RFC 8200 4.5). */
static bool contradicts(const ip_datagram *d, uint32_t end, bool more) {
  if (d->total) return end > d->total || (!more && end != d->total);
  return !more && d->runs.count && d->runs.runs[d->runs.count - 1].to > end;
}

fragment_outcome fragment_put(fragments *t, const packet *piece, uint64_t now_us, uint64_t raw_us,
                              bool *overlap, fragment_whole *whole) {
  uint64_t wire_end = (uint64_t)piece->fragment_offset + piece->body_wire;
  *overlap = false;
  /* Only the last may end off the 8-byte grid, and none may end past the longest datagram. */
  if (wire_end > FRAGMENT_BODY_MAX || (piece->more_fragments && piece->body_wire % 8))
    return FRAGMENT_REFUSED;
  uint32_t end = (uint32_t)wire_end;
  ip_datagram *d = find(t, piece);
  if (!d && !(d = start(t, piece, now_us))) return FRAGMENT_REFUSED;
  uint32_t before = covered(&d->runs);
  if (contradicts(d, end, piece->more_fragments) ||
      assembler_put(&d->runs, body_of(t, d), BODY_BYTES, piece->fragment_offset, piece->body) !=
          ASSEMBLER_OK)
    return FRAGMENT_REFUSED;
  *overlap = covered(&d->runs) - before != piece->body.left;
  d->pieces++;
  d->ip_bytes += piece->ip_bytes;
  d->last_us = raw_us;
  if (piece->fragment_offset == 0) d->transport = piece->transport;
  if (!piece->more_fragments) d->total = end;
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

void fragments_trim(fragments *t, pages *p) {
  uint32_t first = 0;
  for (uint32_t i = 0; i <= t->max; i++) {
    if (i < t->max && !t->slots[i].arrival) continue;
    pages_give(p, body_of(t, &t->slots[first]), (size_t)(i - first) * BODY_BYTES);
    first = i + 1;
  }
}
