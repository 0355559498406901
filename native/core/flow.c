#include "flow.h"

#include "flow_wheel.h"

_Static_assert(sizeof(flow) == 128, "two cache lines");

static uint32_t slot_count(uint32_t max_flows) {
  uint32_t n = 64;
  while (n < max_flows * 2) n *= 2;
  return n;
}

size_t flows_size(uint32_t max_flows) {
  return max_flows * (sizeof(flow) + sizeof(facts) + sizeof(details)) +
         slot_count(max_flows) * sizeof(flow_slot) + FLOW_WHEEL * sizeof(uint32_t);
}

/* UINT32_MAX: never idle. */
static uint32_t ticks(uint64_t us) {
  uint64_t t = us >> FLOW_TICK_SHIFT;
  return t > UINT32_MAX ? UINT32_MAX : t ? (uint32_t)t : 1;
}

void flows_init(flows *t, void *memory, const weir_config *config) {
  uint8_t *at = (uint8_t *)memory;
  *t = (flows){.max = config->max_flows, .mask = slot_count(config->max_flows) - 1};
  t->flow = (flow *)(void *)at;
  at += t->max * sizeof(flow);
  t->slots = (flow_slot *)(void *)at;
  at += (t->mask + 1) * sizeof(flow_slot);
  t->facts = (facts *)(void *)at;
  at += t->max * sizeof(facts);
  t->details = (details *)(void *)at;
  at += t->max * sizeof(details);
  t->wheel = (uint32_t *)(void *)at;
  for (unsigned i = 0; i < FLOW_WHEEL; i++) t->wheel[i] = FLOW_NONE;
  t->seed[0] = config->seed[0];
  t->seed[1] = config->seed[1];
  t->next_id = 1;
  t->free = t->young_head = t->young_tail = t->finishing = FLOW_NONE;
  t->timeout_tick[FLOW_OPENING] = ticks(config->tcp_open_us);
  t->timeout_tick[FLOW_OPEN] = ticks(config->tcp_idle_us);
  t->timeout_tick[FLOW_CLOSING] = ticks(config->tcp_close_us);
  t->timeout_other_tick = ticks(config->udp_idle_us);
}

/* ---- look-up ---------------------------------------------------------------- */

void flow_prefetch(const flows *t, uint32_t hash) {
  for (uint32_t i = hash & t->mask;; i = (i + 1) & t->mask) {
    if (!t->slots[i].flow) return;
    if (t->slots[i].tag == hash) {
      prefetch_lines(&t->flow[t->slots[i].flow - 1], 2);
      return;
    }
  }
}

uint32_t flow_find(const flows *t, const flow_key *key, uint32_t hash) {
  for (uint32_t i = hash & t->mask;; i = (i + 1) & t->mask) {
    const flow_slot *s = &t->slots[i];
    if (!s->flow) return FLOW_NONE;
    if (s->tag == hash && flow_key_equal(&t->flow[s->flow - 1].key, key)) return s->flow - 1;
  }
}

static void insert_slot(flows *t, uint32_t hash, uint32_t index) {
  uint32_t i = hash & t->mask;
  while (t->slots[i].flow) i = (i + 1) & t->mask;
  t->slots[i] = (flow_slot){hash, index + 1};
}

/* Closes the gap, so that no marker of a removed flow stays in the table. */
static void remove_slot(flows *t, uint32_t hash, uint32_t index) {
  uint32_t gap = hash & t->mask;
  while (t->slots[gap].flow != index + 1) gap = (gap + 1) & t->mask;
  for (uint32_t i = (gap + 1) & t->mask; t->slots[i].flow; i = (i + 1) & t->mask) {
    uint32_t home = t->slots[i].tag & t->mask;
    if (((i - home) & t->mask) < ((i - gap) & t->mask)) continue;
    t->slots[gap] = t->slots[i];
    gap = i;
  }
  t->slots[gap] = (flow_slot){0, 0};
}

/* ---- coming and going ------------------------------------------------------ */

static void young_put(flows *t, uint32_t index) {
  flow *f = &t->flow[index];
  f->young_prev = t->young_tail;
  f->young_next = FLOW_NONE;
  if (t->young_tail == FLOW_NONE)
    t->young_head = index;
  else
    t->flow[t->young_tail].young_next = index;
  t->young_tail = index;
  t->young++;
}

static bool is_young(const flow *f) { return !f->packets[0] || !f->packets[1]; }

static void young_take(flows *t, uint32_t index) {
  flow *f = &t->flow[index];
  if (f->young_prev == FLOW_NONE)
    t->young_head = f->young_next;
  else
    t->flow[f->young_prev].young_next = f->young_next;
  if (f->young_next == FLOW_NONE)
    t->young_tail = f->young_prev;
  else
    t->flow[f->young_next].young_prev = f->young_prev;
  t->young--;
}

void flow_grown(flows *t, uint32_t index) { young_take(t, index); }

static uint32_t take_free(flows *t) {
  if (t->free == FLOW_NONE) return t->used < t->max ? t->used++ : FLOW_NONE;
  flow *first = &t->flow[t->free];
  uint32_t index = t->free + --first->wheel_prev;
  if (!first->wheel_prev) t->free = first->wheel_next;
  return index;
}

uint32_t flow_add(flows *t, const flow_key *key, uint32_t hash, uint64_t now_us) {
  uint32_t index = take_free(t);
  if (index == FLOW_NONE) return FLOW_NONE;
  if (!t->count) flow_wheel_start(t, now_us);
  t->flow[index] = (flow){.key = *key, .id = t->next_id++, .last_tick = flow_tick(now_us)};
  t->flow[index].observer = FLOW_NONE;
  t->facts[index] = (facts){0};
  insert_slot(t, hash, index);
  flow_wheel_put(t, index, now_us);
  young_put(t, index);
  t->count++;
  return index;
}

details *flow_own_details(flows *t, uint32_t index) {
  details *d = &t->details[index];
  if (t->facts[index].has_details) return d;
  t->facts[index].has_details = true;
  *d = (details){.rule = WEIR_NO_RULE};
  return d;
}

uint32_t flow_victim(flows *t, uint64_t now_us) {
  if (t->young > t->max / FLOW_YOUNG_SHARE) return t->young_head;
  uint32_t oldest = FLOW_NONE, age = 0, now = flow_tick(now_us);
  /* Weyl steps visit the pool evenly; which flows share a step is not for a sender to choose. */
  for (unsigned i = 0; i < 8; i++) {
    t->probe += 0x9e3779b9u;
    uint32_t index = (uint32_t)(((uint64_t)t->probe * t->used) >> 32);
    uint32_t idle = now - t->flow[index].last_tick;
    if (oldest == FLOW_NONE || idle > age) {
      oldest = index;
      age = idle;
    }
  }
  return oldest;
}

void flow_remove(flows *t, uint32_t index) {
  flow *f = &t->flow[index];
  remove_slot(t, flow_hash(t->seed, &f->key), index);
  if (t->finishing == index) t->finishing = f->wheel_next;
  flow_wheel_take(t, index);
  if (is_young(f)) young_take(t, index);
  f->wheel_prev = 1;
  f->wheel_next = t->free;
  t->free = index;
  t->count--;
}

static void give_free(flows *t, uint32_t from, uint32_t to, pages *p) {
  pages_give(p, &t->flow[from], (to - from) * sizeof(flow));
  pages_give(p, &t->facts[from], (to - from) * sizeof(facts));
  pages_give(p, &t->details[from], (to - from) * sizeof(details));
}

void flows_trim(flows *t, uint8_t *map, pages *p) {
  uint32_t end = t->used, *link = &t->free;
  runs_clear(map, t->used);
  for (uint32_t i = t->free; i != FLOW_NONE; i = t->flow[i].wheel_next)
    runs_mark(map, i, t->flow[i].wheel_prev);
  for (uint32_t i = 0, n; i < end; i += n ? n : 1) {
    if (!(n = runs_length(map, i, end))) continue;
    if (i + n == end) {
      t->used = i;
      give_free(t, i, end, p);
      break;
    }
    *link = i;
    link = &t->flow[i].wheel_next;
    t->flow[i].wheel_prev = n;
    give_free(t, i + 1, i + n, p);
  }
  *link = FLOW_NONE;
  if (!t->count) pages_give(p, t->slots, ((size_t)t->mask + 1) * sizeof(flow_slot));
}
