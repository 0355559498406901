#include "pending.h"

size_t pendings_size(uint32_t max) { return max * sizeof(pending); }

void pendings_init(pendings *t, void *memory, uint32_t max) {
  *t = (pendings){.slots = (pending *)memory, .max = max};
}

uint32_t pending_add(pendings *t, uint32_t *head, uint32_t flow) {
  uint32_t number = t->free;
  if (number != PENDING_NONE)
    t->free = pending_at(t, number)->next;
  else if (t->used < t->max)
    number = ++t->used;
  else
    return PENDING_NONE;
  pending *p = pending_at(t, number);
  *p = (pending){.flow = flow, .next = *head, .older = t->newest};
  *head = number;
  if (t->newest == PENDING_NONE)
    t->oldest = number;
  else
    pending_at(t, t->newest)->newer = number;
  t->newest = number;
  return number;
}

uint32_t pending_find(const pendings *t, const texts *store, uint32_t head, uint16_t id,
                      uint16_t qtype, const name *wanted) {
  for (uint32_t n = head; n != PENDING_NONE; n = pending_at(t, n)->next) {
    const pending *p = pending_at(t, n);
    if (p->id != id || p->qtype != qtype || p->name_len != wanted->len) continue;
    if (text_is(store, p->name, reader_of(wanted->text, wanted->len))) return n;
  }
  return PENDING_NONE;
}

void pending_remove(pendings *t, texts *store, uint32_t *head, uint32_t number) {
  pending *p = pending_at(t, number);
  uint32_t *link = head;
  while (*link != number) link = &pending_at(t, *link)->next;
  *link = p->next;
  if (p->older == PENDING_NONE)
    t->oldest = p->newer;
  else
    pending_at(t, p->older)->newer = p->newer;
  if (p->newer == PENDING_NONE)
    t->newest = p->older;
  else
    pending_at(t, p->newer)->older = p->older;
  text_free(store, p->name);
  p->next = t->free;
  t->free = number;
}

void pendings_trim(pendings *t, pages *p) {
  if (t->oldest != PENDING_NONE) return;
  pages_give(p, t->slots, t->used * sizeof(pending));
  t->used = 0;
  t->free = PENDING_NONE;
}
