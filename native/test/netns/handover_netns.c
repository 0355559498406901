/* handover_netns.c -- records from one thread to another: each once, in order, whole. */
#include <pthread.h>
#include <sched.h>

#include "test.h"

#include "handover.h"

enum { ENTRIES = 8, MANY = 200000 };

/* Puts records numbered from `number` on; returns how many fitted. */
static size_t put(handover *h, uint64_t number, size_t count, bool *was_empty) {
  weir_record records[2 * ENTRIES];
  for (size_t i = 0; i < count; i++)
    records[i] = (weir_record){.flow_id = number + i, .generation = (uint16_t)(number + i)};
  return handover_put(h, records, count, was_empty);
}

/* Reads what is there as one run, `most` of it; returns how many. */
static size_t take(handover *h, uint64_t number, size_t most) {
  size_t count;
  const weir_record *records = handover_get(h, &count);
  if (count > most) count = most;
  for (size_t i = 0; i < count; i++) {
    CHECK_EQ(records[i].flow_id, number + i);
    CHECK_EQ(records[i].generation, (uint16_t)(number + i));
  }
  handover_release(h, count);
  return count;
}

static void an_empty_one_begins_at_its_front(void) {
  handover h;
  size_t count;
  bool was_empty;
  CHECK(handover_init(&h, ENTRIES));
  for (uint64_t n = 0; n < 30; n += 3) {
    CHECK_EQ(put(&h, n, 3, &was_empty), 3);
    CHECK(was_empty);
    CHECK(handover_get(&h, &count) == h.entries);
    CHECK_EQ(take(&h, n, 3), 3);
  }
  handover_free(&h);
}

static void a_late_reader_goes_round(void) {
  handover h;
  bool was_empty;
  CHECK(handover_init(&h, ENTRIES));
  CHECK_EQ(put(&h, 0, 1, &was_empty), 1);
  CHECK_EQ(take(&h, 0, 1), 1);
  CHECK_EQ(put(&h, 1, 6, &was_empty), 6);
  CHECK_EQ(take(&h, 1, 4), 4);
  CHECK_EQ(put(&h, 7, 9, &was_empty), 6); /* two wait */
  CHECK(!was_empty);
  CHECK_EQ(take(&h, 5, ENTRIES), 4); /* up to the end of the memory */
  CHECK_EQ(take(&h, 9, ENTRIES), 4);
  CHECK_EQ(take(&h, 13, ENTRIES), 0);
  CHECK_EQ(put(&h, 13, 2 * ENTRIES, &was_empty), ENTRIES);
  CHECK(was_empty);
  CHECK_EQ(take(&h, 13, ENTRIES), ENTRIES);
  handover_free(&h);
}

static void *write_all(void *argument) {
  bool was_empty;
  for (uint64_t n = 0; n < MANY; sched_yield()) {
    size_t count = 1 + n % 5;
    n += put(argument, n, n + count < MANY ? count : MANY - n, &was_empty);
  }
  return NULL;
}

static void two_threads(void) {
  handover h;
  pthread_t writer;
  CHECK(handover_init(&h, ENTRIES));
  CHECK(!pthread_create(&writer, NULL, write_all, &h));
  for (uint64_t n = 0; n < MANY;) {
    size_t count = take(&h, n, 1 + n % 7);
    if (!count) sched_yield();
    n += count;
  }
  pthread_join(writer, NULL);
  handover_free(&h);
}

int main(void) {
  an_empty_one_begins_at_its_front();
  a_late_reader_goes_round();
  two_threads();
  return test_end("handover_netns");
}
