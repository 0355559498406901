#include "largepages.h"

#include <sys/mman.h>

#include "engine.h"

/* From here on, packets of flows in no order miss the translation cache each time: with a million flows a packet takes
 * a third less. */
#define ALL_FROM ((size_t)256 << 20)

#ifdef MADV_HUGEPAGE
static void prefer(const void *from, const void *to) {
  const uintptr_t page = 4096; /* or more: then it is refused, and nothing lost */
  uintptr_t at = (uintptr_t)from & ~(page - 1), end = ((uintptr_t)to + page - 1) & ~(page - 1);
  madvise((void *)at, end - at, MADV_HUGEPAGE);
}
#endif

/* Of a smaller engine: flows and facts, which are taken in order, between them the slots, which are touched all over, and the
 * buffers of what comes in pieces: a fault for each two megabytes, in place of one, or two, for each small page. */
void large_pages_prefer(const weir_engine *engine, const memory_block *memory) {
#ifdef MADV_HUGEPAGE
  const flows *f = &engine->flows;
  const observers *o = &engine->observers;
  if (memory->size >= ALL_FROM) {
    prefer(memory->base, (const char *)memory->base + memory->size);
    return;
  }
  prefer(f->flow, f->facts + f->max);
  prefer(o->bytes, o->bytes + (size_t)o->max_blocks * o->block_bytes);
#else
  (void)engine, (void)memory;
#endif
}
