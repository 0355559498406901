/* flow_test.c -- the flow table against a plain list: look-up, age, who gives way, order at the end. */
#include "test.h"

#include "flow_wheel.h"
#include "wire.h"

enum { MAX = 64 };

static const uint64_t second = 1000000;
static const uint64_t start_us = UINT64_C(1700000000000000);

typedef struct fixture {
  flows t;
  void *memory;
} fixture;

static weir_config config_of(void) {
  weir_config c;
  weir_config_init(&c);
  c.max_flows = MAX;
  c.tcp_open_us = 60 * second;
  c.tcp_idle_us = 3600 * second;
  c.tcp_close_us = 10 * second;
  c.udp_idle_us = 180 * second;
  return c;
}

static fixture begin_with(const weir_config *c) {
  fixture f = {.memory = calloc(1, flows_size(c->max_flows))};
  flows_init(&f.t, f.memory, c);
  return f;
}

static fixture begin(void) {
  weir_config c = config_of();
  return begin_with(&c);
}

static void end(fixture *f) { free(f->memory); }

/* Key number `n`. */
static flow_key key_of(uint8_t transport, uint32_t n) {
  flow_key k = {.transport = transport, .version = 4};
  wire_put32(k.address[0] + 12, n);
  return k;
}

static uint32_t add(fixture *f, uint8_t transport, uint32_t n, uint32_t hash, uint64_t now_us) {
  flow_key k = key_of(transport, n);
  return flow_add(&f->t, &k, hash, now_us);
}

static uint32_t find(const fixture *f, uint32_t n, uint32_t hash) {
  flow_key k = key_of(TRANSPORT_UDP, n);
  return flow_find(&f->t, &k, hash);
}

/* What a packet does to its flow. */
static void touch(fixture *f, uint32_t index, unsigned down, uint64_t now_us) {
  flow *w = &f->t.flow[index];
  if (!w->packets[down] && w->packets[!down]) {
    flow_grown(&f->t, index);
    w->phase = FLOW_OPEN;
  }
  w->packets[down]++;
  w->last_tick = (uint32_t)(now_us >> FLOW_TICK_SHIFT);
}

/* ---- keys ------------------------------------------------------------------ */

static void both_directions_have_one_key(void) {
  fixture f = begin();
  uint8_t bytes[100];
  for (unsigned v = 4; v <= 6; v += 2) {
    wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
    e.version = (uint8_t)v;
    flow_key key[2];
    bool reversed[2];
    for (unsigned down = 0; down < 2; down++) {
      packet p;
      weir_packet in = {.data = bytes, .len = (uint32_t)wire_tcp(bytes, &e, down, 0, 0, NULL, 0)};
      packet_parse(&p, &in);
      flow_key_of(&key[down], &reversed[down], &p);
    }
    CHECK(!memcmp(&key[0], &key[1], sizeof key[0]));
    CHECK(reversed[0] != reversed[1]);
    CHECK_EQ(flow_hash(f.t.seed, &key[0]), flow_hash(f.t.seed, &key[1]));
    key[1].transport = TRANSPORT_UDP;
    CHECK(flow_hash(f.t.seed, &key[0]) != flow_hash(f.t.seed, &key[1]));
  }
  end(&f);
}

/* An address and a port that are the same at both ends: the packet goes up. */
static void one_end_talks_to_itself(void) {
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 500, 2, 500);
  memcpy(e.address[1], e.address[0], 4);
  uint8_t bytes[60];
  packet p;
  flow_key key;
  bool reversed = true;
  weir_packet in = {.data = bytes, .len = (uint32_t)wire_udp(bytes, &e, 0, "x", 1)};
  packet_parse(&p, &in);
  flow_key_of(&key, &reversed, &p);
  CHECK(!reversed);
}

/* ---- look-up --------------------------------------------------------------- */

/* Few hashes, some at the table's end: runs of slots that wrap around, with gaps closed at random. */
static void colliding_hashes_stay_findable(void) {
  fixture f = begin();
  uint32_t index[MAX], hash[MAX], random = 1, live = 0;
  for (unsigned i = 0; i < MAX; i++) index[i] = FLOW_NONE;
  for (unsigned round = 0; round < 4000; round++) {
    random = random * 1664525u + 1013904223u;
    unsigned n = random >> 24 & (MAX - 1);
    if (index[n] == FLOW_NONE) {
      flow_key k = key_of(TRANSPORT_UDP, n);
      hash[n] = flow_hash(f.t.seed, &k);
      index[n] = add(&f, TRANSPORT_UDP, n, hash[n], start_us);
      live++;
    } else {
      flow_remove(&f.t, index[n]);
      index[n] = FLOW_NONE;
      live--;
    }
    CHECK_EQ(f.t.count, live);
    for (unsigned i = 0; i < MAX && round % 16 == 0; i++)
      if (index[i] != FLOW_NONE) CHECK_EQ(find(&f, i, hash[i]), index[i]);
  }
  end(&f);
}

/* The same with a table so full of one slot's flows that every removal moves others. flow_remove
 * hashes the key itself, so keys are searched for. */
static void a_gap_is_closed_around_the_tables_end(void) {
  fixture f = begin();
  uint32_t number[24], hash[24], index[24], n = 0;
  for (uint32_t k = 0; n < 24; k++) {
    flow_key key = key_of(TRANSPORT_UDP, k);
    uint32_t h = flow_hash(f.t.seed, &key);
    if (((h + 2) & f.t.mask) > 4) continue; /* homes: the last two slots and the first three */
    number[n] = k, hash[n] = h;
    index[n++] = add(&f, TRANSPORT_UDP, k, h, start_us);
  }
  for (uint32_t gone = 0; gone < 24; gone++) {
    uint32_t which = gone * 7 % 24;
    flow_remove(&f.t, index[which]);
    index[which] = FLOW_NONE;
    for (uint32_t i = 0; i < 24; i++) CHECK_EQ(find(&f, number[i], hash[i]), index[i]);
  }
  for (uint32_t i = 0; i <= f.t.mask; i++) CHECK_EQ(f.t.slots[i].flow, 0);
  end(&f);
}

static void a_full_table_takes_no_more(void) {
  fixture f = begin();
  for (uint32_t i = 0; i < MAX; i++) CHECK(add(&f, TRANSPORT_UDP, i, i, start_us) != FLOW_NONE);
  CHECK_EQ(add(&f, TRANSPORT_UDP, MAX, MAX, start_us), FLOW_NONE);
  CHECK_EQ(f.t.count, MAX);
  end(&f);
}

/* ---- age ------------------------------------------------------------------- */

static void flows_end_when_idle_and_not_before(void) {
  static const struct {
    uint8_t transport, phase;
    uint64_t idle_s;
  } cases[] = {{TRANSPORT_TCP, FLOW_OPENING, 60},
               {TRANSPORT_TCP, FLOW_OPEN, 3600},
               {TRANSPORT_TCP, FLOW_CLOSING, 10},
               {TRANSPORT_UDP, FLOW_OPENING, 180},
               {TRANSPORT_UDP, FLOW_OPEN, 180}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fixture f = begin();
    uint32_t index = add(&f, cases[i].transport, 1, 1, start_us);
    f.t.flow[index].phase = cases[i].phase;
    flow_replace_on_wheel(&f.t, index, start_us);
    for (uint64_t s = 0; s <= cases[i].idle_s; s++)
      CHECK_EQ(flow_expired(&f.t, start_us + s * second), FLOW_NONE);
    CHECK_EQ(flow_expired(&f.t, start_us + (cases[i].idle_s + 3) * second), index);
    end(&f);
  }
}

/* Packets write only their own flow: the wheel finds out late that it is to stay. */
static void activity_keeps_a_flow(void) {
  fixture f = begin();
  uint32_t index = add(&f, TRANSPORT_UDP, 1, 1, start_us);
  uint64_t now = start_us;
  for (unsigned i = 0; i < 50; i++) {
    now += 100 * second;
    CHECK_EQ(flow_expired(&f.t, now), FLOW_NONE);
    touch(&f, index, 0, now);
  }
  CHECK_EQ(flow_expired(&f.t, now + 184 * second), index);
  end(&f);
}

/* The wheel has 4,096 turns: a flow that waits longer comes by once a round, and must move on. */
static void a_timeout_longer_than_the_wheel(void) {
  weir_config c = config_of();
  c.tcp_idle_us = 3 * 3600 * second;
  for (uint64_t step = 1; step <= 8192; step = step * 3 + 1) {
    fixture f = begin_with(&c);
    uint32_t index = add(&f, TRANSPORT_TCP, 1, 1, start_us);
    touch(&f, index, 0, start_us);
    touch(&f, index, 1, start_us);
    uint64_t now = start_us;
    while (now + (step << FLOW_TURN_SHIFT) - start_us < c.tcp_idle_us) {
      now += step << FLOW_TURN_SHIFT;
      CHECK_EQ(flow_expired(&f.t, now), FLOW_NONE);
    }
    CHECK_EQ(flow_expired(&f.t, start_us + c.tcp_idle_us + (2 << FLOW_TURN_SHIFT)), index);
    end(&f);
  }
}

static void a_timeout_beyond_all_time_is_none(void) {
  static const uint64_t long_us[] = {UINT64_MAX, (uint64_t)1 << 48, ((uint64_t)1 << 48) + 1,
                                     (uint64_t)1 << 63};
  for (size_t i = 0; i < 4; i++) {
    weir_config c = config_of();
    c.udp_idle_us = long_us[i];
    fixture f = begin_with(&c);
    add(&f, TRANSPORT_UDP, 1, 1, start_us);
    for (uint64_t days = 1; days < 1000; days *= 3)
      CHECK_EQ(flow_expired(&f.t, start_us + days * 86400 * second), FLOW_NONE);
    end(&f);
  }
}

static void a_silence_of_years_ends_all(void) {
  fixture f = begin();
  for (uint32_t i = 0; i < MAX; i++) add(&f, TRANSPORT_UDP, i, i * 77, start_us + i * 13 * second);
  unsigned ended = 0;
  uint32_t index;
  while ((index = flow_expired(&f.t, start_us + (UINT64_C(1) << 45))) != FLOW_NONE) {
    flow_remove(&f.t, index);
    ended++;
  }
  CHECK_EQ(ended, MAX);
  CHECK_EQ(flow_deadline(&f.t), UINT64_MAX);
  end(&f);
}

/* Nothing ends before the deadline that was told. */
static void the_deadline_is_never_late(void) {
  fixture f = begin();
  uint64_t now = start_us;
  for (uint32_t i = 0; i < 8; i++) add(&f, TRANSPORT_UDP, i, i, now + i * second);
  flow_expired(&f.t, now += 8 * second);
  while (f.t.count) {
    uint64_t deadline = flow_deadline(&f.t);
    CHECK(deadline > now);
    CHECK_EQ(flow_expired(&f.t, deadline - 1), FLOW_NONE);
    now = deadline;
    for (uint32_t index; (index = flow_expired(&f.t, now)) != FLOW_NONE;) flow_remove(&f.t, index);
  }
  CHECK(now < start_us + 200 * second);
  end(&f);
}

/* ---- who gives way --------------------------------------------------------- */

static void a_flood_of_one_sided_flows_spares_the_others(void) {
  fixture f = begin();
  uint32_t grown[8];
  for (uint32_t i = 0; i < 8; i++) {
    grown[i] = add(&f, TRANSPORT_TCP, 1000 + i, i, start_us);
    touch(&f, grown[i], 0, start_us);
    touch(&f, grown[i], 1, start_us);
  }
  for (uint32_t i = 0; i < 10000; i++) {
    flow_key k = key_of(TRANSPORT_TCP, 5000 + i);
    uint32_t h = flow_hash(f.t.seed, &k), index = flow_add(&f.t, &k, h, start_us + i);
    if (index == FLOW_NONE) {
      uint32_t victim = flow_victim(&f.t, start_us + i);
      CHECK_EQ(f.t.flow[victim].id, 9 + i - (MAX - 8)); /* the oldest of its kind */
      flow_remove(&f.t, victim);
      index = flow_add(&f.t, &k, h, start_us + i);
    }
    touch(&f, index, 0, start_us + i);
  }
  for (uint32_t i = 0; i < 8; i++) CHECK_EQ(f.t.flow[grown[i]].id, i + 1);
  end(&f);
}

static void among_grown_flows_a_long_idle_one_gives_way(void) {
  fixture f = begin();
  for (uint32_t i = 0; i < MAX; i++) {
    uint32_t index = add(&f, TRANSPORT_UDP, i, i, start_us);
    touch(&f, index, 0, start_us + i * second);
    touch(&f, index, 1, start_us + i * second);
  }
  uint64_t sum = 0;
  for (unsigned i = 0; i < 200; i++) sum += flow_victim(&f.t, start_us + MAX * second);
  CHECK(sum / 200 < MAX / 4); /* the least of eight by chance, out of 64 in order of age */
  end(&f);
}

static void new_flows_have_a_share_of_a_full_table(void) {
  fixture f = begin();
  const uint32_t share = MAX / FLOW_YOUNG_SHARE;
  for (uint32_t i = 0; i < MAX + 100; i++) {
    flow_key k = key_of(TRANSPORT_UDP, i);
    uint32_t hash = flow_hash(f.t.seed, &k);
    if (i >= MAX) {
      uint32_t victim = flow_victim(&f.t, start_us + i * second), fresh = i - MAX;
      if (fresh <= share)
        CHECK(f.t.flow[victim].id <= MAX);
      else
        CHECK_EQ(f.t.flow[victim].id, i - share);
      flow_remove(&f.t, victim);
    }
    uint32_t index = flow_add(&f.t, &k, hash, start_us + i * second);
    touch(&f, index, 0, start_us + i * second);
    if (i < MAX) touch(&f, index, 1, start_us + i * second);
  }
  end(&f);
}

/* ---- the end --------------------------------------------------------------- */

static void finish_goes_by_id(void) {
  fixture f = begin();
  for (uint32_t i = 0; i < MAX; i++)
    add(&f, TRANSPORT_UDP, i, i, start_us + (i * 37 % MAX) * second);
  uint64_t last = 0;
  unsigned n = 0;
  for (uint32_t index; (index = flow_first(&f.t)) != FLOW_NONE; n++) {
    CHECK(f.t.flow[index].id > last);
    last = f.t.flow[index].id;
    flow_remove(&f.t, index);
  }
  CHECK_EQ(n, MAX);
  CHECK(add(&f, TRANSPORT_UDP, 1, 1, start_us) != FLOW_NONE); /* and the table goes on */
  CHECK(flow_first(&f.t) != FLOW_NONE);
  end(&f);
}

/* The reader of records was slow, and packets came before finish went on. */
static void finish_survives_flows_that_come_and_go(void) {
  fixture f = begin();
  uint32_t index[MAX];
  for (uint32_t i = 0; i < 32; i++) {
    flow_key k = key_of(TRANSPORT_UDP, i);
    index[i] = flow_add(&f.t, &k, flow_hash(f.t.seed, &k), start_us + (i * 7 % 32) * second);
  }
  for (uint32_t i = 0; i < 4; i++) flow_remove(&f.t, flow_first(&f.t));
  flow_remove(&f.t, index[20]);
  flow_remove(&f.t, index[5]);
  flow_key k = key_of(TRANSPORT_UDP, 99);
  flow_add(&f.t, &k, flow_hash(f.t.seed, &k), start_us);
  f.t.flow[index[30]].phase = FLOW_CLOSING;
  flow_replace_on_wheel(&f.t, index[30], start_us + 32 * second);
  unsigned expired = 0, ended = 0;
  for (uint32_t i; (i = flow_expired(&f.t, start_us + 190 * second)) != FLOW_NONE; expired++)
    flow_remove(&f.t, i);
  CHECK(expired > 0 && expired < 27);
  uint64_t last = 0;
  for (uint32_t i; (i = flow_first(&f.t)) != FLOW_NONE; ended++) {
    CHECK(f.t.flow[i].id > last);
    last = f.t.flow[i].id;
    flow_remove(&f.t, i);
  }
  CHECK_EQ(expired + ended, 27);
  CHECK_EQ(f.t.count, 0);
  end(&f);
}

/* Two flows close between two calls, and come to stand on one turn: the order stays that of their ids. */
static void finish_keeps_its_order_when_flows_move(void) {
  fixture f = begin();
  uint32_t index[8];
  for (uint32_t i = 0; i < 8; i++) {
    flow_key k = key_of(TRANSPORT_TCP, i);
    index[i] = flow_add(&f.t, &k, flow_hash(f.t.seed, &k), start_us);
  }
  flow_remove(&f.t, flow_first(&f.t));
  for (unsigned i = 0; i < 2; i++) {
    uint32_t moved = index[i ? 1 : 5];
    f.t.flow[moved].phase = FLOW_CLOSING;
    flow_replace_on_wheel(&f.t, moved, start_us);
  }
  for (uint64_t id = 2; id <= 8; id++) {
    uint32_t first = flow_first(&f.t);
    CHECK_EQ(f.t.flow[first].id, id);
    flow_remove(&f.t, first);
  }
  CHECK_EQ(flow_first(&f.t), FLOW_NONE);
  end(&f);
}

int main(void) {
  both_directions_have_one_key();
  one_end_talks_to_itself();
  colliding_hashes_stay_findable();
  a_gap_is_closed_around_the_tables_end();
  a_full_table_takes_no_more();
  flows_end_when_idle_and_not_before();
  activity_keeps_a_flow();
  a_timeout_longer_than_the_wheel();
  a_timeout_beyond_all_time_is_none();
  a_silence_of_years_ends_all();
  the_deadline_is_never_late();
  a_flood_of_one_sided_flows_spares_the_others();
  among_grown_flows_a_long_idle_one_gives_way();
  new_flows_have_a_share_of_a_full_table();
  finish_goes_by_id();
  finish_survives_flows_that_come_and_go();
  finish_keeps_its_order_when_flows_move();
  return test_end("flow");
}
