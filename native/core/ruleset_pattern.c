/* ruleset_pattern.c -- the pattern rules that match a name or an address's text.
 *
 * Every four bytes of the text, a dot in front of it, are looked for among the grams that the
 * compiler chose: of each pattern one that nothing can match without.  A filter of a few kilobytes
 * turns away nearly all of them.  Patterns without a gram are tried always. */
#include <string.h>

#include "ruleset.h"
#include "ruleset_program.h"

#define GRAM_MUL     UINT32_C(0x9e3779b1)
#define HEADER_LEN   64u
#define ENTRY_LEN    8u  /* u32 gram, u32 program; u32 program, u32 entries behind it to skip */
#define BUCKET_LIMIT 64u /* entries of a bucket that are looked at */
#define RECORD_LEN   13u
#define NO_RULE      UINT32_MAX
/* Programs, rules and exceptions looked at for one text: 64 for each of 251 grams and 4,096 for what is
 * tried always.  The compiler keeps within that: only a damaged file ends it. */
#define WORK_LIMIT (251u * 64u + 4096u)

enum { RULES, GRAMS, PROGRAMS, TEXTS };
enum { FILTER_SHIFT, BUCKET_SHIFT, DIRECTORY, ENTRIES, ENTRY_COUNT, ALWAYS, ALWAYS_COUNT };

typedef struct question {
  const weir_ruleset *rules;
  weir_bytes text;
  ruleset_pattern_visitor visit;
  void *context;
  uint32_t left; /* of WORK_LIMIT */
} question;

typedef struct record {
  uint32_t packed, next, excepts;
  uint8_t length;
  reader text, rest; /* the rest begins with the exceptions */
} record;

bool ruleset_patterns_place(weir_ruleset *r) {
  uint32_t *f = r->pattern_figures;
  memset(f, 0, sizeof r->pattern_figures);
  if (!r->pattern_count) return true;
  weir_bytes grams = r->patterns[GRAMS];
  if (grams.len < HEADER_LEN || r->patterns[RULES].len / 4 < r->pattern_count) return false;
  unsigned filter_bits = grams.base[0], bucket_bits = grams.base[1];
  if (filter_bits < 6 || filter_bits > 24 || !bucket_bits || bucket_bits > 16) return false;
  f[FILTER_SHIFT] = 32 - filter_bits;
  f[BUCKET_SHIFT] = 32 - bucket_bits;
  f[ENTRY_COUNT] = load_le32(grams.base + 4);
  f[ALWAYS_COUNT] = load_le32(grams.base + 8);
  uint64_t directory = HEADER_LEN + (UINT64_C(1) << filter_bits) / 8;
  uint64_t entries = directory + ((UINT64_C(1) << bucket_bits) + 1) * 4;
  uint64_t always = entries + (uint64_t)f[ENTRY_COUNT] * ENTRY_LEN;
  if (always + (uint64_t)f[ALWAYS_COUNT] * ENTRY_LEN > grams.len || always > UINT32_MAX)
    return false;
  f[DIRECTORY] = (uint32_t)directory;
  f[ENTRIES] = (uint32_t)entries;
  f[ALWAYS] = (uint32_t)always;
  return true;
}

/* What a section holds from `at` on; empty when that lies outside. */
static reader from(weir_bytes section, uint32_t at) {
  return at < section.len ? reader_of(section.base + at, section.len - at) : reader_of(NULL, 0);
}

static bool record_of(const weir_ruleset *r, uint32_t rule, record *out) {
  reader head;
  if (rule >= r->pattern_count) return false;
  out->rest = from(r->patterns[TEXTS], load_le32(r->patterns[RULES].base + (size_t)rule * 4));
  if (!get_bytes(&out->rest, RECORD_LEN, &head)) return false;
  out->packed = load_le32(head.at);
  out->next = load_le32(head.at + 4);
  out->excepts = load_le16(head.at + 10);
  out->length = head.at[12];
  return get_bytes(&out->rest, load_le16(head.at + 8), &out->text);
}

/* Whether the text is one of the rule's exceptions or below one. */
static bool excepted(question *q, record *rule) {
  reader name;
  for (; rule->excepts && q->left; rule->excepts--, q->left--) {
    if (!get_block(&rule->rest, 1, &name)) return false;
    if (name.left > q->text.len) continue;
    const uint8_t *at = q->text.base + (q->text.len - name.left);
    if (!memcmp(at, name.at, name.left) && (at == q->text.base || at[-1] == '.')) return true;
  }
  return false;
}

/* Tells of the rules that have this pattern. */
static void report(question *q, uint32_t rule) {
  record found;
  while (q->left && record_of(q->rules, rule, &found)) {
    q->left--;
    if (!excepted(q, &found)) q->visit(q->context, rule);
    if (found.next <= rule) return; /* the last; only ever forward */
    rule = found.next;
  }
}

/* Whether the program at `at` matches. */
static bool try_program(question *q, uint32_t at) {
  reader program = from(q->rules->patterns[PROGRAMS], at), first;
  if (!q->left || !get_bytes(&program, 4, &first)) return false;
  q->left--;
  if (!program_matches(program, q->text)) return false;
  report(q, load_le32(first.at));
  return true;
}

/* The text's four bytes at `at`, counted from a dot in front of it. */
static inline uint32_t gram_at(weir_bytes text, size_t at) {
  return at ? load_le32(text.base + at - 1) : load_le24(text.base) << 8 | '.';
}

static bool was_before(weir_bytes text, size_t at, uint32_t gram) {
  for (size_t i = 0; i < at; i++) {
    if (gram_at(text, i) == gram) return true;
  }
  return false;
}

static void look_up(question *q, size_t at) {
  uint32_t gram = gram_at(q->text, at);
  const uint32_t *f = q->rules->pattern_figures;
  const uint8_t *grams = q->rules->patterns[GRAMS].base;
  const uint8_t *bucket = grams + f[DIRECTORY] + (size_t)(gram * GRAM_MUL >> f[BUCKET_SHIFT]) * 4;
  uint32_t i = load_le32(bucket), end = load_le32(bucket + 4);
  if (end > f[ENTRY_COUNT] || i > end) return;
  if (end - i > BUCKET_LIMIT) end = i + BUCKET_LIMIT;
  bool is_new = false;
  for (; i < end; i++) {
    const uint8_t *entry = grams + f[ENTRIES] + (size_t)i * ENTRY_LEN;
    if (load_le32(entry) != gram) continue;
    if (!is_new && was_before(q->text, at, gram)) return;
    is_new = true;
    (void)try_program(q, load_le32(entry + 4));
  }
}

static void try_always(question *q) {
  const uint32_t *f = q->rules->pattern_figures;
  const uint8_t *entries = q->rules->patterns[GRAMS].base + f[ALWAYS];
  for (uint32_t i = 0; i < f[ALWAYS_COUNT] && q->left; i++) {
    const uint8_t *entry = entries + (size_t)i * ENTRY_LEN;
    if (try_program(q, load_le32(entry))) continue;
    uint32_t skipped = load_le32(entry + 4);
    if (skipped >= f[ALWAYS_COUNT] - i) return;
    i += skipped;
  }
}

static inline bool filter_passes(const uint8_t *filter, unsigned shift, uint32_t product) {
  uint32_t bit = product >> shift;
  return load_le64(filter + (size_t)(bit >> 6) * 8) >> (bit & 63) & 1;
}

/* The first place at or behind `at`, which is not 0, that the filter does not turn away. */
static inline size_t next_place(const uint8_t *filter, unsigned shift, weir_bytes text, size_t at) {
  for (; at + 3 <= text.len; at++) {
    if (filter_passes(filter, shift, load_le32(text.base + at - 1) * GRAM_MUL)) break;
  }
  return at;
}

void ruleset_match_patterns(const weir_ruleset *r, weir_bytes text, ruleset_pattern_visitor visit,
                            void *context) {
  if (!r->pattern_count || !text.len || text.len > WEIR_NAME_MAX) return;
  question q = {r, text, visit, context, WORK_LIMIT};
  const uint8_t *filter = r->patterns[GRAMS].base + HEADER_LEN;
  const unsigned shift = r->pattern_figures[FILTER_SHIFT];
  if (text.len >= 3 && filter_passes(filter, shift, gram_at(text, 0) * GRAM_MUL)) look_up(&q, 0);
  for (size_t at = 1; at = next_place(filter, shift, text, at), at + 3 <= text.len; at++)
    look_up(&q, at);
  try_always(&q);
}

bool ruleset_pattern_info(const weir_ruleset *r, uint32_t pattern, ruleset_pattern *out) {
  record found;
  if (!record_of(r, pattern, &found)) return false;
  *out = (ruleset_pattern){.text = {found.text.at, found.text.left},
                           .line = found.packed >> 6,
                           .rank = found.packed >> 2 & 15,
                           .specific = found.packed & 1,
                           .length = found.length};
  return out->rank <= 9;
}
