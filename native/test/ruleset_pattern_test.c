/* Sections 22 to 25 written by hand: what matches, what is told of it, and what damage does. */
#include "ruleset.h"
#include "test.h"

enum { RULES, GRAMS, PROGRAMS, TEXTS, SECTIONS };
enum { ANYWHERE = 0, AT_START = 1, AT_LABEL = 2, ENDED = 4, WIDE = 8, AUTOMATON = 16 };
#define NO_RULE UINT32_MAX

/* Of a filter of 64 bits and two buckets. */
#define FILTER_AT    64u
#define DIRECTORY_AT 72u
#define ENTRIES_AT   84u

typedef struct bytes {
  uint8_t at[4096];
  size_t len;
} bytes;

typedef struct sections {
  bytes part[SECTIONS];
  uint32_t grams[32][2], always[32][2];
  uint32_t rule_count, gram_count, always_count;
} sections;

static void put(bytes *b, const void *what, size_t len) {
  memcpy(b->at + b->len, what, len);
  b->len += len;
}

static void put_le(bytes *b, uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; i++, value >>= 8) b->at[b->len++] = (uint8_t)value;
}

static void set_le32(bytes *b, size_t at, uint32_t value) {
  bytes word = {.len = 0};
  put_le(&word, value, 4);
  memcpy(b->at + at, word.at, 4);
}

/* A program of `pieces`, with a "*" between any two. */
static uint32_t add_wildcard(sections *s, uint32_t rule, unsigned flags, const char *pieces) {
  bytes *p = &s->part[PROGRAMS];
  uint32_t at = (uint32_t)p->len;
  uint8_t lengths[16] = {0}, count = 1;
  for (const char *c = pieces; *c; c++) *c == '*' ? count++ : lengths[count - 1]++;
  put_le(p, rule, 4);
  put_le(p, flags, 1);
  put_le(p, count, 1);
  put(p, lengths, count);
  for (const char *c = pieces; *c; c++) {
    if (*c != '*') put(p, c, 1);
  }
  return at;
}

/* The 40 symbols' classes: letters, digits, the rest. */
static const char classes[] =
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
    "01 01 01 01 01 01 01 01 01 01 02 02 02 02";

static uint32_t add_automaton(sections *s, uint32_t rule, unsigned flags, unsigned start,
                              unsigned rows, const char *next) {
  bytes *p = &s->part[PROGRAMS];
  uint32_t at = (uint32_t)p->len;
  size_t len;
  put_le(p, rule, 4);
  put_le(p, AUTOMATON | flags, 1);
  put_le(p, 3, 1);
  put_le(p, start, 2);
  put_le(p, rows, 2);
  for (unsigned i = 0; i < 2; i++) {
    unsigned char *part = test_hex(i ? next : classes, &len);
    put(p, part, len);
    free(part);
  }
  return at;
}

static uint32_t add_rule(sections *s, uint32_t line, unsigned rank, bool specific, const char *text,
                         uint32_t next, const char *except) {
  bytes *t = &s->part[TEXTS];
  put_le(&s->part[RULES], t->len, 4);
  put_le(t, line << 6 | rank << 2 | (specific ? 1 : 0), 4);
  put_le(t, next, 4);
  put_le(t, strlen(text), 2);
  put_le(t, except ? 1 : 0, 2);
  put_le(t, 7, 1);
  put(t, text, strlen(text));
  if (except) {
    put_le(t, strlen(except), 1);
    put(t, except, strlen(except));
  }
  return s->rule_count++;
}

static uint32_t product_of(uint32_t gram) { return gram * UINT32_C(0x9e3779b1); }

static void add_gram(sections *s, const char *gram, uint32_t program) {
  s->grams[s->gram_count][0] = load_le32((const uint8_t *)gram);
  s->grams[s->gram_count++][1] = program;
}

static void add_always(sections *s, uint32_t program, uint32_t skip) {
  s->always[s->always_count][0] = program;
  s->always[s->always_count++][1] = skip;
}

/* Section 23 out of what was added. */
static void write_grams(sections *s) {
  bytes *g = &s->part[GRAMS];
  uint64_t filter = 0;
  uint32_t lower = 0;
  for (uint32_t i = 0; i < s->gram_count; i++) {
    filter |= UINT64_C(1) << (product_of(s->grams[i][0]) >> 26);
    lower += !(product_of(s->grams[i][0]) >> 31);
  }
  g->len = 0;
  put_le(g, 6, 1); /* 2^6 bits of filter */
  put_le(g, 1, 3); /* 2^1 buckets */
  put_le(g, s->gram_count, 4);
  put_le(g, s->always_count, 4);
  put_le(g, 0, 8), g->len = FILTER_AT;
  put_le(g, filter, 8);
  put_le(g, 0, 4), put_le(g, lower, 4), put_le(g, s->gram_count, 4);
  for (uint32_t bucket = 0; bucket < 2; bucket++) {
    for (uint32_t i = 0; i < s->gram_count; i++) {
      if (product_of(s->grams[i][0]) >> 31 != bucket) continue;
      put_le(g, s->grams[i][0], 4);
      put_le(g, s->grams[i][1], 4);
    }
  }
  for (uint32_t i = 0; i < s->always_count; i++) {
    put_le(g, s->always[i][0], 4);
    put_le(g, s->always[i][1], 4);
  }
}

/* The sections in memory of just their size; false, and nothing to close, when they are refused. */
static bool open_sections(const sections *s, weir_ruleset *out) {
  *out = (weir_ruleset){.pattern_count = s->rule_count};
  for (unsigned i = 0; i < SECTIONS; i++) {
    uint8_t *copy = malloc(s->part[i].len ? s->part[i].len : 1);
    memcpy(copy, s->part[i].at, s->part[i].len);
    out->patterns[i] = (weir_bytes){copy, s->part[i].len};
  }
  if (ruleset_patterns_place(out)) return true;
  for (unsigned i = 0; i < SECTIONS; i++) free((void *)(uintptr_t)out->patterns[i].base);
  return false;
}

static void close_sections(weir_ruleset *r) {
  for (unsigned i = 0; i < SECTIONS; i++) free((void *)(uintptr_t)r->patterns[i].base);
}

static void append(void *context, uint32_t pattern) {
  char *out = context;
  size_t len = strlen(out);
  snprintf(out + len, 64 - len, "%s%u", len ? " " : "", (unsigned)pattern);
}

/* Numbers of what matches, in the order told. */
static const char *match(const weir_ruleset *r, const char *text) {
  static char out[64];
  size_t len = strlen(text);
  uint8_t *copy = malloc(len ? len : 1);
  memcpy(copy, text, len);
  out[0] = 0;
  ruleset_match_patterns(r, (weir_bytes){copy, len}, append, out);
  free(copy);
  return out;
}

/* One wildcard, tried always, against texts separated by spaces. */
static void check_wildcard(unsigned flags, const char *pieces, const char *hits,
                           const char *misses) {
  sections s = {.rule_count = 0};
  weir_ruleset r;
  add_always(&s, add_wildcard(&s, add_rule(&s, 1, 7, false, "", 0, NULL), flags, pieces), 0);
  write_grams(&s);
  CHECK(open_sections(&s, &r));
  for (unsigned hit = 0; hit < 2; hit++) {
    char texts[256];
    snprintf(texts, sizeof texts, "%s", hit ? hits : misses);
    for (char *text = strtok(texts, " "); text; text = strtok(NULL, " "))
      CHECK_TEXT(match(&r, text), strlen(match(&r, text)), hit ? "0" : "");
  }
  close_sections(&r);
}

static void test_wildcards(void) {
  check_wildcard(ANYWHERE, "ads", "ads xadsx a.ads xads aads", "ad.s as d");
  check_wildcard(ANYWHERE | ENDED, "ads", "ads xads a.ads adsads", "adsx ads.a");
  check_wildcard(AT_START, "ads", "ads adsx ads.a", "xads a.ads");
  check_wildcard(AT_START | ENDED, "ads", "ads", "adsx xads adsads a.ads");
  check_wildcard(AT_LABEL, "ads", "ads adsx a.ads a.adsx xads.ads", "xads a.xads");
  check_wildcard(AT_LABEL | ENDED, "ads", "ads a.ads ads.ads", "xads ads.a a.xads");
  check_wildcard(AT_LABEL | ENDED, "ads*.a", "ads.a x.ads.b.a ads.a.a", "xads.a ads.ab ads");
  check_wildcard(AT_START | ENDED, "a*b*a", "aba abba axbxa aabaa", "aa ab ba xaba abab");
  /* Pieces do not overlap, and the leftmost place of one leaves most room for the next. */
  check_wildcard(ANYWHERE, "aba*aba", "abaaba abababa abacaba", "ababa aba");
  check_wildcard(AT_LABEL, "b*bb", "b.bb bbb x.bxbb", "bb xb.bb.x");
}

static void test_grams(void) {
  sections s = {.rule_count = 0};
  weir_ruleset r;
  uint32_t head = add_wildcard(&s, add_rule(&s, 1, 7, false, "||ads", 0, NULL), AT_LABEL, "ads");
  uint32_t tail = add_wildcard(&s, add_rule(&s, 2, 7, false, "rack|", 0, NULL), ENDED, "rack");
  add_gram(&s, ".ads", head); /* a dot stands in front of every text */
  add_gram(&s, "rack", tail);
  add_gram(&s, "zzzz", head); /* no match without the rest */
  write_grams(&s);
  CHECK(open_sections(&s, &r));
  CHECK_TEXT(match(&r, "ads"), strlen(match(&r, "ads")), "0");
  CHECK_TEXT(match(&r, "a.ads.rack"), strlen(match(&r, "a.ads.rack")), "0 1");
  CHECK_TEXT(match(&r, "rack"), strlen(match(&r, "rack")), "1");
  CHECK(!*match(&r, "racks") && !*match(&r, "xads") && !*match(&r, "zzzz") && !*match(&r, "ad") &&
        !*match(&r, "a") && !*match(&r, ""));
  /* A gram that comes again is looked up once. */
  CHECK_TEXT(match(&r, "ads.ads.ads"), strlen(match(&r, "ads.ads.ads")), "0");
  char longest[WEIR_NAME_MAX + 2];
  memset(longest, 'x', sizeof longest);
  memcpy(longest + WEIR_NAME_MAX - 4, "rack", 5);
  CHECK_TEXT(match(&r, longest), strlen(match(&r, longest)), "1");
  memcpy(longest + WEIR_NAME_MAX - 4, "xrack", 6); /* no name is so long */
  CHECK(!*match(&r, longest));
  close_sections(&r);
}

/* "^a[a-z]*[0-9]$" as states 2 to 4 of rows letter, digit, rest, end. */
static const char automaton_rows[] =
    "03 00 00 00" /* 2: nothing read (the classes take every letter for an "a") */
    "03 04 00 00" /* 3: letters */
    "00 00 00 01" /* 4: a digit behind them */;

static void test_automata(void) {
  sections s = {.rule_count = 0};
  weir_ruleset r;
  add_rule(&s, 1, 7, false, "", 0, NULL);
  add_always(&s, add_automaton(&s, 0, 0, 2, 3, automaton_rows), 0);
  write_grams(&s);
  CHECK(open_sections(&s, &r));
  CHECK(*match(&r, "a1") && *match(&r, "abc9"));
  CHECK(!*match(&r, "a") && !*match(&r, "1") && !*match(&r, "a12") && !*match(&r, "a1.") &&
        !*match(&r, "a=1") && !*match(&r, "A1"));
  close_sections(&r);
  /* The same with states of two bytes, and one that has found before it reads. */
  s = (sections){.rule_count = 0};
  add_rule(&s, 1, 7, false, "", 0, NULL), add_rule(&s, 2, 7, false, "", 0, NULL);
  const char *wide = "0300 0000 0000 0000  0300 0400 0000 0000  0000 0000 0000 0100";
  add_always(&s, add_automaton(&s, 0, WIDE, 2, 3, wide), 0);
  add_always(&s, add_automaton(&s, 1, 0, 1, 0, ""), 0);
  write_grams(&s);
  CHECK(open_sections(&s, &r));
  CHECK_TEXT(match(&r, "a1"), strlen(match(&r, "a1")), "0 1");
  CHECK_TEXT(match(&r, "a"), strlen(match(&r, "a")), "1");
  close_sections(&r);
}

/* A program without a rule stands in front of those that cannot match where it does not. */
static void test_guards(void) {
  sections s = {.rule_count = 0};
  weir_ruleset r;
  for (uint32_t line = 1; line <= 3; line++) add_rule(&s, line, 7, false, "", 0, NULL);
  add_always(&s, add_wildcard(&s, NO_RULE, ANYWHERE, "a"), 2);
  add_always(&s, add_wildcard(&s, 0, ANYWHERE, "ab"), 0);
  add_always(&s, add_wildcard(&s, 1, ANYWHERE, "c"), 0);
  add_always(&s, add_wildcard(&s, 2, ANYWHERE, "d"), 0);
  write_grams(&s);
  CHECK(open_sections(&s, &r));
  CHECK_TEXT(match(&r, "ab-c-d"), strlen(match(&r, "ab-c-d")), "0 1 2");
  CHECK_TEXT(match(&r, "a-d"), strlen(match(&r, "a-d")), "2");
  CHECK_TEXT(match(&r, "c-d"), strlen(match(&r, "c-d")), "2"); /* the guard's word is taken */
  close_sections(&r);
  set_le32(&s.part[GRAMS], ENTRIES_AT + 4, UINT32_MAX); /* skips beyond the last */
  CHECK(open_sections(&s, &r));
  CHECK(!*match(&r, "c-d"));
  close_sections(&r);
}

static void test_rules(void) {
  sections s = {.rule_count = 0};
  weir_ruleset r;
  ruleset_pattern info;
  add_rule(&s, 70000, 7, false, "||ads*", 2, "good.a"); /* 0, and at its next rule */
  add_rule(&s, 70001, 9, true, "*.a", 0, NULL);         /* 1 */
  add_rule(&s, 70002, 3, false, "@@||ads*", 0, NULL);   /* 2 */
  add_always(&s, add_wildcard(&s, 0, AT_LABEL, "ads"), 0);
  write_grams(&s);
  CHECK(open_sections(&s, &r));
  CHECK_TEXT(match(&r, "ads.a"), strlen(match(&r, "ads.a")), "0 2");
  CHECK_TEXT(match(&r, "ads.good.a"), strlen(match(&r, "ads.good.a")), "2");
  CHECK_TEXT(match(&r, "ads.xgood.a"), strlen(match(&r, "ads.xgood.a")), "0 2");
  CHECK(ruleset_pattern_info(&r, 1, &info));
  CHECK(info.line == 70001 && info.rank == 9 && info.specific && info.length == 7);
  CHECK_TEXT(info.text.base, info.text.len, "*.a");
  CHECK(ruleset_pattern_info(&r, 2, &info) && !info.specific && info.rank == 3);
  CHECK(!ruleset_pattern_info(&r, 3, &info) && !ruleset_pattern_info(&r, UINT32_MAX, &info));
  close_sections(&r);
  /* A chain that goes back ends; a rank that is none is no rule's. */
  set_le32(&s.part[TEXTS], load_le32(s.part[RULES].at + 8) + 4, 1);
  set_le32(&s.part[TEXTS], load_le32(s.part[RULES].at + 4), 1 << 6 | 10 << 2);
  CHECK(open_sections(&s, &r));
  CHECK_TEXT(match(&r, "ads.a"), strlen(match(&r, "ads.a")), "0 2");
  CHECK(!ruleset_pattern_info(&r, 1, &info));
  close_sections(&r);
}

/* Rules, grams, an automaton and a guard: something of everything. */
static sections everything(void) {
  sections s = {.rule_count = 0};
  add_rule(&s, 1, 7, false, "||ads*rack^", 1, "good.a");
  add_rule(&s, 2, 7, false, "||ads*rack^", 0, NULL);
  add_rule(&s, 3, 7, false, "/a[0-9]/", 0, NULL);
  add_gram(&s, "rack", add_wildcard(&s, 0, AT_LABEL | ENDED, "ads*rack"));
  add_always(&s, add_wildcard(&s, NO_RULE, ANYWHERE, "a"), 1);
  add_always(&s, add_automaton(&s, 2, 0, 2, 3, automaton_rows), 0);
  write_grams(&s);
  return s;
}

static void ask_all(const weir_ruleset *r) {
  static const char *texts[] = {"ads.rack", "ads.good.a", "a1", "rack", "a", "ads-rack.good.a"};
  ruleset_pattern info;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) (void)match(r, texts[i]);
  for (uint32_t rule = 0; rule < 4; rule++) (void)ruleset_pattern_info(r, rule, &info);
}

/* Whatever is cut off or changed, nothing is read outside (ASan) and nothing goes on for ever. */
static void test_damage(void) {
  sections s = everything();
  weir_ruleset r;
  CHECK(open_sections(&s, &r));
  CHECK_TEXT(match(&r, "ads.rack"), strlen(match(&r, "ads.rack")), "0 1");
  CHECK_TEXT(match(&r, "a1"), strlen(match(&r, "a1")), "2");
  close_sections(&r);
  for (unsigned part = 0; part < SECTIONS; part++) {
    for (size_t len = 0; len < s.part[part].len; len++) {
      sections cut = s;
      cut.part[part].len = len;
      bool opened = open_sections(&cut, &r);
      CHECK(opened ==
            (part == PROGRAMS || part == TEXTS)); /* these are checked where they are used */
      if (opened) ask_all(&r), close_sections(&r);
    }
    for (size_t at = 0; at < s.part[part].len; at++) {
      for (unsigned i = 0; i < 8; i++) {
        sections bad = s;
        bad.part[part].at[at] = (uint8_t)(i < 7 ? bad.part[part].at[at] ^ 1u << i : 0xff);
        if (open_sections(&bad, &r)) ask_all(&r), close_sections(&r);
      }
    }
  }
}

static uint64_t visits;
static void count_visit(void *context, uint32_t pattern) { (void)context, (void)pattern, visits++; }

/* A file cannot make one text cost more than RULESET.md says: a program and its rule, very often. */
static void test_work(void) {
  enum { TIMES = 30000 };
  sections s = {.rule_count = 0};
  weir_ruleset r;
  add_rule(&s, 1, 7, false, "", 0, NULL);
  add_wildcard(&s, 0, ANYWHERE, "a");
  write_grams(&s);
  set_le32(&s.part[GRAMS], 8, TIMES);
  size_t always = s.part[GRAMS].len;
  r = (weir_ruleset){.pattern_count = 1};
  for (unsigned i = 0; i < SECTIONS; i++) r.patterns[i] = (weir_bytes){s.part[i].at, s.part[i].len};
  uint8_t *grams = calloc(1, always + TIMES * 8); /* each: program 0, skip none */
  memcpy(grams, s.part[GRAMS].at, always);
  r.patterns[GRAMS] = (weir_bytes){grams, always + TIMES * 8};
  CHECK(ruleset_patterns_place(&r));
  ruleset_match_patterns(&r, (weir_bytes){(const uint8_t *)"ba", 2}, count_visit, NULL);
  CHECK_EQ(visits, (251 * 64 + 4096) / 2);
  free(grams);
}

int main(void) {
  test_wildcards();
  test_grams();
  test_automata();
  test_guards();
  test_rules();
  test_damage();
  test_work();
  return test_end("ruleset_pattern");
}
