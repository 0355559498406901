/* ruleset_name.c -- the rule that decides for a name.
 *
 * One pass from the right hashes the name and every name above it.  A filter
 * of one word a probe turns away nearly all that no rule has; what passes is
 * compared byte by byte, symbol by symbol.  The compiler has worked what
 * shorter names say into the longer ones, so the longest name found decides. */
#include "ruleset_name.h"

static unsigned probe_all(const weir_ruleset *r, suffixes *s, candidate out[LABELS_MAX]) {
  unsigned count = 0;
  for (unsigned depth = 1; depth <= r->max_labels; depth++) {
    uint64_t hash = fold(next_label(s), LAST);
    if (depth >= r->min_labels && filter_passes(r, hash)) {
      __builtin_prefetch(r->names.directory + (size_t)ruleset_block_index(&r->names, hash) * 4);
      out[count++] = (candidate){hash, (uint8_t)s->start, (uint8_t)depth};
    }
    if (!s->start) break;
  }
  return count;
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

bool ruleset_resolve(const weir_ruleset *r, const text *name, const candidate *found,
                     unsigned count, weir_match *out, unsigned *flags) {
  while (count--) {
    size_t at = found[count].at;
    uint32_t rule;
    const uint8_t *verdict = find(r, found[count].hash, name, at, &rule);
    if (!verdict) continue;
    *flags = verdict[2];
    /* A verdict without an action says that no rule holds from here on.  What is behind `at` equals
     * a valid name; what is in front of it must be valid, too. */
    if (verdict[0] == WEIR_ACTION_NONE || (at && !ruleset_name_valid(name->base, at - 1)))
      return false;
    *out = ruleset_match_of(rule, verdict, found[count].depth);
    return true;
  }
  return false;
}

static bool match_entry(const weir_ruleset *r, weir_bytes name, weir_match *out, unsigned *flags) {
  candidate found[LABELS_MAX];
  suffixes s;
  suffixes_init(&s, r, name);
  unsigned count = probe_all(r, &s, found);
  return count && ruleset_resolve(r, &s.name, found, count, out, flags);
}

bool ruleset_finish(const weir_ruleset *r, weir_bytes name, bool spoke, unsigned flags,
                    weir_match *out) {
  if (spoke && r->alias_count) ruleset_put_decider(r, out);
  if (!r->pattern_count || !ruleset_name_valid(name.base, name.len)) return spoke;
  return ruleset_join_patterns(r, name, true, spoke, flags, out);
}

bool weir_ruleset_match_name(const weir_ruleset *rules, weir_bytes name, weir_match *out) {
  unsigned flags = 0;
  if (!name.len || name.len > WEIR_NAME_MAX) return false;
  bool spoke = rules->name_count && match_entry(rules, name, out, &flags);
  return ruleset_finish(rules, name, spoke, flags, out);
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
