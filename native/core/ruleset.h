/* ruleset.h -- what the parts of the compiled ruleset's reader share.  Format: native/RULESET.md.
 *
 * The header and the places of the sections are checked once, at open.  What
 * is inside a section is checked where it is used, so that no content makes a
 * look-up read outside the file. */
#ifndef WEIR_RULESET_H
#define WEIR_RULESET_H

#include "weir.h"

#define RULESET_BLOCK_HEADER 5u /* u32 number of its first entry, u8 entries */
#define RULESET_BLOCK_LIMIT  64u
#define RULESET_BLOCK_SLACK  8u /* bytes behind the last block that may be loaded */
#define RULESET_VERDICT_LEN  8u

/* Flags of a verdict. */
#define RULESET_SELF  1u /* speaks for the name itself */
#define RULESET_BELOW 2u /* speaks for names below it */

/* Places in weir_ruleset.keys and its like. */
enum { RULESET_IPV4, RULESET_IPV6, RULESET_IPV6_LONG, RULESET_TABLES };

static inline uint32_t load_le16(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static inline uint32_t load_le24(const uint8_t *p) { return load_le16(p) | (uint32_t)p[2] << 16; }
static inline uint32_t load_le32(const uint8_t *p) { return load_le24(p) | (uint32_t)p[3] << 24; }
static inline uint64_t load_le64(const uint8_t *p) {
  return (uint64_t)load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

/* The verdict whose index is stored at `at`; NULL when there is no such one. */
static inline const uint8_t *ruleset_verdict(const weir_ruleset *r, const uint8_t *at) {
  uint32_t index = r->verdict_width == 1 ? *at : load_le16(at);
  if (index >= r->verdict_count) return NULL;
  const uint8_t *verdict = r->verdicts + index * RULESET_VERDICT_LEN;
  return verdict[0] <= WEIR_ACTION_BLOCK ? verdict : NULL;
}

/* The table that holds rule `*rule`, which becomes the entry's number in it; RULESET_TABLES when
 * none does. */
static inline unsigned ruleset_table_of(const weir_ruleset *r, uint32_t *rule) {
  unsigned table = 0;
  if (*rule < r->name_count) return RULESET_TABLES;
  for (*rule -= r->name_count; table < RULESET_TABLES; table++) {
    if (*rule < r->prefix_count[table]) break;
    *rule -= r->prefix_count[table];
  }
  return table;
}

/* Prefix length and verdict of an entry. */
static inline const uint8_t *ruleset_meta(const weir_ruleset *r, unsigned table, uint32_t entry) {
  return r->meta[table] + (size_t)entry * (1u + r->verdict_width);
}

/* A block of names, its count and the room for its arrays checked. */
typedef struct ruleset_block {
  const uint8_t *tags, *lengths, *verdicts, *text, *end;
  uint32_t first; /* number of its first entry */
  uint32_t count;
} ruleset_block;

static inline bool ruleset_block_at(const weir_ruleset *r, uint32_t index, ruleset_block *out) {
  uint32_t from = load_le32(r->directory + (size_t)index * 4);
  uint32_t to = load_le32(r->directory + (size_t)index * 4 + 4);
  if (to > r->blocks_len - RULESET_BLOCK_SLACK || from > to || to - from < RULESET_BLOCK_HEADER)
    return false;
  /* What is compared lies behind what is read first: fetch both at once.  Most blocks are shorter
   * than five lines; a prefetch beyond the file does nothing. */
  uintptr_t lines = (uintptr_t)r->blocks + from;
  for (unsigned i = 1; i <= 4; i++) __builtin_prefetch((const void *)(lines + i * 64));
  const uint8_t *block = r->blocks + from;
  uint32_t count = block[4];
  if (count > RULESET_BLOCK_LIMIT ||
      to - from < RULESET_BLOCK_HEADER + count * (2u + r->verdict_width))
    return false;
  out->tags = block + RULESET_BLOCK_HEADER;
  out->lengths = out->tags + count;
  out->verdicts = out->lengths + count;
  out->text = out->verdicts + (size_t)count * r->verdict_width;
  out->end = r->blocks + to;
  out->first = load_le32(block);
  out->count = count;
  return true;
}

/* ---- patterns: ruleset_pattern.c, sections 22 to 25 ------------------------ */

typedef struct ruleset_pattern {
  weir_bytes text; /* as the list has it, in the mapped file */
  uint32_t line;   /* counted from 1 over all lists */
  uint8_t rank;
  bool specific;   /* of a list in which the most specific rule wins */
  uint16_t length; /* of what it asks for, where the longest of such rules wins */
} ruleset_pattern;

/* Checks and keeps sections 22 to 25, which lie whole at r->patterns[0..3]. False: the file is
 * damaged.  Called by weir_ruleset_open only, after r->pattern_count was read. */
bool ruleset_patterns_place(weir_ruleset *r);

/* Called for each pattern rule, by its number from 0, that matches a text: at least once, in any order. */
typedef void (*ruleset_pattern_visitor)(void *context, uint32_t pattern);
void ruleset_match_patterns(const weir_ruleset *r, weir_bytes text, ruleset_pattern_visitor visit,
                            void *context);

/* False: there is no such pattern rule, or the file is damaged. Its rank is a rank, its line anything. */
bool ruleset_pattern_info(const weir_ruleset *r, uint32_t pattern, ruleset_pattern *out);

/* The text of entry `i` of a block; empty when it does not lie within it. */
static inline weir_bytes ruleset_block_text(const ruleset_block *b, uint32_t i) {
  const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
  size_t before = 0, len = b->lengths[i];
  for (uint32_t k = 0; k < i; k += 8) { /* eight lengths at a time, summed in 16-bit lanes */
    uint64_t word = load_le64(b->lengths + k);
    if (i - k < 8) word &= (UINT64_C(1) << 8 * (i - k)) - 1;
    before += ((word & even) + (word >> 8 & even)) * UINT64_C(0x0001000100010001) >> 48;
  }
  if (before + len > (size_t)(b->end - b->text)) return (weir_bytes){NULL, 0};
  return (weir_bytes){b->text + before, len};
}

#endif
