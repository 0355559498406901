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
  atomic_init(&h->released, 0);
  return true;
}

void handover_free(handover *h) {
  if (h->entries) munmap(h->entries, ((size_t)h->mask + 1) * sizeof(weir_record));
  h->entries = NULL;
}

/* Entries up to the end of the memory, from the one numbered `at`. */
static size_t run(const handover *h, uint64_t at, uint64_t count) {
  uint64_t straight = h->mask + 1 - (at & h->mask);
  return (size_t)(count < straight ? count : straight);
}

size_t handover_put(handover *h, const weir_record *records, size_t count, bool *was_empty) {
  uint64_t written = atomic_load_explicit(&h->written, memory_order_relaxed);
  uint64_t released = atomic_load_explicit(&h->released, memory_order_acquire);
  uint64_t room = h->mask + 1 - (written - released);
  size_t taken = (size_t)(count < room ? count : room), first = run(h, written, taken);
  memcpy(h->entries + (written & h->mask), records, first * sizeof *records);
  memcpy(h->entries, records + first, (taken - first) * sizeof *records);
  /* In one order with handover_release() and handover_get(): either the reader sees these, or they
   * are seen here to be all that it has. */
  atomic_store(&h->written, written + taken);
  *was_empty = atomic_load(&h->released) == written;
  return taken;
}

const weir_record *handover_get(handover *h, size_t *count) {
  uint64_t released = atomic_load_explicit(&h->released, memory_order_relaxed);
  uint64_t written = atomic_load(&h->written);
  *count = run(h, released, written - released);
  return h->entries + (released & h->mask);
}

void handover_release(handover *h, size_t count) {
  uint64_t released = atomic_load_explicit(&h->released, memory_order_relaxed);
  atomic_store(&h->released, released + count);
}
