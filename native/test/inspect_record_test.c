/* inspect_record_test.c -- records and their reader, who may be slow. */
#include "inspect_said.h"

static const uint64_t second = 1000000;

static void test_slow_reader(void) {
  weir_config c = rig_config();
  c.max_records = 256;
  c.max_flows = 4096;
  rig r = rig_with(&c);
  enum { N = 2000 };
  weir_packet *packets = calloc(N, sizeof *packets);
  weir_result *results = calloc(N, sizeof *results);
  uint8_t *bytes = malloc(N * 64);
  for (unsigned i = 0; i < N; i++) {
    wire_ends e = wire_between(TRANSPORT_UDP, 1, (uint16_t)(1000 + i), 2, 9);
    packets[i] = (weir_packet){.data = bytes + 64 * i, .now_us = 1000 + i * second};
    packets[i].len = (uint32_t)wire_udp(bytes + 64 * i, &e, 0, "x", 1);
  }
  size_t done = 0, stops = 0;
  while (done < N) {
    size_t n = weir_inspect(r.engine, packets + done, N - done, results + done);
    done += n;
    if (done < N) {
      stops++;
      CHECK_EQ(weir_inspect(r.engine, packets + done, 1, results + done),
               0); /* until somebody reads */
      size_t waiting;
      weir_records(r.engine, &waiting);
      CHECK(waiting > 0);
      rig_drain(&r);
    }
  }
  CHECK(stops > 5);
  CHECK_EQ(rig_counters(&r).packets, N);
  unsigned calls = 0;
  while (!weir_finish(r.engine)) rig_drain(&r), calls++;
  CHECK(calls > 0);
  rig_drain(&r);
  CHECK_EQ(r.count, N);
  uint64_t sum = 0;
  for (unsigned i = 0; i < N; i++) {
    sum += r.records[i].flow_id;
    CHECK_EQ(results[i].flow_id, i + 1);
  }
  CHECK_EQ(sum, (uint64_t)N * (N + 1) / 2); /* each flow once */
  CHECK_EQ(rig_counters(&r).records_lost, 0);
  free(packets), free(results), free(bytes);
  rig_free(&r);
}

static void test_lossy(void) {
  weir_config c = rig_config();
  c.max_records = 256;
  rig r = rig_with(&c);
  uint8_t bytes[64];
  for (unsigned i = 0; i < 1000; i++) {
    wire_ends e = wire_between(TRANSPORT_UDP, 1, (uint16_t)(1000 + i), 2, 9);
    weir_packet p = {
        .data = bytes, .len = (uint32_t)wire_udp(bytes, &e, 0, "x", 1), .now_us = 1000};
    weir_inspect_lossy(r.engine, &p, 1, &r.result);
  }
  weir_counters n = rig_counters(&r);
  CHECK_EQ(n.packets, 1000);
  CHECK_EQ(n.records_written, 256);
  CHECK_EQ(n.records_lost, 1000 - 64 - 256);
  CHECK(!weir_finish(r.engine)); /* finish does not lose */
  rig_free(&r);
}

/* What one packet can make of records is bounded, so that what is lost does not hang on the reader. */
static void test_one_packet_of_many_records(void) {
  uint64_t written[2];
  for (unsigned half = 0; half < 2; half++) {
    weir_config c = rig_config();
    c.max_records = 256;
    rig r = rig_with(&c);
    if (half) { /* the ring is not empty, but has the room that is asked for */
      for (unsigned i = 0; i < 120; i++) answer(&r, (uint16_t)i, "a.test", 1);
    }
    uint64_t before = rig_counters(&r).records_written;
    uint8_t bytes[12 + 200 * 7] = {0, 1, 0x81, 0x80};
    size_t n = 12;
    unsigned questions = 200;
    for (unsigned i = 0; i < questions; i++, n += 7) memcpy(bytes + n, "\1a\0\0\1\0\1", 7);
    wire_put16(bytes + 4, questions);
    rig_udp(&r, &resolver, 1, bytes, n);
    weir_counters k = rig_counters(&r);
    written[half] = k.records_written - before;
    rig_free(&r);
  }
  CHECK_EQ(written[0], written[1]);
}

int main(void) {
  test_slow_reader();
  test_lossy();
  test_one_packet_of_many_records();
  return test_end("inspect-record");
}
