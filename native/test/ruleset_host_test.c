/* Hosts as they are written, alone and side by side: both give the answer of their normal form. */
#include "ruleset_file.h"
#include "test.h"

static const char *const lists[] = {"bad"};

static weir_ruleset opened(weir_bytes *bytes) {
  weir_ruleset r;
  ruleset_file f = file_new();
  file_lists(&f, lists, 1, 100);
  unsigned block = file_verdict(&f, WEIR_ACTION_BLOCK, 7, 3, 1);
  static const char *const names[] = {"ads.example", "x", "0x7f.1", "a.b.c.d.e.f.g.h.test",
                                      "1.2.3.256"};
  for (uint32_t i = 0; i < 5; i++) file_name_entry(&f, names[i], block, i + 1);
  file_number_names(&f);
  file_network(&f, 0, 0xc0000200, 0, 24, block, 6);
  file_network(&f, 1, UINT64_C(0x20010db800000000), 0, 32, block, 7);
  *bytes = file_write(&f);
  file_free(&f);
  CHECK_EQ(weir_ruleset_open(&r, *bytes), WEIR_OK);
  return r;
}

/* The line of the rule that decides; 0: none speaks. */
static const struct {
  const char *host;
  uint32_t line;
} cases[] = {{"ads.example", 1},
             {"ADS.Example", 1},
             {"www.ads.example.", 1},
             {"ads.example..", 0},
             {".ads.example", 0},
             {".", 0},
             {"", 0},
             {"..", 0},
             {"xads.example", 0},
             {"a b.ads.example", 0},
             {"[ads.example]", 0},
             {"@DS.EXAMPLE", 0},
             {"X", 2},
             {"x.", 2},
             {"[", 0},
             {"]", 0},
             {"0x7f.1", 3},
             {"1.2.3.256", 5},
             {"A.B.C.D.E.F.G.H.TEST.", 4},
             {"z.a.b.c.d.e.f.g.h.test", 4},
             {"192.0.2.1", 6},
             {"192.0.2.1.", 0},
             {"[192.0.2.1]", 6},
             {"192.0.2.01", 0},
             {"::ffff:192.0.2.1", 6},
             {"::FFFF:C000:0201", 6},
             {"[::ffff:192.0.2.1%eth0]", 6},
             {"2001:DB8::5", 7},
             {"[2001:db8::5]", 7},
             {"fe80::1%2001:db8::", 0},
             {"2001:db8::5%eth0", 7},
             {"2001:db8:::5", 0},
             {"2001:db8::5:", 0},
             {":", 0},
             {"\xc0.ads.example", 0},
             {"ads.example\x80", 0}};
enum { CASES = sizeof cases / sizeof cases[0] };

static uint32_t line_of(const weir_ruleset *r, const weir_match *m) {
  weir_bytes list;
  uint32_t line = 0;
  if (m->rule != WEIR_NO_RULE) CHECK(weir_ruleset_provenance(r, m->rule, &list, &line));
  return line;
}

int main(void) {
  weir_bytes file, hosts[4 * CASES + 3];
  weir_match out[4 * CASES + 3];
  weir_ruleset r = opened(&file);
  size_t n = 0;
  for (size_t i = 0; i < 4 * CASES; i++, n++) {
    const char *host = cases[i % CASES].host;
    uint8_t *copy = malloc(strlen(host) + 1); /* ASan sees one byte too many */
    memcpy(copy, host, strlen(host));
    hosts[n] = (weir_bytes){realloc(copy, strlen(host) ? strlen(host) : 1), strlen(host)};
    weir_match m = {.rule = WEIR_NO_RULE}, first = m;
    bool spoke = weir_ruleset_match_host(&r, hosts[n], &m);
    if (line_of(&r, &m) != cases[i % CASES].line) fprintf(stderr, "%s: ", host);
    CHECK_EQ(line_of(&r, &m), cases[i % CASES].line);
    CHECK_EQ(spoke, cases[i % CASES].line > 0);
    CHECK_EQ(weir_ruleset_explain_host(&r, hosts[n], &first, 1), spoke);
    CHECK_EQ(first.rule, m.rule);
  }
  uint8_t *longest = malloc(300);
  for (size_t i = 0; i < 300; i++) longest[i] = i % 2 ? '.' : 'x';
  for (size_t len = 253; len <= 255; len++) hosts[n++] = (weir_bytes){longest, len};
  weir_ruleset_match_hosts(&r, hosts, n, out);
  for (size_t i = 0; i < 4 * CASES; i++) CHECK_EQ(line_of(&r, &out[i]), cases[i % CASES].line);
  CHECK_EQ(line_of(&r, &out[n - 3]), 2); /* 127 labels */
  CHECK_EQ(line_of(&r, &out[n - 2]), 2); /* and a final dot */
  CHECK_EQ(line_of(&r, &out[n - 1]), 0);
  weir_ruleset_match_hosts(&r, NULL, 0, NULL);
  for (size_t i = 0; i < 4 * CASES; i++) free((void *)(uintptr_t)hosts[i].base);
  free(longest), free((void *)(uintptr_t)file.base);
  return test_end("ruleset_host");
}
