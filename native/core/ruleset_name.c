/* ruleset_name.c -- the rule that decides for a name.
 *
 * One pass from the right hashes the name and every name above it.  A filter
 * of one word a probe turns away nearly all that no rule has; what passes is
 * compared byte by byte.  The compiler has worked what shorter names say into
 * the longer ones, so the longest name found decides. */
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

/* Up to eight bytes at `at`, zeros behind `end`, without reading outside the name. */
static inline uint64_t word_at(weir_bytes name, size_t at, size_t end) {
  uint64_t word = 0;
  if (at + 8 <= name.len) {
    word = load_le64(name.base + at);
  } else if (name.len >= 8) {
    word = load_le64(name.base + name.len - 8) >> 8 * (at + 8 - name.len);
  } else {
    for (size_t i = name.len; i-- > at;) word = word << 8 | name.base[i];
  }
  return end - at < 8 ? word & ((UINT64_C(1) << 8 * (end - at)) - 1) : word;
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

static void probe_all(const weir_ruleset *r, weir_bytes name, probes *out) {
  uint64_t dots[4] = {0}, state = r->seed;
  for (size_t at = 0; at < name.len; at += 8)
    dots[at >> 6] |= bytes_equal(word_at(name, at, name.len), '.') << (at & 63);
  size_t end = name.len, start;
  out->count = 0;
  for (unsigned depth = 1; depth <= r->max_labels; depth++, end = start - 1) {
    start = label_start(dots, end);
    uint64_t mark = 0; /* a label's further words are told from a next label's first */
    for (size_t at = start; at < end; at += 8, mark = TOP_BITS)
      state = fold(state ^ word_at(name, at, end) ^ mark, STEP);
    uint64_t hash = fold(state, LAST);
    if (depth >= r->min_labels && filter_passes(r, hash)) {
      __builtin_prefetch(r->directory + ((hash & UINT32_MAX) * r->block_count >> 32) * 4);
      out->hash[out->count] = hash;
      out->at[out->count] = (uint8_t)start;
      out->depth[out->count++] = (uint8_t)depth;
    }
    if (!start) return;
  }
}

/* The verdict of exactly this name in `scope`, or NULL. */
static const uint8_t *find(const weir_ruleset *r, uint64_t hash, weir_bytes name, uint8_t scope,
                           uint32_t *rule) {
  ruleset_block block;
  if (!ruleset_block_at(r, (uint32_t)((hash & UINT32_MAX) * r->block_count >> 32), &block))
    return NULL;
  uint8_t tag = (uint8_t)(hash >> 56);
  for (uint32_t group = 0; group < block.count; group += 8) {
    uint64_t hits = bytes_equal(load_le64(block.tags + group), tag);
    for (; hits; hits &= hits - 1) {
      uint32_t i = group + (uint32_t)__builtin_ctzll(hits);
      if (i >= block.count) break;
      if (block.lengths[i] != name.len) continue;
      weir_bytes text = ruleset_block_text(&block, i);
      if (text.len != name.len || memcmp(text.base, name.base, name.len)) continue;
      const uint8_t *verdict = ruleset_verdict(r, block.verdicts + (size_t)i * r->verdict_width);
      if (!verdict || !(verdict[2] & scope)) continue;
      if ((uint64_t)block.first + i >= r->name_count) continue; /* a damaged number may wrap */
      *rule = block.first + i;
      return verdict;
    }
  }
  return NULL;
}

/* Whether `len` bytes are labels as names have them (RFC 1035 2.3.4; underscores occur).  Needed
 * only in front of a name that a rule has: the rest is then equal to a valid one. */
static bool labels_valid(const uint8_t *bytes, size_t len) {
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

bool weir_ruleset_match_name(const weir_ruleset *rules, weir_bytes name, weir_match *out) {
  if (!name.len || name.len > WEIR_NAME_MAX || !rules->name_count) return false;
  probes found;
  probe_all(rules, name, &found);
  while (found.count--) {
    size_t at = found.at[found.count];
    weir_bytes suffix = {name.base + at, name.len - at};
    uint32_t rule;
    const uint8_t *verdict =
        find(rules, found.hash[found.count], suffix, at ? RULESET_BELOW : RULESET_SELF, &rule);
    if (!verdict) continue;
    /* A verdict without an action says that no rule holds from here on. */
    if (verdict[0] == WEIR_ACTION_NONE || (at && !labels_valid(name.base, at - 1))) return false;
    *out =
        (weir_match){rule, verdict[0], found.depth[found.count], (uint16_t)load_le16(verdict + 4)};
    return true;
  }
  return false;
}
