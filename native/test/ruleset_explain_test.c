/* What decides and what else spoke, in files written by hand: no compiler is in between. */
#include "ruleset.h"
#include "ruleset_ask.h"
#include "ruleset_file.h"
#include "test.h"

enum { LINES = 10 }; /* of each list */
static const char *const lists[] = {"ads", "malware", "watch"};
enum { ADS = 1, MALWARE = 2, WATCH = 4 }; /* their categories */

/* Ranks (RULESET.md). */
enum { INDICATOR_BLOCK = 2, IMPORTANT_BLOCK = 4, ALLOW = 6, BLOCK = 7, WARN = 8, AUDIT = 9 };

static uint32_t line_of(unsigned list, uint32_t line) { return list * LINES + line; }

/* "action:list:line/depth" of each match, a blank between them. */
static const char *describe(const weir_ruleset *r, const weir_match *m, size_t count) {
  static char out[1024];
  size_t at = 0;
  out[0] = 0;
  for (size_t i = 0; i < count; i++) {
    weir_bytes list = {NULL, 0};
    uint32_t line = 0;
    CHECK(weir_ruleset_provenance(r, m[i].rule, &list, &line));
    at += (size_t)snprintf(out + at, sizeof out - at, "%s%s:%.*s:%u/%u", i ? " " : "",
                           weir_action_text(m[i].action), (int)list.len, (const char *)list.base,
                           line, m[i].depth);
  }
  return out;
}

/* What a packet's judgement asks is the front of what is explained. */
static void ask_two(const weir_ruleset *r, weir_bytes name, const weir_match *all, size_t told) {
  weir_match two[2];
  size_t n = ruleset_match_two(r, name, two);
  bool spoke = weir_ruleset_match_name(r, name, &two[0]);
  CHECK_EQ(n, !spoke ? 0u : told < 2 ? told : 2u);
  for (size_t i = 0; i < n; i++) CHECK_EQ(two[i].rule, all[i].rule);
}

static const char *explain(const weir_ruleset *r, const char *name) {
  weir_match m[16];
  weir_bytes text = {(const uint8_t *)name, strlen(name)};
  size_t n = weir_ruleset_explain_name(r, text, m, 16);
  CHECK(n <= 16);
  ask_two(r, text, m, n);
  ask_name(r, name, strlen(name));
  return describe(r, m, n);
}

static const char *explain_addr(const weir_ruleset *r, weir_addr a) {
  weir_match m[16];
  size_t n = weir_ruleset_explain_addr(r, &a, m, 16);
  CHECK(n <= 16);
  ask_addr(r, &a);
  return describe(r, m, n);
}

#define EXPLAIN(name, expected)                   \
  do {                                            \
    const char *answer = explain(&r, name);       \
    CHECK_TEXT(answer, strlen(answer), expected); \
  } while (0)
#define EXPLAIN_ADDR(addr, expected)              \
  do {                                            \
    const char *answer = explain_addr(&r, addr);  \
    CHECK_TEXT(answer, strlen(answer), expected); \
  } while (0)

static weir_ruleset opened(ruleset_file *f, weir_bytes *bytes) {
  weir_ruleset r;
  *bytes = file_write(f);
  CHECK_EQ(weir_ruleset_open(&r, *bytes), WEIR_OK);
  for (uint32_t rule = 0; rule <= r.rule_count; rule++) ask_rule(&r, rule);
  ask_rule(&r, WEIR_NO_RULE);
  return r;
}

static void close_file(ruleset_file *f, weir_bytes bytes) {
  free((void *)(uintptr_t)bytes.base);
  file_free(f);
}

static bool match(const weir_ruleset *r, const char *name, weir_match *m) {
  return weir_ruleset_match_name(r, (weir_bytes){(const uint8_t *)name, strlen(name)}, m);
}

static void losers_follow_in_order(void) {
  ruleset_file f = file_new();
  file_lists(&f, lists, 3, LINES);
  unsigned block = file_verdict(&f, WEIR_ACTION_BLOCK, BLOCK, 3, ADS);
  unsigned both = file_verdict(&f, WEIR_ACTION_BLOCK, BLOCK, 1, ADS | MALWARE);
  unsigned allow = file_verdict(&f, WEIR_ACTION_ALLOW, ALLOW, 3 | FILE_AUDITED, 0);
  uint32_t top = file_name_entry(&f, "list-one.example", block, line_of(0, 3));
  uint32_t sub = file_name_entry(&f, "www.list-one.example", allow, line_of(2, 2));
  file_name_entry(&f, "x.list-one.example", both, line_of(1, 7));
  uint32_t quiet = file_silent(&f, "a.www.list-one.example");
  file_number_names(&f);
  /* In order of slots. */
  uint32_t slots[2] = {f.name_number[top], f.name_number[sub]};
  for (uint32_t slot = 0; slot < 3; slot++) {
    if (slot == slots[0]) file_further(&f, slot, file_packed(line_of(0, 5), WARN, FILE_SELF));
    if (slot != slots[1]) continue;
    file_further(&f, slot, file_packed(line_of(1, 1), BLOCK, FILE_SELF));
    file_further(&f, slot, file_packed(line_of(0, 1), BLOCK, 3));
    file_further(&f, slot, file_packed(line_of(2, 1), AUDIT, 3));
  }
  file_further(&f, f.name_count + f.silent_slot[quiet], file_packed(line_of(1, 2), ALLOW, 3));
  weir_bytes bytes;
  weir_ruleset r = opened(&f, &bytes);
  EXPLAIN("list-one.example", "block:ads:3/2 warn:ads:5/2");
  EXPLAIN("y.list-one.example", "block:ads:3/2");
  EXPLAIN("x.list-one.example", "block:malware:7/3 block:ads:3/2");
  EXPLAIN("z.x.list-one.example", "block:ads:3/2");
  EXPLAIN("www.list-one.example",
          "allow:watch:2/3 block:malware:1/3 block:ads:1/3 block:ads:3/2 audit:watch:1/3");
  EXPLAIN("b.www.list-one.example", "allow:watch:2/3 block:ads:1/3 block:ads:3/2 audit:watch:1/3");
  EXPLAIN("a.www.list-one.example",
          "allow:watch:2/3 allow:malware:2/4 block:ads:1/3 block:ads:3/2 audit:watch:1/3");
  EXPLAIN("example", "");
  EXPLAIN("A.list-one.example", "");
  EXPLAIN("a..list-one.example", "");
  weir_match m, few[2];
  CHECK(match(&r, "x.list-one.example", &m));
  CHECK_EQ(m.categories, ADS | MALWARE);
  CHECK_EQ(m.rank, BLOCK);
  CHECK(match(&r, "www.list-one.example", &m) && m.flags & WEIR_MATCH_AUDITED);
  CHECK_EQ(weir_ruleset_explain_name(&r, (weir_bytes){(const uint8_t *)"www.list-one.example", 20},
                                     few, 2),
           5);
  CHECK_EQ(few[0].action, WEIR_ACTION_ALLOW);
  CHECK(few[1].action == WEIR_ACTION_BLOCK && few[1].depth == 3);
  CHECK_EQ(few[1].categories, MALWARE);
  close_file(&f, bytes);
}

/* "b.test" for itself is audited, and blocked by what also blocks below it. */
static void another_entrys_rule_decides(void) {
  ruleset_file f = file_new();
  file_lists(&f, lists, 3, LINES);
  unsigned below = file_verdict(&f, WEIR_ACTION_BLOCK, BLOCK, FILE_BELOW, ADS);
  unsigned self = file_verdict(&f, WEIR_ACTION_BLOCK, BLOCK, FILE_SELF | FILE_AUDITED, ADS);
  unsigned off = file_verdict(&f, WEIR_ACTION_NONE, 10, 3, 0);
  uint32_t entry_below = file_name_entry(&f, "b.test", below, line_of(0, 1));
  uint32_t entry_self = file_name_entry(&f, "b.test", self, line_of(0, 1));
  uint32_t entry_off = file_name_entry(&f, "c.b.test", off, 0);
  file_number_names(&f);
  for (uint32_t slot = 0; slot < 3; slot++) {
    if (slot == f.name_number[entry_self])
      file_further(&f, slot, file_packed(line_of(2, 4), AUDIT, FILE_SELF));
    if (slot == f.name_number[entry_off]) file_further(&f, slot, file_packed(line_of(0, 1), 0, 0));
  }
  file_alias(&f, f.name_number[entry_self], f.name_number[entry_below]);
  weir_bytes bytes;
  weir_ruleset r = opened(&f, &bytes);
  weir_match m;
  CHECK(match(&r, "b.test", &m));
  CHECK_EQ(m.rule, f.name_number[entry_below]);
  CHECK_EQ(m.flags, WEIR_MATCH_SELF | WEIR_MATCH_AUDITED);
  CHECK_EQ(m.depth, 2);
  EXPLAIN("b.test", "block:ads:1/2 audit:watch:4/2");
  EXPLAIN("a.b.test", "block:ads:1/2");
  CHECK(!match(&r, "c.b.test", &m) && !match(&r, "d.c.b.test", &m));
  EXPLAIN("c.b.test", "");
  EXPLAIN("d.c.b.test", "");
  close_file(&f, bytes);
}

/* Nothing but entries: of one name it is known at once that no other rule speaks. */
static void plain_names_are_told(void) {
  ruleset_file f = file_new();
  file_lists(&f, lists, 3, LINES);
  unsigned block = file_verdict(&f, WEIR_ACTION_BLOCK, BLOCK, 3, ADS);
  unsigned self = file_verdict(&f, WEIR_ACTION_WARN, WARN, FILE_SELF, 0);
  unsigned below = file_verdict(&f, WEIR_ACTION_BLOCK, BLOCK, FILE_BELOW, ADS);
  file_name_entry(&f, "b.test", block, line_of(0, 1));
  file_name_entry(&f, "c.b.test", block, line_of(1, 1));
  file_name_entry(&f, "d.test", self, line_of(0, 2));
  file_name_entry(&f, "d.test", below, line_of(0, 3));
  file_number_names(&f);
  weir_bytes bytes;
  weir_ruleset r = opened(&f, &bytes);
  EXPLAIN("b.test", "block:ads:1/2");
  EXPLAIN("a.b.test", "block:ads:1/2");
  EXPLAIN("c.b.test", "block:malware:1/3 block:ads:1/2");
  EXPLAIN("a.c.b.test", "block:malware:1/3 block:ads:1/2");
  EXPLAIN("d.test", "warn:ads:2/2");
  EXPLAIN("a.d.test", "block:ads:3/2");
  EXPLAIN("test", "");
  close_file(&f, bytes);
}

static weir_addr ipv4(uint32_t a) {
  weir_addr out = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
  for (unsigned i = 0; i < 4; i++) out.octets[12 + i] = (uint8_t)(a >> (24 - 8 * i));
  return out;
}

static weir_addr ipv6(uint64_t high, uint64_t low) {
  weir_addr out;
  for (unsigned i = 0; i < 8; i++) {
    out.octets[i] = (uint8_t)(high >> (56 - 8 * i));
    out.octets[8 + i] = (uint8_t)(low >> (56 - 8 * i));
  }
  return out;
}

static const char *text_of(const weir_ruleset *r, uint32_t rule) {
  static char out[WEIR_NAME_MAX + 1];
  out[weir_ruleset_text(r, rule, out, WEIR_NAME_MAX)] = 0;
  return out;
}

static void networks_around_an_address_are_told(void) {
  ruleset_file f = file_new();
  f.cell_bits[0] = 4;
  file_lists(&f, lists, 3, LINES);
  unsigned block = file_verdict(&f, WEIR_ACTION_BLOCK, BLOCK, 3, ADS);
  unsigned allow = file_verdict(&f, WEIR_ACTION_ALLOW, ALLOW, 3, 0);
  file_number_names(&f);
  file_network(&f, 0, 0x0a000000, 0, 24, allow, line_of(2, 1)); /* begins where the /8 does */
  file_network(&f, 0, 0x0a000100, 0, 8, block, line_of(0, 1));
  file_network(&f, 1, UINT64_C(0x20010db800000000), 0, 32, block, line_of(0, 2));
  file_network(&f, 2, UINT64_C(0x20010db800000000), 5, 128, allow, line_of(2, 2));
  file_lost4(&f, 0x0a000000, 8, file_packed(line_of(0, 1), BLOCK, 3));
  file_lost4(&f, 0x0a000000, 24, file_packed(line_of(1, 1), BLOCK, 3));
  file_lost6(&f, UINT64_C(0x20010db800000000), 0, 48, file_packed(line_of(1, 3), WARN, 3));
  file_lost6(&f, UINT64_C(0x20010db800000000), 5, 128, file_packed(line_of(1, 4), BLOCK, 3));
  weir_bytes bytes;
  weir_ruleset r = opened(&f, &bytes);
  EXPLAIN_ADDR(ipv4(0x0a000005), "allow:watch:1/24 block:malware:1/24 block:ads:1/8");
  EXPLAIN_ADDR(ipv4(0x0a010005), "block:ads:1/8");
  EXPLAIN_ADDR(ipv4(0x0b000000), "");
  EXPLAIN_ADDR(ipv6(UINT64_C(0x20010db800000000), 5),
               "allow:watch:2/128 block:malware:4/128 block:ads:2/32 warn:malware:3/48");
  EXPLAIN_ADDR(ipv6(UINT64_C(0x20010db800000000), 6), "block:ads:2/32 warn:malware:3/48");
  EXPLAIN_ADDR(ipv6(UINT64_C(0x20010db900000000), 6), "");
  CHECK_TEXT(text_of(&r, 1), strlen(text_of(&r, 1)), "10.0.0.0/8");
  CHECK_TEXT(text_of(&r, 3), strlen(text_of(&r, 3)), "2001:db8::5/128");
  CHECK_TEXT(text_of(&r, 4), strlen(text_of(&r, 4)), "10.0.0.0/8");
  CHECK_TEXT(text_of(&r, 6), strlen(text_of(&r, 6)), "2001:db8::/48");
  close_file(&f, bytes);
}

static void notes_have_titles(void) {
  ruleset_file f = file_new();
  file_lists(&f, lists, 3, LINES);
  unsigned block = file_verdict(&f, WEIR_ACTION_BLOCK, INDICATOR_BLOCK, 3, ADS);
  file_name_entry(&f, "bad.test", block, line_of(0, 1));
  file_number_names(&f);
  file_bytes *notes = &f.section[19];
  file_put_number(notes, 0, 4), file_put_number(notes, 12, 4), file_put_number(notes, 5, 2);
  file_put_number(notes, 3, 2);
  file_put(notes, "Title", 5);
  f.notes = 1;
  weir_bytes bytes, title;
  uint8_t severity;
  weir_ruleset r = opened(&f, &bytes);
  CHECK(weir_ruleset_note(&r, 0, &title, &severity));
  CHECK_TEXT(title.base, title.len, "Title");
  CHECK_EQ(severity, 3);
  CHECK(!weir_ruleset_note(&r, 1, &title, &severity));
  CHECK_TEXT(text_of(&r, 0), strlen(text_of(&r, 0)), "bad.test");
  close_file(&f, bytes);
}

int main(void) {
  losers_follow_in_order();
  another_entrys_rule_decides();
  plain_names_are_told();
  networks_around_an_address_are_told();
  notes_have_titles();
  return test_end("ruleset_explain");
}
