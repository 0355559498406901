/* ruleset_name.h -- names as words: their labels, and the hashes of all names above them. */
#ifndef WEIR_RULESET_NAME_H
#define WEIR_RULESET_NAME_H

#include "ruleset.h"

#define LABELS_MAX 127
#define STEP       UINT64_C(0x9e3779b97f4a7c15)
#define LAST       UINT64_C(0xbf58476d1b873593)
#define EVERY_BYTE UINT64_C(0x0101010101010101)
#define TOP_BITS   (EVERY_BYTE * 0x80)

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

static inline const uint8_t *filter_word(const weir_ruleset *r, uint64_t hash) {
  return r->filter + ((hash & UINT32_MAX) * r->filter_words >> 32) * 8;
}

static inline bool filter_passes(const weir_ruleset *r, uint64_t hash) {
  uint32_t high = (uint32_t)(hash >> 32);
  uint64_t word = load_le64(filter_word(r, hash));
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

/* s->name is set. */
static inline void suffixes_start(suffixes *s, const weir_ruleset *r) {
  s->dots[0] = s->dots[1] = s->dots[2] = s->dots[3] = 0;
  s->state = r->seed;
  s->start = s->name.len + 1;
  for (size_t at = 0; at < s->name.len; at += 8)
    s->dots[at >> 6] |= bytes_equal(word_at(&s->name, at), '.') << (at & 63);
}

static inline void suffixes_init(suffixes *s, const weir_ruleset *r, weir_bytes name) {
  text_init(&s->name, name);
  suffixes_start(s, r);
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

/* A name above the one asked for, or that itself, which passed the filter. */
typedef struct candidate {
  uint64_t hash;
  uint8_t at, depth;
} candidate;

/* What the entries say of the first name that has one, from the last of `count` candidates down.
 * `flags` are those of the verdict that ends the look-up. */
bool ruleset_resolve(const weir_ruleset *r, const text *name, const candidate *found,
                     unsigned count, weir_match *out, unsigned *flags);

/* Then aliases and patterns have their say; whether any rule speaks. */
bool ruleset_finish(const weir_ruleset *r, weir_bytes name, bool spoke, unsigned flags,
                    weir_match *out);

#endif
