/* The compiled demonstration lists of fixtures/lists, opened and asked. */
#include "weir.h"
#include "test.h"
#include "ruleset_golden.h"

/* A copy in memory of exactly that size, so that ASan sees one byte too many. */
static weir_bytes copy_of(const void *bytes, size_t len) {
  uint8_t *copy = malloc(len ? len : 1);
  memcpy(copy, bytes, len);
  return (weir_bytes){copy, len};
}

static void drop(weir_bytes copy) { free((void *)(uintptr_t)copy.base); }

static weir_bytes golden; /* as long as the tests run */

static weir_ruleset opened(void) {
  weir_ruleset r;
  CHECK_EQ(weir_ruleset_open(&r, golden), WEIR_OK);
  return r;
}

/* "action category list:line text/depth" of what decides, or "-". */
static const char *describe(const weir_ruleset *r, bool hit, const weir_match *m) {
  static char out[512];
  if (!hit) return "-";
  weir_bytes list, category = {NULL, 0};
  uint32_t line;
  char rule[WEIR_NAME_MAX];
  for (unsigned bit = 0; bit < 64; bit++)
    if (m->categories >> bit & 1) category = weir_ruleset_category(r, bit);
  CHECK(weir_ruleset_provenance(r, m->rule, &list, &line));
  size_t len = weir_ruleset_text(r, m->rule, rule, sizeof rule);
  weir_match again;
  CHECK(weir_ruleset_rule(r, m->rule, &again));
  CHECK(again.rule == m->rule && again.action == m->action && again.depth == m->depth &&
        again.categories == m->categories && again.rank == m->rank);
  snprintf(out, sizeof out, "%s %.*s %.*s:%u %.*s depth %u", weir_action_text(m->action),
           (int)category.len, (const char *)category.base, (int)list.len, (const char *)list.base,
           line, (int)len, rule, m->depth);
  return out;
}

static const char *ask(const weir_ruleset *r, const char *name) {
  weir_bytes copy = copy_of(name, strlen(name));
  weir_match m;
  const char *answer = describe(r, weir_ruleset_match_name(r, copy, &m), &m);
  drop(copy);
  return answer;
}

#define ASK(name, expected)                       \
  do {                                            \
    const char *answer = ask(&r, name);           \
    CHECK_TEXT(answer, strlen(answer), expected); \
  } while (0)

static void names_match_on_label_boundaries(void) {
  weir_ruleset r = opened();
  ASK("ads.example.test", "block ads demo-ads:4 ads.example.test depth 3");
  ASK("pixel.example.test", "block ads demo-ads:8 pixel.example.test depth 3");
  ASK("ads.example.org", "block ads demo-ads:5 ads.example.org depth 3");
  ASK("www.ads.example.test", "-"); /* a hosts line is exact */
  ASK("example.test", "-");
  ASK("xads.example.test", "-");
  ASK("malware.test", "block malware demo-malware:2 malware.test depth 2");
  ASK("a.b-c.d_e.malware.test", "block malware demo-malware:2 malware.test depth 2");
  ASK("notmalware.test", "-");
  ASK("malware.test.example", "-");
  ASK("test", "-");
  ASK("www.xn--bcher-kva.example", "block malware demo-malware:6 xn--bcher-kva.example depth 2");
}

static void classes_of_rules_have_an_order(void) {
  weir_ruleset r = opened();
  ASK("blocked.example", "block malware demo-malware:4 blocked.example depth 2");
  ASK("www.blocked.example", "block malware demo-malware:4 blocked.example depth 2");
  ASK("allowed.blocked.example", "allow  demo-allow:3 allowed.blocked.example depth 3");
  ASK("www.allowed.blocked.example", "allow  demo-allow:3 allowed.blocked.example depth 3");
  ASK("safe.malware.test", "allow  demo-allow:4 safe.malware.test depth 3");
  ASK("metrics.example.test", "audit metrics demo-watch:2 metrics.example.test depth 3");
}

static void what_no_name_can_be_matches_nothing(void) {
  weir_ruleset r = opened();
  ASK("", "-");
  ASK(".", "-");
  ASK("malware.test.", "-");
  ASK(".malware.test", "-");
  ASK("a..malware.test", "-");
  ASK("a b.malware.test", "-");
  ASK("A.malware.test", "-");
  ASK("\xff.malware.test", "-");
  char name[300];
  memset(name, 'a', sizeof name);
  memcpy(name + 63, ".malware.test", 14);
  ASK(name, "block malware demo-malware:2 malware.test depth 2");
  memset(name, 'a', 64);
  memcpy(name + 64, ".malware.test", 14);
  ASK(name, "-");
  for (int i = 0; i < 241; i++) name[i] = i % 2 || !i ? 'a' : '.';
  memcpy(name + 240, ".malware.test", 14); /* 253 bytes */
  ASK(name, "block malware demo-malware:2 malware.test depth 2");
  memcpy(name + 241, ".malware.test", 14);
  ASK(name, "-");
}

static void every_length_is_read_within_bounds(void) {
  weir_ruleset r = opened();
  char name[WEIR_NAME_MAX + 1] = {0};
  for (size_t len = 0; len < WEIR_NAME_MAX; len++) {
    memset(name, 'a', len);
    for (size_t dot = 0; dot <= len; dot++) { /* ASan watches the ends */
      if (dot < len) name[dot] = '.';
      ASK(name, "-");
      if (dot < len) name[dot] = 'a';
    }
  }
}

static weir_addr ipv4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (weir_addr){
      {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d}};
}

static weir_addr ipv6(uint16_t a, uint16_t b, uint16_t c, uint16_t last) {
  return (weir_addr){{(uint8_t)(a >> 8), (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b,
                      (uint8_t)(c >> 8), (uint8_t)c, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(last >> 8),
                      (uint8_t)last}};
}

#define ASK_ADDR(addr_, expected)                                               \
  do {                                                                          \
    weir_addr a = addr_;                                                        \
    weir_match m;                                                               \
    const char *answer = describe(&r, weir_ruleset_match_addr(&r, &a, &m), &m); \
    CHECK_TEXT(answer, strlen(answer), expected);                               \
  } while (0)

static void addresses_match_the_networks_around_them(void) {
  weir_ruleset r = opened();
  ASK_ADDR(ipv4(192, 0, 2, 0), "block bad-network demo-networks:2 192.0.2.0/24 depth 24");
  ASK_ADDR(ipv4(192, 0, 2, 52), "block bad-network demo-networks:2 192.0.2.0/24 depth 24");
  ASK_ADDR(ipv4(192, 0, 2, 53), "allow  demo-allow:5 192.0.2.53/32 depth 32");
  ASK_ADDR(ipv4(192, 0, 2, 54), "block bad-network demo-networks:2 192.0.2.0/24 depth 24");
  ASK_ADDR(ipv4(192, 0, 2, 255), "block bad-network demo-networks:2 192.0.2.0/24 depth 24");
  ASK_ADDR(ipv4(192, 0, 1, 255), "-");
  ASK_ADDR(ipv4(192, 0, 3, 0), "-");
  ASK_ADDR(ipv4(198, 51, 100, 127), "-");
  ASK_ADDR(ipv4(198, 51, 100, 128), "block bad-network demo-networks:3 198.51.100.128/25 depth 25");
  ASK_ADDR(ipv4(203, 0, 113, 66), "block malware demo-malware:8 203.0.113.66/32 depth 32");
  ASK_ADDR(ipv4(0, 0, 0, 0), "-");
  ASK_ADDR(ipv4(255, 255, 255, 255), "-");
  ASK_ADDR(ipv6(0x2001, 0xdb8, 0xbad, 1),
           "block bad-network demo-networks:5 2001:db8:bad::/48 depth 48");
  ASK_ADDR(ipv6(0x2001, 0xdb8, 0xbae, 1), "-");
  ASK_ADDR(ipv6(0x2001, 0xdb8, 0, 0xbad),
           "block bad-network demo-networks:6 2001:db8::bad/128 depth 128");
  ASK_ADDR(ipv6(0x2001, 0xdb8, 0, 0xbae), "-");
}

static void no_rules_answer_nothing(void) {
  weir_ruleset r = {0};
  weir_match m;
  weir_bytes list;
  uint32_t line;
  uint8_t severity;
  weir_addr a = ipv4(192, 0, 2, 1), b = ipv6(0x2001, 0xdb8, 0, 1);
  ASK("malware.test", "-");
  CHECK(!weir_ruleset_match_addr(&r, &a, &m) && !weir_ruleset_match_addr(&r, &b, &m));
  CHECK_EQ(weir_ruleset_explain_addr(&r, &a, &m, 1), 0);
  CHECK_EQ(weir_ruleset_explain_name(&r, (weir_bytes){(const uint8_t *)"a.test", 6}, &m, 1), 0);
  CHECK(!weir_ruleset_provenance(&r, 0, &list, &line));
  CHECK(!weir_ruleset_rule(&r, 0, &m));
  CHECK(!weir_ruleset_note(&r, 0, &list, &severity));
  CHECK_EQ(weir_ruleset_text(&r, 0, NULL, 0), 0);
  CHECK_EQ(weir_ruleset_category(&r, 0).len, 0);
  r = opened();
  CHECK(!weir_ruleset_provenance(&r, r.rule_count, &list, &line));
  CHECK(!weir_ruleset_rule(&r, WEIR_NO_RULE, &m));
  CHECK_EQ(weir_ruleset_category(&r, 0xffff).len, 0);
}

int main(void) {
  golden = copy_of(ruleset_golden, sizeof ruleset_golden);
  names_match_on_label_boundaries();
  classes_of_rules_have_an_order();
  what_no_name_can_be_matches_nothing();
  every_length_is_read_within_bounds();
  addresses_match_the_networks_around_them();
  no_rules_answer_nothing();
  drop(golden);
  return test_end("ruleset");
}
