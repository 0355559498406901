#include "flow_wheel.h"

#define ON_WHEEL_HEAD 0x80000000u /* wheel_prev of a list's head: this bit and the turn's number */

static uint32_t timeout_of(const flows *t, const flow *f) {
  return f->key.transport == TRANSPORT_TCP ? t->timeout_tick[f->phase] : t->timeout_other_tick;
}

bool flow_is_idle(const flows *t, const flow *f, uint64_t now_us) {
  return flow_tick(now_us) - f->last_tick > timeout_of(t, f);
}

/* The turn after which the flow is surely idle if nothing comes, within one round of the wheel:
 * a flow put back where it was just found would be found there for ever. */
static uint64_t turn_due(const flows *t, const flow *f, uint64_t now_us) {
  uint32_t idle = flow_tick(now_us) - f->last_tick, timeout = timeout_of(t, f);
  uint64_t left = timeout > idle ? timeout - idle : 0, round = t->turn + FLOW_WHEEL - 1;
  uint64_t due = (now_us >> FLOW_TURN_SHIFT) + (left >> (FLOW_TURN_SHIFT - FLOW_TICK_SHIFT)) + 1;
  return due < round ? due : round;
}

static void put(flows *t, uint32_t index, uint64_t turn) {
  uint32_t slot = (uint32_t)(turn % FLOW_WHEEL);
  flow *f = &t->flow[index];
  f->wheel_prev = ON_WHEEL_HEAD | slot;
  f->wheel_next = t->wheel[slot];
  if (f->wheel_next != FLOW_NONE) t->flow[f->wheel_next].wheel_prev = index;
  t->wheel[slot] = index;
  t->finishing = FLOW_NONE;
}

void flow_wheel_put(flows *t, uint32_t index, uint64_t now_us) {
  put(t, index, turn_due(t, &t->flow[index], now_us));
}

void flow_wheel_take(flows *t, uint32_t index) {
  flow *f = &t->flow[index];
  if (f->wheel_next != FLOW_NONE) t->flow[f->wheel_next].wheel_prev = f->wheel_prev;
  if (f->wheel_prev & ON_WHEEL_HEAD)
    t->wheel[f->wheel_prev & ~ON_WHEEL_HEAD] = f->wheel_next;
  else
    t->flow[f->wheel_prev].wheel_next = f->wheel_next;
}

void flow_replace_on_wheel(flows *t, uint32_t index, uint64_t now_us) {
  flow_wheel_take(t, index);
  flow_wheel_put(t, index, now_us);
}

/* Flows of a turn lie far apart in memory: the one behind the next is on its way while this one is
 * dealt with. */
static void prefetch_turn(const flows *t, uint32_t index) {
  uint32_t next = t->flow[index].wheel_next;
  if (next != FLOW_NONE && t->flow[next].wheel_next != FLOW_NONE)
    prefetch_lines(&t->flow[t->flow[next].wheel_next], 2);
}

/* This one ends; the next may. */
static void prefetch_end(const flows *t, uint32_t index) {
  uint32_t next = t->flow[index].wheel_next;
  if (next == FLOW_NONE) return;
  prefetch(&t->facts[next]);
  flow_prefetch_slot(t, flow_hash(t->seed, &t->flow[next].key));
}

uint32_t flow_expired(flows *t, uint64_t now_us) {
  uint64_t end = now_us >> FLOW_TURN_SHIFT;
  if (!t->count) t->turn = end;
  if (end > t->turn + FLOW_WHEEL) t->turn = end - FLOW_WHEEL;
  for (; t->turn < end; t->turn++) {
    uint32_t index;
    while ((index = t->wheel[t->turn % FLOW_WHEEL]) != FLOW_NONE) {
      prefetch_turn(t, index);
      if (flow_is_idle(t, &t->flow[index], now_us)) {
        prefetch_end(t, index);
        return index;
      }
      flow_replace_on_wheel(t, index, now_us);
    }
  }
  return FLOW_NONE;
}

uint64_t flow_deadline(const flows *t) {
  return t->count ? (t->turn + 1) << FLOW_TURN_SHIFT : UINT64_MAX;
}

/* ---- the end --------------------------------------------------------------- */

static uint32_t merge_by_id(flows *t, uint32_t a, uint32_t b) {
  uint32_t head = FLOW_NONE, *link = &head;
  while (a != FLOW_NONE && b != FLOW_NONE) {
    uint32_t *least = t->flow[a].id < t->flow[b].id ? &a : &b;
    *link = *least;
    link = &t->flow[*least].wheel_next;
    *least = *link;
  }
  *link = a != FLOW_NONE ? a : b;
  return head;
}

/* Takes all flows off the wheel: its links carry a merge sort. */
static uint32_t sort_by_id(flows *t) {
  uint32_t bin[32];
  for (unsigned i = 0; i < 32; i++) bin[i] = FLOW_NONE;
  for (unsigned turn = 0; turn < FLOW_WHEEL; turn++) {
    uint32_t index;
    while ((index = t->wheel[turn]) != FLOW_NONE) {
      t->wheel[turn] = t->flow[index].wheel_next;
      t->flow[index].wheel_next = FLOW_NONE;
      unsigned i = 0;
      for (; bin[i] != FLOW_NONE; i++) {
        index = merge_by_id(t, bin[i], index);
        bin[i] = FLOW_NONE;
      }
      bin[i] = index;
    }
  }
  uint32_t all = FLOW_NONE;
  for (unsigned i = 0; i < 32; i++) all = merge_by_id(t, bin[i], all);
  return all;
}

/* All flows in order on the turn that comes next: should packets come after all, it sorts them out. */
static void finish_on_one_turn(flows *t) {
  uint32_t slot = (uint32_t)(t->turn % FLOW_WHEEL), prev = ON_WHEEL_HEAD | slot;
  uint32_t head = sort_by_id(t);
  t->wheel[slot] = t->finishing = head;
  for (uint32_t i = head; i != FLOW_NONE; prev = i, i = t->flow[i].wheel_next)
    t->flow[i].wheel_prev = prev;
}

uint32_t flow_first(flows *t) {
  if (!t->count) {
    t->finishing = FLOW_NONE;
    return FLOW_NONE;
  }
  if (t->finishing == FLOW_NONE) finish_on_one_turn(t);
  prefetch_turn(t, t->finishing);
  prefetch_end(t, t->finishing);
  return t->finishing;
}
