/* pending_test.c -- queries that wait: found by id, type and name; oldest first when none is free. */
#include "test.h"

#include "pending.h"

enum { MAX = 4 };

typedef struct fixture {
  pendings t;
  texts store;
  void *memory[2];
  uint32_t head[2]; /* of two flows */
} fixture;

static fixture begin(void) {
  fixture f = {.memory = {calloc(1, pendings_size(MAX)), calloc(1, texts_size(64))}};
  pendings_init(&f.t, f.memory[0], MAX);
  texts_init(&f.store, f.memory[1], 64);
  return f;
}

static void end(fixture *f) { free(f->memory[0]), free(f->memory[1]); }

static name name_of(const char *text) {
  name n = {.len = (uint8_t)strlen(text)};
  memcpy(n.text, text, n.len);
  return n;
}

static uint32_t add(fixture *f, uint32_t flow, uint16_t id, const char *text) {
  uint32_t number = pending_add(&f->t, &f->head[flow], flow);
  if (number == PENDING_NONE) return number;
  pending *p = pending_at(&f->t, number);
  p->id = id;
  p->qtype = 1;
  p->name = text_put(&f->store, reader_of(text, strlen(text)));
  p->name_len = (uint8_t)strlen(text);
  return number;
}

static uint32_t find(const fixture *f, uint32_t flow, uint16_t id, uint16_t type,
                     const char *text) {
  name n = name_of(text);
  return pending_find(&f->t, &f->store, f->head[flow], id, type, &n);
}

static void test_find(void) {
  fixture f = begin();
  uint32_t a = add(&f, 0, 1, "a.test"), b = add(&f, 0, 1, "b.test"), c = add(&f, 1, 1, "a.test");
  CHECK_EQ(find(&f, 0, 1, 1, "a.test"), a);
  CHECK_EQ(find(&f, 0, 1, 1, "b.test"), b);
  CHECK_EQ(find(&f, 1, 1, 1, "a.test"), c);
  CHECK_EQ(find(&f, 0, 2, 1, "a.test"), PENDING_NONE);
  CHECK_EQ(find(&f, 0, 1, 28, "a.test"), PENDING_NONE);
  CHECK_EQ(find(&f, 0, 1, 1, "a.tesT"), PENDING_NONE);
  CHECK_EQ(find(&f, 1, 1, 1, "b.test"), PENDING_NONE);
  end(&f);
}

/* In and out in every order of removal: both lists stay sound, and the oldest is known. */
static void test_lists(void) {
  for (unsigned code = 0; code < 256; code++) {
    unsigned order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6}, seen = 0;
    for (unsigned i = 0; i < 4; i++) seen |= 1u << order[i];
    if (seen != 15) continue;
    fixture f = begin();
    uint32_t number[4];
    for (unsigned i = 0; i < 4; i++) number[i] = add(&f, i & 1, (uint16_t)i, "a.test");
    CHECK_EQ(add(&f, 0, 9, "full.test"), PENDING_NONE);
    unsigned left = 15;
    for (unsigned i = 0; i < 4; i++) {
      unsigned gone = order[i], oldest = 0;
      pending_remove(&f.t, &f.store, &f.head[gone & 1], number[gone]);
      left &= ~(1u << gone);
      while (oldest < 4 && !(left >> oldest & 1)) oldest++;
      CHECK_EQ(f.t.oldest, oldest < 4 ? number[oldest] : PENDING_NONE);
      for (unsigned k = 0; k < 4; k++)
        CHECK_EQ(find(&f, k & 1, (uint16_t)k, 1, "a.test"),
                 left >> k & 1 ? number[k] : PENDING_NONE);
    }
    CHECK(f.head[0] == PENDING_NONE && f.head[1] == PENDING_NONE && f.t.newest == PENDING_NONE);
    for (unsigned i = 0; i < 100; i++) { /* their texts came back too */
      uint32_t again = add(&f, 0, 1, "a-name-of-more-than-one-chunk.test");
      CHECK(again != PENDING_NONE && pending_at(&f.t, again)->name != TEXT_NONE);
      pending_remove(&f.t, &f.store, &f.head[0], again);
    }
    end(&f);
  }
}

int main(void) {
  test_find();
  test_lists();
  return test_end("pending");
}
