/* hint_test.c -- the map from addresses to names: lifetimes, ambiguity, eviction. */
#include "test.h"

#include "hint.h"

#define SECOND UINT64_C(1000000)

static const uint64_t seed[2] = {1, 2};

static name text(const char *s) {
  name n = {.len = (uint8_t)strlen(s)};
  memcpy(n.text, s, n.len);
  return n;
}

static weir_addr addr(uint32_t i) {
  weir_addr a = {{[10] = 0xff, [11] = 0xff}};
  for (size_t k = 0; k < 4; k++) a.octets[12 + k] = (uint8_t)(i >> (24 - 8 * k));
  return a;
}

static bool store(hints *h, uint32_t i, const char *owner, uint32_t ttl_s, uint64_t now_us) {
  const weir_addr a = addr(i);
  const name n = text(owner);
  return hints_store(h, &a, &n, ttl_s, now_us);
}

static const name *find(hints *h, uint32_t i, uint64_t now_us, bool *ambiguous) {
  const weir_addr a = addr(i);
  return hints_find(h, hints_place(h, &a), &a, now_us, ambiguous);
}

static hints *make(uint32_t count, void **memory) {
  *memory = calloc(1, hints_size(count));
  return hints_init(*memory, count, seed);
}

static void test_lifetime(void) {
  void *memory;
  hints *h = make(64, &memory);
  bool ambiguous = true;
  CHECK(!find(h, 7, 0, &ambiguous) && !ambiguous);
  CHECK(!store(h, 7, "a.example", 300, SECOND));
  const name *n = find(h, 7, SECOND, &ambiguous);
  CHECK(n && !ambiguous);
  if (n) CHECK_TEXT(n->text, n->len, "a.example");
  CHECK(find(h, 7, 301 * SECOND - 1, &ambiguous) != NULL);
  CHECK(!find(h, 7, 301 * SECOND, &ambiguous));
  CHECK(!find(h, 8, SECOND, &ambiguous));

  store(h, 1, "floor.example", 0, 0);
  CHECK(find(h, 1, HINT_TTL_MIN * SECOND - 1, &ambiguous) != NULL);
  CHECK(!find(h, 1, HINT_TTL_MIN * SECOND, &ambiguous));
  store(h, 2, "ceiling.example", UINT32_MAX, 0);
  CHECK(find(h, 2, HINT_TTL_MAX * SECOND - 1, &ambiguous) != NULL);
  CHECK(!find(h, 2, HINT_TTL_MAX * SECOND, &ambiguous));
  store(h, 3, "end.example", 300, UINT64_MAX - 5);
  CHECK(find(h, 3, UINT64_MAX - 1, &ambiguous) != NULL);

  /* A cache's answer with what is left of the TTL does not shorten a life. */
  store(h, 4, "again.example", 300, 0);
  store(h, 4, "again.example", 60, SECOND);
  CHECK(find(h, 4, 299 * SECOND, &ambiguous) && !ambiguous);
  store(h, 4, "again.example", 300, 100 * SECOND);
  CHECK(find(h, 4, 399 * SECOND, &ambiguous) && !ambiguous);
  free(memory);
}

static void test_ambiguity(void) {
  void *memory;
  hints *h = make(64, &memory);
  bool ambiguous;
  store(h, 7, "old.example", 100, 0);
  CHECK(!store(h, 7, "new.example", 1000, SECOND));
  const name *n = find(h, 7, SECOND, &ambiguous);
  CHECK(n && ambiguous);
  if (n) CHECK_TEXT(n->text, n->len, "new.example");
  CHECK(find(h, 7, 100 * SECOND, &ambiguous) && !ambiguous); /* the old name has ended */
  store(h, 7, "third.example", 60, 101 * SECOND);
  CHECK(find(h, 7, 160 * SECOND, &ambiguous) && ambiguous); /* the second has not */
  CHECK(!find(h, 7, 161 * SECOND, &ambiguous) && !ambiguous);
  store(h, 7, "fourth.example", 60, 200 * SECOND); /* nothing alive is replaced */
  CHECK(find(h, 7, 201 * SECOND, &ambiguous) && !ambiguous);
  free(memory);
}

static void test_eviction(void) {
  bool ambiguous;
  for (uint32_t count = 1; count <= 4; count *= 2) { /* one bucket */
    void *memory;
    hints *h = make(count, &memory);
    for (uint32_t i = 0; i < count; i++) CHECK(!store(h, i, "a.example", 1000 - i, 0));
    CHECK(store(h, 99, "b.example", 5000, 0)); /* the last stored would have ended soonest */
    CHECK(!find(h, count - 1, 1, &ambiguous));
    CHECK(find(h, 99, 1, &ambiguous) != NULL);
    for (uint32_t i = 0; i + 1 < count; i++) CHECK(find(h, i, 1, &ambiguous) != NULL);
    CHECK(!store(h, 100, "c.example", 60, 4000 * SECOND) == (count > 1)); /* the dead are no loss */
    free(memory);
  }
}

/* Who takes another's place does not take over its doubts. */
static void test_reuse(void) {
  void *memory;
  hints *h = make(1, &memory);
  bool ambiguous;
  store(h, 1, "a.example", 1000, 0);
  store(h, 1, "b.example", 1000, 0);
  CHECK(store(h, 2, "c.example", 1000, 0));
  CHECK(!find(h, 1, 1, &ambiguous));
  CHECK(find(h, 2, 1, &ambiguous) && !ambiguous);
  free(memory);
}

/* A full map holds as many as it says it does, evenly enough, and counts each loss. */
static void test_load(void) {
  enum { COUNT = 1024 };
  void *memory;
  hints *h = make(COUNT, &memory);
  bool ambiguous;
  uint32_t lost = 0, found = 0;
  for (uint32_t i = 0; i < COUNT; i++) lost += store(h, i * 256, "a.example", 300, i);
  for (uint32_t i = 0; i < COUNT; i++) found += find(h, i * 256, COUNT, &ambiguous) != NULL;
  CHECK_EQ(found + lost, COUNT);
  CHECK(found > COUNT * 3 / 4);
  free(memory);
}

static void test_nothing(void) {
  bool ambiguous = true;
  void *memory;
  CHECK_EQ(hints_size(0), 0);
  hints *off = hints_init(NULL, 0, seed);
  CHECK(!off && !store(off, 1, "a.example", 60, 0) && !find(off, 1, 0, &ambiguous) && !ambiguous);
  hints *h = make(4, &memory);
  CHECK(!store(h, 1, "", 60, 0) && !find(h, 1, 0, &ambiguous));
  free(memory);
}

int main(void) {
  test_lifetime();
  test_ambiguity();
  test_eviction();
  test_reuse();
  test_load();
  test_nothing();
  return test_end("hint");
}
