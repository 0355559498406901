/* profile_test.c -- hellos that are alike share a profile; what nobody has is given back. */
#include "profile.h"

#include "test.h"

enum { FLOWS = 200, CHUNKS = 16 };

typedef struct fixture {
  profiles t;
  texts store;
} fixture;

static fixture begin(void) {
  fixture f;
  profiles_init(&f.t, malloc(profiles_size(FLOWS)));
  texts_init(&f.store, malloc(texts_size(CHUNKS)), CHUNKS);
  return f;
}

/* Every profile was given back, and every chunk of text. */
static void end(fixture *f) {
  unsigned n = 0;
  while (text_put(&f->store, reader_of("x", 1)) != TEXT_NONE) n++;
  CHECK_EQ(n, CHUNKS);
  pages nobody = {0};
  profiles_trim(&f->t, &nobody);
  CHECK_EQ(f->t.used, 0);
  for (unsigned i = 0; i < PROFILE_RECENT; i++) CHECK_EQ(f->t.recent[i], PROFILE_NONE);
  free(f->t.slots);
  free(f->store.chunks);
}

/* With a JA4 that ends in `number`; 0: without one. */
static uint32_t take(fixture *f, unsigned number, const char *alpn) {
  char ja4[WEIR_JA4_MAX + 1];
  snprintf(ja4, sizeof ja4, "t13d1516h2_8daaf6152771_%012x", number);
  return profile_take(&f->t, &f->store, number ? ja4 : NULL, reader_of(alpn, strlen(alpn)));
}

static void give(fixture *f, uint32_t number) { profile_give(&f->t, &f->store, number); }

static void check_alpn(const fixture *f, uint32_t number, const char *expected) {
  char out[WEIR_ALPN_MAX];
  const profile *p = profile_at(&f->t, number);
  size_t len = text_get(&f->store, p->alpn, out, sizeof out, p->alpn_len);
  CHECK_TEXT(out, len, expected);
}

static void test_alike(void) {
  fixture f = begin();
  uint32_t a = take(&f, 1, "h2,http/1.1"), b = take(&f, 1, "h2,http/1.1");
  CHECK(a != PROFILE_NONE && a == b);
  CHECK_EQ(profile_at(&f.t, a)->users, 2);
  uint32_t others[] = {take(&f, 1, "http/1.1,h2"), take(&f, 2, "h2,http/1.1"), take(&f, 1, "")};
  for (unsigned i = 0; i < 3; i++) CHECK(others[i] != PROFILE_NONE && others[i] != a);
  check_alpn(&f, a, "h2,http/1.1");
  check_alpn(&f, others[0], "http/1.1,h2");
  check_alpn(&f, others[2], "");
  give(&f, a);
  CHECK_EQ(profile_at(&f.t, b)->users, 1);
  give(&f, b);
  for (unsigned i = 0; i < 3; i++) give(&f, others[i]);
  end(&f);
}

static void test_nothing_to_keep(void) {
  fixture f = begin();
  CHECK_EQ(take(&f, 0, ""), PROFILE_NONE);
  give(&f, PROFILE_NONE);
  uint32_t a = take(&f, 0, "h3");
  CHECK(a != PROFILE_NONE && !profile_at(&f.t, a)->has_ja4);
  give(&f, a);
  end(&f);
}

/* As many kinds as flows, again and again, given back in another order. */
static void test_every_flow_its_own(void) {
  fixture f = begin();
  uint32_t numbers[FLOWS];
  for (unsigned round = 1; round < 4; round++) {
    for (unsigned i = 0; i < FLOWS; i++) numbers[i] = take(&f, 7 * i + round, "");
    for (unsigned i = 0; i < FLOWS; i++) {
      char ja4[WEIR_JA4_MAX], end[13];
      CHECK(numbers[i] >= 1 && numbers[i] <= FLOWS);
      ja4_unpack(ja4, profile_at(&f.t, numbers[i])->ja4);
      snprintf(end, sizeof end, "%012x", 7 * i + round);
      CHECK_TEXT(ja4 + WEIR_JA4_MAX - 12, 12, end);
    }
    for (unsigned i = 0; i < FLOWS; i++) give(&f, numbers[i * 37 % FLOWS]);
  }
  end(&f);
}

/* Without room for its ALPN a hello keeps its JA4. */
static void test_store_is_full(void) {
  fixture f = begin();
  uint32_t taken[CHUNKS];
  for (unsigned i = 0; i < CHUNKS; i++) taken[i] = text_put(&f.store, reader_of("x", 1));
  CHECK_EQ(text_put(&f.store, reader_of("x", 1)), TEXT_NONE);
  uint32_t a = take(&f, 1, "h2");
  CHECK(a != PROFILE_NONE && profile_at(&f.t, a)->has_ja4);
  check_alpn(&f, a, "");
  for (unsigned i = 0; i < CHUNKS; i++) text_free(&f.store, taken[i]);
  uint32_t b = take(&f, 1, "h2");
  CHECK(a != b);
  check_alpn(&f, b, "h2");
  give(&f, a);
  give(&f, b);
  end(&f);
}

int main(void) {
  test_alike();
  test_nothing_to_keep();
  test_every_flow_its_own();
  test_store_is_full();
  return test_end("profile");
}
