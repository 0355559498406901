/* flow.c -- what does finding and updating a flow cost, beside the loop without it? */
#include "bench.h"
#include "flow.h"
#include "wire.h"

enum { BATCH = 16 };

typedef struct table {
  flows t;
  uint32_t count;
  uint8_t bytes[BATCH][WIRE_HEADERS];
  packet view[BATCH];
} table;

/* Packets of flows in random order. */
static void next_batch(table *b, uint64_t *state) {
  for (unsigned i = 0; i < BATCH; i++) wire_ends(b->bytes[i], (uint32_t)(bench_random(state) % b->count), 0);
  for (unsigned i = 0; i < BATCH; i++) {
    b->view[i].source_port = (uint16_t)(b->bytes[i][20] << 8 | b->bytes[i][21]);
    b->view[i].destination_port = 443;
  }
}

static void update(table *b, uint32_t index) {
  flow *f = &b->t.flow[index];
  f->packets[0]++;
  f->bytes[0] += 325;
  f->end_us++;
}

static uint64_t one_by_one(void *context, size_t n) {
  table *b = (table *)context;
  uint64_t state = 88172645463325252u, sum = 0;
  for (size_t done = 0; done < n; done += BATCH) {
    next_batch(b, &state);
    for (unsigned i = 0; i < BATCH; i++) {
      flow_key key;
      bool reversed;
      flow_key_of(&key, &reversed, &b->view[i]);
      uint32_t index = flow_find(&b->t, &key, flow_hash(b->t.seed, &key));
      update(b, index);
      sum += index;
    }
  }
  return sum;
}

static uint64_t batched(void *context, size_t n) {
  table *b = (table *)context;
  uint64_t state = 88172645463325252u, sum = 0;
  flow_key key[BATCH];
  uint32_t hash[BATCH];
  bool reversed;
  for (size_t done = 0; done < n; done += BATCH) {
    next_batch(b, &state);
    for (unsigned i = 0; i < BATCH; i++) {
      flow_key_of(&key[i], &reversed, &b->view[i]);
      hash[i] = flow_hash(b->t.seed, &key[i]);
      flow_prefetch_slot(&b->t, hash[i]);
    }
    for (unsigned i = 0; i < BATCH; i++) flow_prefetch(&b->t, hash[i]);
    for (unsigned i = 0; i < BATCH; i++) {
      uint32_t index = flow_find(&b->t, &key[i], hash[i]);
      update(b, index);
      sum += index;
    }
  }
  return sum;
}

static uint64_t bare(void *context, size_t n) {
  table *b = (table *)context;
  uint64_t state = 88172645463325252u, sum = 0;
  for (size_t done = 0; done < n; done += BATCH) {
    next_batch(b, &state);
    for (unsigned i = 0; i < BATCH; i++) sum += b->view[i].source_port;
  }
  return sum;
}

static void fill(table *b) {
  for (uint32_t i = 0; i < b->count; i++) {
    flow_key key;
    bool reversed;
    wire_ends(b->bytes[0], i, 0);
    b->view[0].source_port = (uint16_t)(b->bytes[0][20] << 8 | b->bytes[0][21]);
    flow_key_of(&key, &reversed, &b->view[0]);
    flow_add(&b->t, &key, flow_hash(b->t.seed, &key), 1700000000000000u);
  }
}

static void measure(uint32_t count, const char *single, const char *batch) {
  weir_config config;
  static table b;
  weir_config_init(&config);
  config.max_flows = count;
  void *memory = aligned_alloc(64, (flows_size(count) + 63) / 64 * 64);
  memset(memory, 0, flows_size(count));
  flows_init(&b.t, memory, &config);
  b.count = count;
  for (unsigned i = 0; i < BATCH; i++) {
    wire_template(b.bytes[i], 0x10, 0);
    b.view[i] = (packet){.source = b.bytes[i] + 12, .destination = b.bytes[i] + 16, .destination_port = 443,
                         .version = 4, .transport = TRANSPORT_TCP};
  }
  fill(&b);
  bench(single, one_by_one, "bare loop", bare, &b, 2000000);
  bench(batch, batched, "bare loop", bare, &b, 2000000);
  free(memory);
}

int main(void) {
  measure(10000, "flow, 10k, one by one", "flow, 10k, batches of 16");
  measure(100000, "flow, 100k, one by one", "flow, 100k, batches of 16");
  measure(1000000, "flow, 1M, one by one", "flow, 1M, batches of 16");
  return 0;
}
