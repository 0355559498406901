#include "observer.h"

#include <string.h>

/* Observers are small: four for each block, for flows that only count something. */
static uint32_t observer_count(const weir_config *config) { return config->max_assemblers * 4; }

static size_t round64(size_t n) { return (n + 63) & ~(size_t)63; }

size_t observers_size(const weir_config *config) {
  return round64(observer_count(config) * sizeof(observer)) +
         round64(config->max_assemblers * sizeof(block)) +
         (size_t)config->max_assemblers * config->assembler_bytes;
}

void observers_init(observers *t, void *memory, const weir_config *config) {
  uint8_t *at = (uint8_t *)memory;
  *t = (observers){.max = observer_count(config),
                   .max_blocks = config->max_assemblers,
                   .block_bytes = config->assembler_bytes};
  t->free = t->oldest = t->newest = OBSERVER_NONE;
  t->blocks_free = t->blocks_oldest = t->blocks_newest = OBSERVER_NONE;
  t->slots = (observer *)(void *)at;
  at += round64(t->max * sizeof(observer));
  t->blocks = (block *)(void *)at;
  at += round64(t->max_blocks * sizeof(block));
  t->bytes = at;
}

static void clear(observer *o) {
  memset(o, 0, sizeof *o);
  o->block[0] = o->block[1] = OBSERVER_NONE;
}

uint32_t observer_take(observers *t) {
  uint32_t index = t->free;
  if (index != OBSERVER_NONE)
    t->free = t->slots[index].older;
  else if (t->used < t->max)
    index = t->used++;
  else
    return OBSERVER_NONE;
  clear(&t->slots[index]);
  t->slots[index].older = t->newest;
  t->slots[index].newer = OBSERVER_NONE;
  if (t->newest == OBSERVER_NONE)
    t->oldest = index;
  else
    t->slots[t->newest].newer = index;
  t->newest = index;
  return index;
}

void observer_give(observers *t, uint32_t index) {
  observer *o = &t->slots[index];
  for (unsigned d = 0; d < 2; d++)
    if (o->block[d] != OBSERVER_NONE) block_give(t, o->block[d]);
  if (o->older == OBSERVER_NONE)
    t->oldest = o->newer;
  else
    t->slots[o->older].newer = o->newer;
  if (o->newer == OBSERVER_NONE)
    t->newest = o->older;
  else
    t->slots[o->newer].older = o->older;
  o->older = t->free;
  t->free = index;
}

uint32_t block_take(observers *t, uint32_t owner) {
  uint32_t index = t->blocks_free;
  if (index != OBSERVER_NONE)
    t->blocks_free = t->blocks[index].older;
  else if (t->blocks_used < t->max_blocks)
    index = t->blocks_used++;
  else
    return OBSERVER_NONE;
  block *b = &t->blocks[index];
  *b = (block){.observer = owner, .older = t->blocks_newest, .newer = OBSERVER_NONE};
  if (t->blocks_newest == OBSERVER_NONE)
    t->blocks_oldest = index;
  else
    t->blocks[t->blocks_newest].newer = index;
  t->blocks_newest = index;
  return index;
}

void block_give(observers *t, uint32_t index) {
  block *b = &t->blocks[index];
  if (b->older == OBSERVER_NONE)
    t->blocks_oldest = b->newer;
  else
    t->blocks[b->older].newer = b->newer;
  if (b->newer == OBSERVER_NONE)
    t->blocks_newest = b->older;
  else
    t->blocks[b->newer].older = b->older;
  b->observer = OBSERVER_NONE;
  b->older = t->blocks_free;
  t->blocks_free = index;
}

/* Neighbours together: a page may lie in two of them. */
static void give_free_blocks(observers *t, pages *p) {
  uint32_t first = 0;
  for (uint32_t i = 0; i <= t->blocks_used; i++) {
    if (i < t->blocks_used && t->blocks[i].observer == OBSERVER_NONE) continue;
    pages_give(p, block_bytes(t, first), (size_t)(i - first) * t->block_bytes);
    first = i + 1;
  }
}

void observers_trim(observers *t, pages *p) {
  give_free_blocks(t, p);
  if (t->blocks_oldest == OBSERVER_NONE) {
    pages_give(p, t->blocks, t->blocks_used * sizeof(block));
    t->blocks_used = 0;
    t->blocks_free = OBSERVER_NONE;
  }
  if (t->oldest != OBSERVER_NONE) return;
  pages_give(p, t->slots, t->used * sizeof(observer));
  t->used = 0;
  t->free = OBSERVER_NONE;
}
