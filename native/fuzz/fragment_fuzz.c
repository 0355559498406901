/* fragment_*: against maps of bytes.  Five bytes a piece: which datagram and whether more follow,
 * offset, length, value, time. */
#include <stdlib.h>
#include <string.h>

#include "../test/wire.h"
#include "fragment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX = 2, IDS = 3, SIZE = 600 };

typedef struct model {
  bool came[SIZE];
  uint8_t byte[SIZE];
  unsigned pieces;
} model;

static void require(bool condition) {
  if (!condition) abort();
}

/* What the table gave back must be what came first, without a hole. */
static void take(model *m, const fragment_whole *w) {
  const packet *p = &w->packet;
  require(w->pieces == m->pieces && p->body.left <= SIZE);
  if (p->kind == PACKET_WHOLE) {
    for (size_t i = 0; i < p->body.left; i++) require(m->came[i] && m->byte[i] == p->body.at[i]);
    require(p->body.left <= p->body_wire);
  }
  memset(m, 0, sizeof *m);
}

static model *model_of(model *models, const fragment_whole *w) {
  return &models[w->packet.source[3] % IDS];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static model models[IDS];
  uint8_t bytes[WIRE_HEADERS_MAX + 1024], body[1024];
  weir_config c;
  weir_config_init(&c);
  c.max_fragments = MAX;
  c.fragment_us = 1000;
  void *memory = calloc(1, fragments_size(MAX));
  fragments t;
  fragments_init(&t, memory, &c);
  memset(models, 0, sizeof models);
  uint64_t now = 0;
  for (size_t i = 0; i + 5 <= len && i < 2000; i += 5) {
    const uint8_t *op = data + i;
    fragment_whole w;
    bool overlap;
    wire_ends e = wire_between(99, op[0] % IDS, 0, 1, 0); /* no ports: all of the body is payload */
    size_t from = (size_t)(op[1] % 48) * 8, n = op[2] % 200;
    if (op[0] & 0x80) n &= ~(size_t)7;
    for (size_t k = 0; k < n; k++) body[from + k] = (uint8_t)(op[3] + k);
    size_t size = wire_fragment4(bytes, &e, 7, body, from, from + n, op[0] & 0x80);
    weir_packet in = {.data = bytes, .len = (uint32_t)size};
    packet p;
    packet_parse(&p, &in);
    if (p.kind != PACKET_FRAGMENT) continue;
    now += op[4];
    while (fragment_give_up(&t, now, &w)) take(model_of(models, &w), &w);
    if (fragments_full(&t) && !fragment_known(&t, &p)) {
      require(fragment_give_up(&t, UINT64_MAX, &w));
      take(model_of(models, &w), &w);
    }
    model *m = &models[op[0] % IDS];
    fragment_outcome outcome = fragment_put(&t, &p, now, now, &overlap, &w);
    if (outcome == FRAGMENT_REFUSED) continue;
    bool met = false;
    m->pieces++;
    for (size_t k = from; k < from + n; k++) {
      met |= m->came[k];
      if (!m->came[k]) m->byte[k] = body[k];
      m->came[k] = true;
    }
    require(met == overlap);
    if (outcome != FRAGMENT_JOINED) continue;
    require(w.packet.kind == PACKET_WHOLE && w.packet.body.left == w.packet.body_wire);
    for (size_t k = w.packet.body.left; k < SIZE; k++) require(!m->came[k]);
    take(m, &w);
  }
  for (fragment_whole w; fragment_give_up(&t, UINT64_MAX, &w);) take(model_of(models, &w), &w);
  require(t.count == 0);
  for (unsigned i = 0; i < IDS; i++) require(models[i].pieces == 0);
  free(memory);
  return 0;
}
