/* inspect.c -- what does a packet of an established flow cost, end to end, beside the loop without the engine? */
#include "bench.h"
#include "weir.h"
#include "wire.h"

enum { BATCH = 64, BODY = 285 };

typedef struct traffic {
  weir_engine *engine;
  uint32_t flows, batch;
  uint64_t now_us;
  uint8_t bytes[BATCH][WIRE_HEADERS + 600];
  weir_packet packets[BATCH];
  weir_result results[BATCH];
} traffic;

/* Data of flows in random order. */
static void next_batch(traffic *t, uint64_t *state) {
  for (unsigned i = 0; i < BATCH; i++) {
    uint64_t random = bench_random(state);
    wire_ends(t->bytes[i], (uint32_t)(random >> 8) % t->flows, random & 1);
    t->packets[i].now_us = t->now_us;
  }
}

static uint64_t inspect(void *context, size_t n) {
  traffic *t = (traffic *)context;
  uint64_t state = 88172645463325252u, sum = 0;
  for (size_t done = 0; done < n; done += BATCH) {
    next_batch(t, &state);
    for (unsigned i = 0; i < BATCH; i += t->batch) weir_inspect(t->engine, t->packets + i, t->batch, t->results + i);
    sum += t->results[BATCH - 1].flow_id;
  }
  return sum;
}

static uint64_t bare(void *context, size_t n) {
  traffic *t = (traffic *)context;
  uint64_t state = 88172645463325252u, sum = 0;
  for (size_t done = 0; done < n; done += BATCH) {
    next_batch(t, &state);
    for (unsigned i = 0; i < BATCH; i++) sum += t->bytes[i][WIRE_IP + 1];
  }
  return sum;
}

static void send(traffic *t, uint32_t flow, int down, uint8_t flags, uint32_t sequence, uint32_t body) {
  uint8_t *p = t->bytes[0];
  weir_packet in = {.data = p, .len = wire_template(p, flags, body), .now_us = t->now_us};
  wire_ends(p, flow, down);
  wire_sequence(p, sequence);
  weir_inspect(t->engine, &in, 1, t->results);
}

/* Handshakes of TCP and TLS. */
static void establish(traffic *t) {
  for (uint32_t i = 0; i < t->flows; i++) {
    send(t, i, 0, 0x02, 1000, 0);
    send(t, i, 1, 0x12, 5000, 0);
    send(t, i, 0, 0x18, 1001, wire_hello(t->bytes[0] + WIRE_HEADERS, 517));
    send(t, i, 1, 0x18, 5001, wire_server_hello(t->bytes[0] + WIRE_HEADERS));
  }
}

static void measure(uint32_t flows, const char *single, const char *batched) {
  static traffic t;
  weir_config config;
  weir_config_init(&config);
  config.max_flows = flows + flows / 4;
  config.max_names = flows * 4;
  size_t size = (weir_engine_size(&config) + 63) / 64 * 64;
  void *memory = aligned_alloc(64, size);
  memset(memory, 0, size);
  if (weir_engine_init(&t.engine, memory, size, &config) != WEIR_OK) abort();
  t.flows = flows;
  t.now_us = 1700000000000000u;
  establish(&t);
  for (unsigned i = 0; i < BATCH; i++)
    t.packets[i] = (weir_packet){.data = t.bytes[i], .len = wire_template(t.bytes[i], 0x10, BODY)};
  t.batch = BATCH;
  bench(batched, inspect, "bare loop", bare, &t, 2000000);
  t.batch = 1;
  bench(single, inspect, "bare loop", bare, &t, 2000000);
  weir_counters counters;
  weir_get_counters(t.engine, &counters);
  if (counters.flows_opened != flows) abort();
  free(memory);
}

int main(void) {
  measure(10000, "inspect, 10k flows, one by one", "inspect, 10k flows, batches of 64");
  measure(100000, "inspect, 100k flows, one by one", "inspect, 100k flows, batches of 64");
  measure(1000000, "inspect, 1M flows, one by one", "inspect, 1M flows, batches of 64");
  return 0;
}
