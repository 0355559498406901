#include "handover.h"

#include <string.h>
#include <sys/mman.h>

bool handover_init(handover *h, uint32_t entries) {
  void *memory = mmap(NULL, (size_t)entries * sizeof(weir_record), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  h->entries = memory;
  h->mask = entries - 1;
  atomic_init(&h->written, 0);
  atomic_init(&h->first, 0);
  atomic_init(&h->released, 0);
  return true;
}

void handover_free(handover *h) {
  if (h->entries) munmap(h->entries, ((size_t)h->mask + 1) * sizeof(weir_record));
  h->entries = NULL;
}

typedef struct span {
  uint32_t from, count; /* entries up to the end of the memory */
} span;

static span span_of(const handover *h, uint64_t at, uint64_t count) {
  uint64_t first = atomic_load_explicit(&h->first, memory_order_relaxed);
  uint32_t from = (uint32_t)(at - first) & h->mask, straight = h->mask + 1 - from;
  return (span){from, count < straight ? (uint32_t)count : straight};
}

size_t handover_put(handover *h, const weir_record *records, size_t count, bool *was_empty) {
  uint64_t written = atomic_load_explicit(&h->written, memory_order_relaxed);
  uint64_t released = atomic_load_explicit(&h->released, memory_order_acquire);
  uint64_t room = h->mask + 1 - (written - released);
  size_t taken = (size_t)(count < room ? count : room);
  /* With a reader that keeps up, few entries are used, and stay in the cache. Who has nothing to read does not ask
   * where it lies; who sees what is written now sees this before it. */
  if (released == written) atomic_store_explicit(&h->first, written, memory_order_relaxed);
  span s = span_of(h, written, taken);
  memcpy(h->entries + s.from, records, s.count * sizeof *records);
  memcpy(h->entries, records + s.count, (taken - s.count) * sizeof *records);
  /* In one order with handover_release() and handover_get(): either the reader sees these, or they
   * are seen here to be all that it has. */
  atomic_store(&h->written, written + taken);
  *was_empty = atomic_load(&h->released) == written;
  return taken;
}

const weir_record *handover_get(handover *h, size_t *count) {
  uint64_t released = atomic_load_explicit(&h->released, memory_order_relaxed);
  uint64_t written = atomic_load(&h->written);
  span s = span_of(h, released, written - released);
  *count = s.count;
  return h->entries + s.from;
}

void handover_release(handover *h, size_t count) {
  uint64_t released = atomic_load_explicit(&h->released, memory_order_relaxed);
  atomic_store(&h->released, released + count);
}
