#include "look.h"

#include <string.h>

bool look_block(look *l, unsigned down) {
  observers *t = &l->in->engine->observers;
  observer *o = l->observer;
  if (o->block[down] != OBSERVER_NONE) return true;
  uint32_t self = l->in->flow->observer, taken = block_take(t, self);
  if (taken == OBSERVER_NONE) {
    uint32_t owner = t->blocks[t->blocks_oldest].observer;
    if (owner == self || !l->evict) return false;
    l->evict(l->in->engine, t->slots[owner].flow);
    taken = block_take(t, self);
  }
  o->block[down] = taken;
  return true;
}

uint8_t *look_state(look *l, unsigned down, size_t zeroed) {
  observers *t = &l->in->engine->observers;
  bool is_new = l->observer->block[down] == OBSERVER_NONE;
  if (!look_block(l, down)) return NULL;
  uint8_t *state = block_bytes(t, l->observer->block[down]);
  if (is_new) memset(state, 0, zeroed);
  return state;
}

void look_release(look *l, unsigned down) {
  if (l->observer->block[down] == OBSERVER_NONE) return;
  block_give(&l->in->engine->observers, l->observer->block[down]);
  l->observer->block[down] = OBSERVER_NONE;
}
