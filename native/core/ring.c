#include "ring.h"

#include "engine.h"

_Static_assert(sizeof(weir_record) == 512, "the entry that readers in other languages know");

weir_record *ring_next(ring *r) {
  if (!ring_room(r)) return NULL;
  weir_record *record = &r->entries[r->written++ & r->mask];
  *record = (weir_record){.rule = WEIR_NO_RULE};
  return record;
}

const ring *ring_of(const weir_engine *engine) { return &engine->ring; }

const weir_record *weir_records(weir_engine *engine, size_t *count) {
  const ring *r = &engine->ring;
  uint32_t from = (uint32_t)r->released & r->mask;
  uint64_t waiting = r->written - r->released;
  uint32_t run = r->mask + 1 - from; /* up to the end of the memory */
  *count = waiting < run ? (size_t)waiting : run;
  return &r->entries[from];
}

void weir_records_release(weir_engine *engine, size_t count) {
  ring *r = &engine->ring;
  uint64_t waiting = r->written - r->released;
  r->released += count < waiting ? count : waiting;
  /* An empty ring begins at its front again: a reader that keeps up needs no more of it in the cache. */
  if (r->released == r->written) r->released = r->written = 0;
}

void ring_trim(ring *r, pages *p) {
  uint32_t from = (uint32_t)r->released & r->mask, to = (uint32_t)r->written & r->mask;
  uint32_t size = r->mask + 1, waiting = (uint32_t)(r->written - r->released);
  if (waiting && from >= to) { /* around the end, or full */
    pages_give(p, r->entries + to, (size_t)(from - to) * sizeof(weir_record));
    return;
  }
  pages_give(p, r->entries, (waiting ? from : size) * sizeof(weir_record));
  if (waiting) pages_give(p, r->entries + to, (size_t)(size - to) * sizeof(weir_record));
}
