/* tally_test.c -- counts against plain ones, as the table grows and when it is full. */
#include "tally.h"

#include "test.h"

static const uint64_t seed[2] = {1, 2};

static tally *new_tally(uint32_t max, void **memory) {
  *memory = calloc(1, tally_size(max));
  return tally_init(*memory, max, seed);
}

static weir_record flow_to(const char *host) {
  weir_record r = {.kind = WEIR_RECORD_FLOW, .name_len = (uint8_t)strlen(host)};
  memcpy(r.name, host, r.name_len);
  return r;
}

static void add(tally *t, const char *host) {
  weir_record r = flow_to(host);
  tally_add(t, &r, 1);
}

static void check_top(const tally *t, uint32_t place, const char *host, uint32_t flows) {
  uint32_t top[8];
  uint32_t have = tally_top(t, top, 8);
  CHECK(place < have);
  weir_bytes text = tally_host_text(t, top[place]);
  CHECK_TEXT((const char *)text.base, text.len, host);
  CHECK_EQ(t->hosts[top[place]].flows, flows);
}

static void test_kinds(void) {
  void *memory;
  tally *t = new_tally(10, &memory);
  weir_record r[4] = {flow_to("a.example"), flow_to(""), flow_to("b.example"),
                      flow_to("c.example")};
  r[0].protocol = WEIR_PROTOCOL_HTTPS;
  r[0].verdict = WEIR_VERDICT_PASS;
  r[1].action = WEIR_ACTION_BLOCK;
  r[2].kind = WEIR_RECORD_DNS;
  r[3].kind = WEIR_RECORD_NAME;
  tally_add(t, r, 4);
  CHECK_EQ(t->flows, 2);
  CHECK_EQ(t->dns, 1);
  CHECK_EQ(t->protocols[WEIR_PROTOCOL_HTTPS], 1);
  CHECK_EQ(t->protocols[WEIR_PROTOCOL_UNKNOWN], 1);
  CHECK_EQ(t->verdicts[WEIR_VERDICT_DROP], 1);
  CHECK_EQ(t->actions[WEIR_ACTION_BLOCK], 1);
  CHECK_EQ(t->count, 1);
  check_top(t, 0, "a.example", 1);
  free(memory);
}

static void test_growth(void) {
  enum { HOSTS = 7919, FLOWS = 40000 };
  static uint32_t expected[HOSTS];
  void *memory;
  tally *t = new_tally(HOSTS, &memory);
  char host[32];
  for (uint32_t i = 0; i < FLOWS; i++) {
    uint32_t n = (uint32_t)((uint64_t)i * i % HOSTS);
    expected[n]++;
    snprintf(host, sizeof host, "h%u.%.*s", n, (int)(n % 5), "xxxx");
    add(t, host);
  }
  uint32_t different = 0, sum = 0;
  for (uint32_t n = 0; n < HOSTS; n++) different += expected[n] != 0;
  CHECK_EQ(t->count, different);
  for (uint32_t i = 0; i < t->count; i++) {
    weir_bytes text = tally_host_text(t, i);
    uint32_t n = (uint32_t)strtoul((const char *)text.base + 1, NULL, 10);
    CHECK_EQ(t->hosts[i].flows, expected[n]);
    sum += t->hosts[i].flows;
  }
  CHECK_EQ(sum, FLOWS);
  free(memory);
}

static void test_full(void) {
  void *memory;
  tally *t = new_tally(2, &memory);
  const char *hosts[] = {"b", "a", "c", "a", "c"};
  for (size_t i = 0; i < 5; i++) add(t, hosts[i]);
  CHECK_EQ(t->count, 2);
  CHECK_EQ(t->hosts_left_out, 2);
  check_top(t, 0, "a", 2);
  check_top(t, 1, "b", 1);
  free(memory);
}

/* Equal counts sort by their text, of which one may be another's beginning. */
static void test_order(void) {
  void *memory;
  tally *t = new_tally(20, &memory);
  const char *hosts[] = {
      "example.orgs", "z", "example.org", "m", "m", "b", "y", "x", "w", "v", "u"};
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) add(t, hosts[i]);
  const char *best[] = {"m", "b", "example.org", "example.orgs", "u", "v", "w", "x"};
  for (uint32_t i = 0; i < 8; i++) check_top(t, i, best[i], i ? 1 : 2);
  uint32_t none;
  CHECK_EQ(tally_top(t, &none, 0), 0);
  free(memory);
}

int main(void) {
  CHECK_EQ(tally_size(0), 0);
  CHECK_EQ(tally_size(TALLY_HOSTS_MAX + 1), 0);
  test_kinds();
  test_growth();
  test_full();
  test_order();
  return test_end("tally");
}
