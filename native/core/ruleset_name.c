/* ruleset_name.c -- the rule that decides for a name.
 *
 * One pass from the right hashes the name and every name above it.  A filter
 * of one word a probe turns away nearly all that no rule has; what passes is
 * compared byte by byte, symbol by symbol.  The compiler has worked what
 * shorter names say into the longer ones, so the longest name found decides. */
#include <string.h>

#include "ruleset_name.h"

static unsigned probe_all(const weir_ruleset *r, suffixes *s, candidate out[LABELS_MAX]) {
  unsigned count = 0;
  size_t at;
  uint64_t hash;
  for (unsigned depth = 1; depth <= r->max_labels && next_suffix(s, &at, &hash); depth++) {
    if (depth < r->min_labels) continue;
    ruleset_place place = place_of(r, hash);
    if (!filter_passes(place, hash)) continue;
    ruleset_prefetch_block(ruleset_block_hint(&r->names, place));
    out[count++] = (candidate){hash, (uint8_t)at, (uint8_t)depth};
  }
  return count;
}

/* Whether `code` stands for what `name` has from `at` on.  Each byte stands for at least one. */
static inline bool spells(const weir_ruleset *r, weir_bytes code, weir_bytes name, size_t at) {
  const uint8_t *lengths = r->symbols + (size_t)RULESET_SYMBOLS * 8;
  for (size_t i = 0; i < code.len; i++) {
    uint8_t symbol = code.base[i];
    if (at >= name.len) return false;
    uint64_t differs = load_le64(name.base + at) ^ load_le64(r->symbols + (size_t)symbol * 8);
    if (differs << (64 - 8 * lengths[symbol])) return false;
    at += lengths[symbol];
  }
  return at == name.len;
}

/* The next entry of a block, from `*i` on, that is the name from `at` on; false when none is left. */
static inline bool next_same(const weir_ruleset *r, const ruleset_block *block, uint8_t tag,
                             weir_bytes name, size_t at, uint32_t *i) {
  for (uint32_t group = *i & ~7u; group < block->count; group += 8) {
    uint64_t hits = bytes_equal(load_le64(block->tags + group), tag);
    if (group < *i) hits &= ~UINT64_C(0) << (*i - group);
    for (; hits; hits &= hits - 1) {
      uint32_t k = group + (uint32_t)__builtin_ctzll(hits);
      if (k >= block->count) return false;
      if (block->lengths[k] > name.len - at) continue;
      weir_bytes code = ruleset_block_code(block, k);
      if (!code.len || !spells(r, code, name, at)) continue;
      *i = k;
      return true;
    }
  }
  return false;
}

/* The verdict of exactly the name from `at` on in `scope`, or NULL. */
static const uint8_t *find(const weir_ruleset *r, uint64_t hash, weir_bytes name, size_t at,
                           uint32_t *rule) {
  ruleset_block block;
  uint8_t scope = at ? RULESET_BELOW : RULESET_SELF;
  if (!ruleset_block_for(&r->names, hash, &block)) return NULL;
  for (uint32_t i = 0; next_same(r, &block, (uint8_t)(hash >> 56), name, at, &i); i++) {
    const uint8_t *verdict = ruleset_verdict(r, block.verdicts + (size_t)i * r->verdict_width);
    if (!verdict || !(verdict[2] & scope)) continue;
    if ((uint64_t)block.first + i >= r->name_count) continue; /* a damaged number may wrap */
    *rule = block.first + i;
    return verdict;
  }
  return NULL;
}

/* The top bit of each byte above `n`; all are below 0x80. */
static inline uint64_t bytes_above(uint64_t word, uint8_t n) {
  return word + EVERY_BYTE * (0x7fu - n);
}

/* Whether all are small letters, digits, hyphens, underscores or dots. */
static inline bool are_name_bytes(uint64_t word) {
  uint64_t w = word & ~TOP_BITS;
  uint64_t good = (bytes_above(w, 'a' - 1) & ~bytes_above(w, 'z')) |
                  (bytes_above(w, '0' - 1) & ~bytes_above(w, '9')) |
                  (bytes_above(w, '-' - 1) & ~bytes_above(w, '.')) |
                  (bytes_above(w, '_' - 1) & ~bytes_above(w, '_'));
  return !((~good | word) & TOP_BITS);
}

static bool labels_fit(const uint8_t *bytes, size_t len) {
  size_t label = 0;
  for (size_t i = 0; i < len; i++) {
    label = bytes[i] == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return true;
}

/* RFC 1035 2.3.4; underscores occur. */
bool ruleset_name_valid(const uint8_t *bytes, size_t len) {
  text t;
  uint64_t dot = 1; /* whether one is in front of the next byte: no label is empty */
  if (!len || bytes[len - 1] == '.') return false;
  text_init(&t, (weir_bytes){bytes, len});
  for (size_t at = 0; at < len; at += 8) {
    uint64_t word = word_at(&t, at);
    if (len - at < 8) word |= EVERY_BYTE * 'a' << 8 * (len - at);
    uint64_t dots = bytes_equal(word, '.');
    if (!are_name_bytes(word) || dots & (dots << 1 | dot)) return false;
    dot = dots >> 7;
  }
  return len < 64 || labels_fit(bytes, len);
}

bool ruleset_resolve(const weir_ruleset *r, weir_bytes name, const candidate *found, unsigned count,
                     weir_match *out, unsigned *flags) {
  while (count--) {
    size_t at = found[count].at;
    uint32_t rule;
    const uint8_t *verdict = find(r, found[count].hash, name, at, &rule);
    if (!verdict) continue;
    *flags = verdict[2];
    /* A verdict without an action says that no rule holds from here on.  What is behind `at` equals
     * a valid name; what is in front of it must be valid, too. */
    if (verdict[0] == WEIR_ACTION_NONE || (at && !ruleset_name_valid(name.base, at - 1)))
      return false;
    *out = ruleset_match_of(rule, verdict, found[count].depth);
    return true;
  }
  return false;
}

/* A name with eight zeros behind it. */
typedef struct padded_name {
  uint8_t text[WEIR_NAME_MAX + 8];
} padded_name;

static inline weir_bytes pad(padded_name *out, weir_bytes name) {
  memcpy(out->text, name.base, name.len);
  memset(out->text + name.len, 0, 8);
  return (weir_bytes){out->text, name.len};
}

/* `*count`: of the names, that itself and those above it, how many may have an entry. */
static bool match_entry(const weir_ruleset *r, weir_bytes name, weir_match *out, unsigned *flags,
                        unsigned *count) {
  candidate found[LABELS_MAX];
  suffixes s;
  padded_name padded;
  suffixes_init(&s, r, name);
  *count = probe_all(r, &s, found);
  return *count && ruleset_resolve(r, pad(&padded, name), found, *count, out, flags);
}

bool ruleset_finish(const weir_ruleset *r, weir_bytes name, bool spoke, unsigned flags,
                    weir_match *out) {
  if (spoke && r->alias_count) ruleset_put_decider(r, out);
  if (!r->pattern_count || !ruleset_name_valid(name.base, name.len)) return spoke;
  return ruleset_join_patterns(r, name, true, spoke, flags, out);
}

static inline bool match_name(const weir_ruleset *r, weir_bytes name, weir_match *out,
                              unsigned *count) {
  unsigned flags = 0;
  *count = 0;
  if (!name.len || name.len > WEIR_NAME_MAX) return false;
  bool spoke = r->name_count && match_entry(r, name, out, &flags, count);
  return ruleset_finish(r, name, spoke, flags, out);
}

bool weir_ruleset_match_name(const weir_ruleset *rules, weir_bytes name, weir_match *out) {
  unsigned count;
  return match_name(rules, name, out, &count);
}

/* Rules of names are told by entries alone, and none of them is another's. */
static bool has_plain_names(const weir_ruleset *r) {
  return !r->silent_count && !r->further_count && !r->alias_count && !r->pattern_count;
}

size_t ruleset_match_two(const weir_ruleset *rules, weir_bytes name, weir_match out[2]) {
  unsigned count;
  if (!match_name(rules, name, out, &count)) return 0;
  if (count == 1 && has_plain_names(rules)) return 1; /* it is the one that spoke */
  size_t told = ruleset_explain_decided(rules, name, out, out, 2);
  return told < 2 ? told : 2;
}

/* ---- for explanations -------------------------------------------------------------- */

/* Slots of a name, of those that number `first` and on. */
static unsigned slots_in(const weir_ruleset *r, const weir_ruleset_blocks *blocks, uint32_t first,
                         uint64_t hash, weir_bytes name, size_t at, uint32_t *slots, unsigned max) {
  ruleset_block block;
  unsigned n = 0;
  if (!blocks->count || !ruleset_block_for(blocks, hash, &block)) return 0;
  for (uint32_t i = 0; n < max && next_same(r, &block, (uint8_t)(hash >> 56), name, at, &i); i++)
    slots[n++] = first + block.first + i;
  return n;
}

void ruleset_walk_name(const weir_ruleset *r, weir_bytes name, ruleset_slot_visitor visit,
                       void *context) {
  uint64_t hash[LABELS_MAX];
  size_t start[LABELS_MAX];
  unsigned depth = 0;
  suffixes s;
  padded_name padded;
  suffixes_init(&s, r, name);
  while (depth < LABELS_MAX && next_suffix(&s, &start[depth], &hash[depth])) depth++;
  name = pad(&padded, name);
  for (; depth; depth--) {
    uint32_t slots[RULESET_SLOTS_MAX];
    uint64_t h = hash[depth - 1];
    size_t at = start[depth - 1];
    unsigned n = 0;
    if (r->names.count && filter_passes(place_of(r, h), h))
      n = slots_in(r, &r->names, 0, h, name, at, slots, RULESET_SLOTS_MAX - 1);
    if (r->silent_count)
      n += slots_in(r, &r->silent, r->name_count, h, name, at, slots + n, RULESET_SLOTS_MAX - n);
    if (n) visit(context, slots, n, depth, !at);
  }
}
