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

/* Eight bytes at `at`, zeros behind the name's end; anything where that is. Without a branch: where a label
 * begins nobody knows. */
static inline uint64_t word_at(const text *t, size_t at) {
  size_t from = at < t->last ? at : t->last;
  return load_le64(t->base + from) >> (8 * (at - from) & 63);
}

/* The first `n` < 8 bytes of a word. */
static inline uint64_t first_bytes(uint64_t word, size_t n) {
  return word & ((UINT64_C(1) << 8 * n) - 1);
}

/* One bit for each byte of `word` that equals `byte`, the first byte's lowest. */
static inline uint64_t bytes_equal(uint64_t word, uint8_t byte) {
  uint64_t x = word ^ EVERY_BYTE * byte;
  uint64_t zero = ~(((x & ~TOP_BITS) + ~TOP_BITS) | x | ~TOP_BITS);
  return (zero >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline bool filter_passes(ruleset_place place, uint64_t hash) {
  uint32_t high = (uint32_t)(hash >> 32);
  uint64_t word = load_le64(place.line + RULESET_LINE_HEAD + (size_t)place.word * 8);
  uint64_t bits = UINT64_C(1) << (high & 63) | UINT64_C(1) << (high >> 6 & 63) |
                  UINT64_C(1) << (high >> 12 & 63) | UINT64_C(1) << (high >> 18 & 63);
  return (word & bits) == bits;
}

static inline ruleset_place place_of(const weir_ruleset *r, uint64_t hash) {
  return ruleset_place_of(&r->names, RULESET_LINE, hash);
}

/* A name and all above it, from the last label to the whole. */
typedef struct suffixes {
  text name;
  uint64_t starts[4]; /* a bit for each place where a label begins */
  uint64_t left;      /* of word `word` of them, those not yet gone up to */
  unsigned word;
  uint64_t
      states[WEIR_NAME_MAX / 8 + 1]; /* of the hash, behind so many words from the name's end */
} suffixes;

/* Bits of labels' starts, eight of them from `at` on. */
static inline void mark_starts(uint64_t starts[4], size_t at, uint64_t bits) {
  starts[at >> 6] |= bits << (at & 63);
  if ((at & 63) > 56) starts[(at >> 6) + 1] |= bits >> (64 - (at & 63));
}

/* A label begins behind each dot, and where the name does.  Words are taken from the name's end. */
static inline void scan(const text *name, bool is_short, uint64_t starts[4], uint64_t *states) {
  uint64_t few = 1, state = *states;
  size_t end = name->len;
  for (; end >= 8; *++states = state) {
    end -= 8;
    uint64_t word = load_le64(name->base + end), dots = bytes_equal(word, '.');
    state = fold(state ^ word, STEP);
    if (is_short)
      few |= dots << (end + 1);
    else
      mark_starts(starts, end + 1, dots);
  }
  uint64_t rest = bytes_equal(load_le64(name->base), '.') << 1;
  starts[0] |= few | rest;
}

/* s->name is set. */
static inline void suffixes_start(suffixes *s, const weir_ruleset *r) {
  s->starts[0] = s->starts[1] = s->starts[2] = s->starts[3] = 0;
  s->states[0] = r->seed;
  if (s->name.len < 64)
    scan(&s->name, true, s->starts, s->states);
  else
    scan(&s->name, false, s->starts, s->states);
  s->word = (unsigned)(s->name.len >> 6);
  s->left = s->starts[s->word];
}

static inline void suffixes_init(suffixes *s, const weir_ruleset *r, weir_bytes name) {
  text_init(&s->name, name);
  suffixes_start(s, r);
}

/* Goes up a label: where the name from there on begins, and its hash. False: there is no more. */
static inline bool next_suffix(suffixes *s, size_t *at, uint64_t *hash) {
  while (!s->left) {
    if (!s->word) return false;
    s->left = s->starts[--s->word];
  }
  unsigned bit = 63 - (unsigned)__builtin_clzll(s->left);
  s->left ^= UINT64_C(1) << bit;
  *at = s->word * 64 + bit;
  size_t len = s->name.len - *at;
  *hash = fold(s->states[len / 8] ^ first_bytes(word_at(&s->name, *at), len % 8), LAST);
  return true;
}

/* A name above the one asked for, or that itself, which passed the filter. */
typedef struct candidate {
  uint64_t hash;
  uint8_t at, depth;
} candidate;

/* What the entries say of the first name that has one, from the last of `count` candidates down.
 * `flags` are those of the verdict that ends the look-up. Eight zeros are behind `name`. */
bool ruleset_resolve(const weir_ruleset *r, weir_bytes name, const candidate *found, unsigned count,
                     weir_match *out, unsigned *flags);

/* Then aliases and patterns have their say; whether any rule speaks. */
bool ruleset_finish(const weir_ruleset *r, weir_bytes name, bool spoke, unsigned flags,
                    weir_match *out);

#endif
