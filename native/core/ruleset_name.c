/* ruleset_name.c -- the rule that decides for a name.
 *
 * One pass from the right hashes the name and every name above it.  A filter
 * of one word a probe turns away nearly all that no rule has; what passes is
 * compared byte by byte, symbol by symbol.  The compiler has worked what
 * shorter names say into the longer ones, so the longest name found decides. */
#include <string.h>

#include "ruleset.h"

#define LABELS_MAX 127
#define STEP       UINT64_C(0x9e3779b97f4a7c15)
#define LAST       UINT64_C(0xbf58476d1b873593)
#define EVERY_BYTE UINT64_C(0x0101010101010101)
#define TOP_BITS   (EVERY_BYTE * 0x80)

/* Names that passed the filter, the shortest first. */
typedef struct probes {
  unsigned count;
  uint64_t hash[LABELS_MAX];
  uint8_t at[LABELS_MAX], depth[LABELS_MAX];
} probes;

static inline uint64_t fold(uint64_t x, uint64_t by) {
  x *= by;
  return x ^ x >> 32;
}

/* A name of which eight bytes can be read at any place up to `last`. */
typedef struct text {
  const uint8_t *base;
  size_t len, last;
  uint8_t few[8]; /* a copy of a shorter one */
} text;

static inline void text_init(text *t, weir_bytes name) {
  *t = (text){.base = name.base, .len = name.len, .last = name.len - 8};
  if (name.len >= 8) return;
  for (size_t i = 0; i < name.len; i++) t->few[i] = name.base[i];
  t->base = t->few;
  t->last = 0;
}

/* Eight bytes at `at`, zeros behind the name's end. Without a branch: where a label ends nobody knows. */
static inline uint64_t word_at(const text *t, size_t at) {
  size_t from = at < t->last ? at : t->last;
  return load_le64(t->base + from) >> 8 * (at - from);
}

/* The first `n` > 0 bytes of a word. */
static inline uint64_t first_bytes(uint64_t word, size_t n) {
  return word & ~UINT64_C(0) >> (64 - 8 * (n < 8 ? n : 8));
}

/* One bit for each byte of `word` that equals `byte`, the first byte's lowest. */
static inline uint64_t bytes_equal(uint64_t word, uint8_t byte) {
  uint64_t x = word ^ EVERY_BYTE * byte;
  uint64_t zero = ~(((x & ~TOP_BITS) + ~TOP_BITS) | x | ~TOP_BITS);
  return (zero >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

/* Where the label that ends at `end` begins. */
static inline size_t label_start(const uint64_t dots[4], size_t end) {
  size_t word = end >> 6;
  uint64_t before = dots[word] & ((UINT64_C(1) << (end & 63)) - 1);
  while (!before) {
    if (!word) return 0;
    before = dots[--word];
  }
  return word * 64 + 64 - (size_t)__builtin_clzll(before);
}

static inline bool filter_passes(const weir_ruleset *r, uint64_t hash) {
  uint32_t high = (uint32_t)(hash >> 32);
  uint64_t word = load_le64(r->filter + ((hash & UINT32_MAX) * r->filter_words >> 32) * 8);
  uint64_t bits = UINT64_C(1) << (high & 63) | UINT64_C(1) << (high >> 6 & 63) |
                  UINT64_C(1) << (high >> 12 & 63) | UINT64_C(1) << (high >> 18 & 63);
  return (word & bits) == bits;
}

/* Where the labels of a name end, and its hash from the right, label by label. */
typedef struct suffixes {
  text name;
  uint64_t dots[4], state;
  size_t start; /* of the suffix hashed last; at first one behind the name's end */
} suffixes;

static inline void suffixes_init(suffixes *s, const weir_ruleset *r, weir_bytes name) {
  text_init(&s->name, name);
  s->dots[0] = s->dots[1] = s->dots[2] = s->dots[3] = 0;
  s->state = r->seed;
  s->start = name.len + 1;
  for (size_t at = 0; at < name.len; at += 8)
    s->dots[at >> 6] |= bytes_equal(word_at(&s->name, at), '.') << (at & 63);
}

/* The state behind the next label; s->start > 0. */
static inline uint64_t next_label(suffixes *s) {
  size_t end = s->start - 1;
  uint64_t mark = 0; /* a label's further words are told from a next label's first */
  s->start = label_start(s->dots, end);
  for (size_t at = s->start; at < end; at += 8, mark = TOP_BITS)
    s->state = fold(s->state ^ first_bytes(word_at(&s->name, at), end - at) ^ mark, STEP);
  return s->state;
}

static void probe_all(const weir_ruleset *r, weir_bytes name, probes *out) {
  suffixes s;
  suffixes_init(&s, r, name);
  out->count = 0;
  for (unsigned depth = 1; depth <= r->max_labels; depth++) {
    uint64_t hash = fold(next_label(&s), LAST);
    if (depth >= r->min_labels && filter_passes(r, hash)) {
      __builtin_prefetch(r->names.directory + (size_t)ruleset_block_index(&r->names, hash) * 4);
      out->hash[out->count] = hash;
      out->at[out->count] = (uint8_t)s.start;
      out->depth[out->count++] = (uint8_t)depth;
    }
    if (!s.start) return;
  }
}

/* Whether `code` stands for what `name` has from `at` on.  Each byte stands for at least one. */
static inline bool spells(const weir_ruleset *r, weir_bytes code, const text *name, size_t at) {
  const uint8_t *lengths = r->symbols + (size_t)RULESET_SYMBOLS * 8;
  for (size_t i = 0; i < code.len; i++) {
    uint8_t symbol = code.base[i];
    size_t len = lengths[symbol];
    if (len > name->len - at ||
        first_bytes(word_at(name, at), len) != load_le64(r->symbols + (size_t)symbol * 8))
      return false;
    at += len;
  }
  return at == name->len;
}

/* The next entry of a block, from `*i` on, that is the name from `at` on; false when none is left. */
static inline bool next_same(const weir_ruleset *r, const ruleset_block *block, uint8_t tag,
                             const text *name, size_t at, uint32_t *i) {
  for (uint32_t group = *i & ~7u; group < block->count; group += 8) {
    uint64_t hits = bytes_equal(load_le64(block->tags + group), tag);
    if (group < *i) hits &= ~UINT64_C(0) << (*i - group);
    for (; hits; hits &= hits - 1) {
      uint32_t k = group + (uint32_t)__builtin_ctzll(hits);
      if (k >= block->count) return false;
      if (block->lengths[k] > name->len - at) continue;
      weir_bytes code = ruleset_block_code(block, k);
      if (!code.len || !spells(r, code, name, at)) continue;
      *i = k;
      return true;
    }
  }
  return false;
}

/* The verdict of exactly the name from `at` on in `scope`, or NULL. */
static const uint8_t *find(const weir_ruleset *r, uint64_t hash, const text *name, size_t at,
                           uint32_t *rule) {
  ruleset_block block;
  uint8_t scope = at ? RULESET_BELOW : RULESET_SELF;
  if (!ruleset_block_at(&r->names, r->verdict_width, ruleset_block_index(&r->names, hash), &block))
    return NULL;
  for (uint32_t i = 0; next_same(r, &block, (uint8_t)(hash >> 56), name, at, &i); i++) {
    const uint8_t *verdict = ruleset_verdict(r, block.verdicts + (size_t)i * r->verdict_width);
    if (!verdict || !(verdict[2] & scope)) continue;
    if ((uint64_t)block.first + i >= r->name_count) continue; /* a damaged number may wrap */
    *rule = block.first + i;
    return verdict;
  }
  return NULL;
}

/* RFC 1035 2.3.4; underscores occur. */
bool ruleset_name_valid(const uint8_t *bytes, size_t len) {
  size_t label = 0;
  for (size_t i = 0; i < len; i++) {
    uint8_t c = bytes[i];
    if (c == '.') {
      if (!label) return false;
      label = 0;
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label > 0;
}

/* What the entries say: the flags of the verdict that ends the look-up go to `*flags`. */
static bool match_entry(const weir_ruleset *r, weir_bytes name, weir_match *out, unsigned *flags) {
  probes found;
  text whole;
  if (!r->name_count) return false;
  probe_all(r, name, &found);
  if (!found.count) return false;
  text_init(&whole, name);
  while (found.count--) {
    size_t at = found.at[found.count];
    uint32_t rule;
    const uint8_t *verdict = find(r, found.hash[found.count], &whole, at, &rule);
    if (!verdict) continue;
    *flags = verdict[2];
    /* A verdict without an action says that no rule holds from here on.  What is behind `at` equals
     * a valid name; what is in front of it must be valid, too. */
    if (verdict[0] == WEIR_ACTION_NONE || (at && !ruleset_name_valid(name.base, at - 1)))
      return false;
    *out = ruleset_match_of(rule, verdict, found.depth[found.count]);
    return true;
  }
  return false;
}

bool weir_ruleset_match_name(const weir_ruleset *rules, weir_bytes name, weir_match *out) {
  unsigned flags = 0;
  if (!name.len || name.len > WEIR_NAME_MAX) return false;
  bool spoke = match_entry(rules, name, out, &flags);
  if (spoke && rules->alias_count) ruleset_put_decider(rules, out);
  if (!rules->pattern_count || !ruleset_name_valid(name.base, name.len)) return spoke;
  return ruleset_join_patterns(rules, name, true, spoke, flags, out);
}

/* ---- for explanations -------------------------------------------------------------- */

/* Slots of a name, of those that number `first` and on. */
static unsigned slots_in(const weir_ruleset *r, const weir_ruleset_blocks *blocks, uint32_t first,
                         unsigned width, uint64_t hash, const text *name, size_t at,
                         uint32_t *slots, unsigned max) {
  ruleset_block block;
  unsigned n = 0;
  if (!blocks->count || !ruleset_block_at(blocks, width, ruleset_block_index(blocks, hash), &block))
    return 0;
  for (uint32_t i = 0; n < max && next_same(r, &block, (uint8_t)(hash >> 56), name, at, &i); i++)
    slots[n++] = first + block.first + i;
  return n;
}

void ruleset_walk_name(const weir_ruleset *r, weir_bytes name, ruleset_slot_visitor visit,
                       void *context) {
  uint64_t hash[LABELS_MAX];
  uint8_t start[LABELS_MAX];
  unsigned depth = 0;
  suffixes s;
  suffixes_init(&s, r, name);
  while (s.start && depth < LABELS_MAX) {
    hash[depth] = fold(next_label(&s), LAST);
    start[depth++] = (uint8_t)s.start;
  }
  for (; depth; depth--) {
    uint32_t slots[RULESET_SLOTS_MAX];
    uint64_t h = hash[depth - 1];
    size_t at = start[depth - 1];
    unsigned n =
        slots_in(r, &r->names, 0, r->verdict_width, h, &s.name, at, slots, RULESET_SLOTS_MAX - 1);
    n +=
        slots_in(r, &r->silent, r->name_count, 0, h, &s.name, at, slots + n, RULESET_SLOTS_MAX - n);
    if (n) visit(context, slots, n, depth, !at);
  }
}
