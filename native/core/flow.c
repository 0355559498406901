#include "flow.h"

#include <string.h>

#include "siphash.h"

_Static_assert(sizeof(flow_key) == 40, "hashed and compared as whole words");
_Static_assert(sizeof(flow) == 128, "two cache lines");

#define ON_WHEEL_HEAD 0x80000000u /* wheel_prev of a list's head: this bit and the turn's number */

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

/* ---- key and look-up ------------------------------------------------------- */

static uint32_t word_at(const uint8_t *p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

static void put_mapped(uint8_t out[16], const uint8_t *ipv4) {
  static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  memcpy(out, prefix, 12);
  memcpy(out + 12, ipv4, 4);
}

/* Any order will do that both directions agree on. */
static bool is_reversed(const packet *p) {
  if (p->version == 4) {
    uint32_t source = word_at(p->source), destination = word_at(p->destination);
    return source > destination || (source == destination && p->source_port > p->destination_port);
  }
  int order = memcmp(p->source, p->destination, 16);
  return order > 0 || (order == 0 && p->source_port > p->destination_port);
}

void flow_key_of(flow_key *key, bool *reversed, const packet *p) {
  bool swap = is_reversed(p);
  if (p->version == 4) {
    put_mapped(key->address[swap], p->source);
    put_mapped(key->address[!swap], p->destination);
  } else {
    memcpy(key->address[swap], p->source, 16);
    memcpy(key->address[!swap], p->destination, 16);
  }
  key->port[swap] = p->source_port;
  key->port[!swap] = p->destination_port;
  key->transport = p->transport;
  key->version = p->version;
  key->zero[0] = key->zero[1] = 0;
  *reversed = swap;
}

/* SipHash-1-3 of one length for each version, which the last word says: no word for the length. */
uint32_t flow_hash(const uint64_t seed[2], const flow_key *key) {
  siphash s = siphash_begin(seed);
  /* Field by field, as they were written a moment ago: a wider load would wait for the stores. */
  if (key->version == 4) { /* the mapped prefix is constant */
    siphash_absorb(&s,
                   (uint64_t)word_at(key->address[0] + 12) << 32 | word_at(key->address[1] + 12));
  } else {
    uint64_t word[4];
    memcpy(word, key->address, sizeof word);
    for (unsigned i = 0; i < 4; i++) siphash_absorb(&s, word[i]);
  }
  siphash_absorb(&s, (uint64_t)key->port[0] | (uint64_t)key->port[1] << 16 |
                         (uint64_t)key->transport << 32 | (uint64_t)key->version << 40);
  return (uint32_t)siphash_end(&s);
}

static uint64_t pair_at(const void *p, size_t offset) {
  uint64_t pair;
  memcpy(&pair, (const uint8_t *)p + offset, sizeof pair);
  return pair;
}

/* Where keys differ they do in the addresses' last bytes or in the ports: those first. */
static bool key_equal(const flow_key *a, const flow_key *b) {
  if (pair_at(a, 32) != pair_at(b, 32) || pair_at(a, 24) != pair_at(b, 24)) return false;
  return !((pair_at(a, 0) ^ pair_at(b, 0)) | (pair_at(a, 8) ^ pair_at(b, 8)) |
           (pair_at(a, 16) ^ pair_at(b, 16)));
}

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
    if (s->tag == hash && key_equal(&t->flow[s->flow - 1].key, key)) return s->flow - 1;
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

/* ---- age ------------------------------------------------------------------- */

static uint32_t timeout_of(const flows *t, const flow *f) {
  return f->key.transport == TRANSPORT_TCP ? t->timeout_tick[f->phase] : t->timeout_other_tick;
}

static uint32_t tick_of(uint64_t now_us) { return (uint32_t)(now_us >> FLOW_TICK_SHIFT); }

bool flow_is_idle(const flows *t, const flow *f, uint64_t now_us) {
  return tick_of(now_us) - f->last_tick > timeout_of(t, f);
}

static void wheel_put(flows *t, uint32_t index, uint64_t turn) {
  uint32_t slot = (uint32_t)(turn % FLOW_WHEEL);
  flow *f = &t->flow[index];
  f->wheel_prev = ON_WHEEL_HEAD | slot;
  f->wheel_next = t->wheel[slot];
  if (f->wheel_next != FLOW_NONE) t->flow[f->wheel_next].wheel_prev = index;
  t->wheel[slot] = index;
  t->finishing = FLOW_NONE;
}

static void wheel_take(flows *t, uint32_t index) {
  flow *f = &t->flow[index];
  if (f->wheel_next != FLOW_NONE) t->flow[f->wheel_next].wheel_prev = f->wheel_prev;
  if (f->wheel_prev & ON_WHEEL_HEAD)
    t->wheel[f->wheel_prev & ~ON_WHEEL_HEAD] = f->wheel_next;
  else
    t->flow[f->wheel_prev].wheel_next = f->wheel_next;
}

/* The turn after which the flow is surely idle if nothing comes, within one round of the wheel:
 * a flow put back where it was just found would be found there for ever. */
static uint64_t turn_due(const flows *t, const flow *f, uint64_t now_us) {
  uint32_t idle = tick_of(now_us) - f->last_tick, timeout = timeout_of(t, f);
  uint64_t left = timeout > idle ? timeout - idle : 0, round = t->turn + FLOW_WHEEL - 1;
  uint64_t due = (now_us >> FLOW_TURN_SHIFT) + (left >> (FLOW_TURN_SHIFT - FLOW_TICK_SHIFT)) + 1;
  return due < round ? due : round;
}

void flow_replace_on_wheel(flows *t, uint32_t index, uint64_t now_us) {
  wheel_take(t, index);
  wheel_put(t, index, turn_due(t, &t->flow[index], now_us));
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
  if (!t->count) t->turn = now_us >> FLOW_TURN_SHIFT;
  t->flow[index] = (flow){.key = *key, .id = t->next_id++, .last_tick = tick_of(now_us)};
  t->flow[index].observer = FLOW_NONE;
  t->facts[index] = (facts){0};
  insert_slot(t, hash, index);
  wheel_put(t, index, turn_due(t, &t->flow[index], now_us));
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
  uint32_t oldest = FLOW_NONE, age = 0, now = tick_of(now_us);
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
  wheel_take(t, index);
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
