/* ruleset.h -- what the parts of the compiled ruleset's reader share.  Format: native/RULESET.md.
 *
 * The header and the places of the sections are checked once, at open.  What
 * is inside a section is checked where it is used, so that no content makes a
 * look-up read outside the file. */
#ifndef WEIR_RULESET_H
#define WEIR_RULESET_H

#include "prefetch.h"
#include "weir.h"

#define RULESET_LINE        64u /* of the index: what is said of two blocks, then their filter */
#define RULESET_LINE_HEAD   16u
#define RULESET_LINE_WORDS  6u
#define RULESET_BLOCK_LIMIT 64u
#define RULESET_BLOCK_SLACK 8u /* bytes behind the last block that may be loaded */
#define RULESET_VERDICT_LEN 16u
#define RULESET_SYMBOLS     256u
#define RULESET_SYMBOLS_LEN (RULESET_SYMBOLS * 9u)

/* Flags of a verdict. */
#define RULESET_SELF     1u /* speaks for the name itself */
#define RULESET_BELOW    2u /* speaks for names below it */
#define RULESET_AUDITED  4u
#define RULESET_SPECIFIC 8u /* patterns of lists in which the most specific rule wins are out */

/* Ranks, the strongest first. */
enum { RULESET_FIRST_LIST_RANK = 3, RULESET_AUDIT_RANK = 9, RULESET_NO_RANK = 10 };

/* Places in weir_ruleset.keys and its like. */
enum { RULESET_IPV4, RULESET_IPV6, RULESET_IPV6_LONG, RULESET_TABLES };

/* Bytes of an address in one. */
static inline unsigned ruleset_key_width(unsigned table) { return 4u << table; }

static inline uint32_t load_le16(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static inline uint32_t load_le24(const uint8_t *p) { return load_le16(p) | (uint32_t)p[2] << 16; }
static inline uint32_t load_le32(const uint8_t *p) { return load_le24(p) | (uint32_t)p[3] << 24; }
static inline uint64_t load_le64(const uint8_t *p) {
  return (uint64_t)load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static inline void store_le64(uint8_t *p, uint64_t v) {
  for (unsigned i = 0; i < 8; i++) p[i] = (uint8_t)(v >> 8 * i);
}

/* ---- outcomes --------------------------------------------------------------- */

/* Verdict `at` of `count`, its number being `width` bytes; NULL when there is no such one. */
static inline const uint8_t *ruleset_verdict_at(const uint8_t *verdicts, uint32_t count,
                                                unsigned width, const uint8_t *at) {
  uint32_t index = width == 1 ? *at : load_le16(at);
  if (index >= count) return NULL;
  const uint8_t *verdict = verdicts + (size_t)index * RULESET_VERDICT_LEN;
  return verdict[0] <= WEIR_ACTION_BLOCK && verdict[1] <= RULESET_NO_RANK ? verdict : NULL;
}

/* The verdict of a name whose number is stored at `at`. */
static inline const uint8_t *ruleset_verdict(const weir_ruleset *r, const uint8_t *at) {
  return ruleset_verdict_at(r->verdicts, r->verdict_count, r->verdict_width, at);
}

/* The verdict of a network, which has its length; NULL when the file is damaged. */
static inline const uint8_t *ruleset_network_verdict(const weir_ruleset *r, unsigned table,
                                                     uint32_t entry) {
  const unsigned width = r->network_verdict_width;
  return ruleset_verdict_at(r->network_verdicts, r->network_verdict_count, width,
                            r->outcomes[table] + (size_t)entry * width);
}

static inline unsigned ruleset_network_bits(const uint8_t *verdict) { return verdict[3]; }

static inline weir_match ruleset_match_of(uint32_t rule, const uint8_t *verdict, unsigned depth) {
  return (weir_match){rule,
                      verdict[0],
                      verdict[1],
                      (uint8_t)depth,
                      verdict[2] & (RULESET_SELF | RULESET_BELOW | RULESET_AUDITED),
                      load_le64(verdict + 8)};
}

/* The rule that decides at entry `entry` for a name: mostly its own. */
uint32_t ruleset_decider(const weir_ruleset *r, uint32_t entry);
/* Puts that rule into a match at its entry. */
void ruleset_put_decider(const weir_ruleset *r, weir_match *out);

/* What patterns say of `text` joins what `spoke` of `out`; `flags` are the verdict's.  Whether any
 * rule speaks now. */
bool ruleset_join_patterns(const weir_ruleset *r, weir_bytes text, bool is_name, bool spoke,
                           unsigned flags, weir_match *out);

/* ---- rules by their numbers --------------------------------------------------- */

typedef enum ruleset_kind {
  RULESET_KIND_NAME,
  RULESET_KIND_IPV4, /* these three as the tables */
  RULESET_KIND_IPV6,
  RULESET_KIND_IPV6_LONG,
  RULESET_KIND_PATTERN,
  RULESET_KIND_FURTHER,
  RULESET_KIND_LOST4,
  RULESET_KIND_LOST6,
  RULESET_KIND_NONE
} ruleset_kind;

/* What rule `*rule` is; it becomes the number within that kind. */
ruleset_kind ruleset_kind_of(const weir_ruleset *r, uint32_t *rule);
/* The first rule of a kind. */
uint32_t ruleset_first_of(const weir_ruleset *r, ruleset_kind kind);

/* Its line, counted from 1 over all lists; 0 when there is no such rule. */
uint32_t ruleset_line(const weir_ruleset *r, uint32_t rule);
/* The category of the list that holds such a line, as a bit mask. */
uint64_t ruleset_line_category(const weir_ruleset *r, uint32_t line);
/* Number of the list that holds such a line. */
uint32_t ruleset_line_list(const weir_ruleset *r, uint32_t line);

/* Section 17, 20 or 21: line << 6 | rank << 2 | scope. */
typedef struct ruleset_packed {
  uint32_t line;
  uint8_t rank, scope;
} ruleset_packed;

static inline ruleset_packed ruleset_unpack(const uint8_t *at) {
  uint32_t rule = load_le32(at);
  return (ruleset_packed){rule >> 6, rule >> 2 & 15, rule & 3};
}

#define RULESET_FURTHER_LEN 8u /* u32 slot, packed rule */
#define RULESET_LOST4_LEN   12u
#define RULESET_LOST6_LEN   24u

/* weir_action of a rank; WEIR_ACTION_NONE when it is none. */
uint8_t ruleset_rank_action(unsigned rank);

static inline bool ruleset_is_mapped(const weir_addr *addr) {
  const uint8_t *o = addr->octets;
  return !load_le64(o) && load_le32(o + 8) == 0xffff0000u;
}

/* RFC 5952; returns the length. */
#define RULESET_ADDRESS_MAX 39u
size_t ruleset_address_text(const weir_addr *addr, char out[RULESET_ADDRESS_MAX]);

/* ---- blocks of names ---------------------------------------------------------- */

/* Where the index speaks of a name: a line, and the word of the line's filter. */
typedef struct ruleset_place {
  const uint8_t *line;
  uint32_t word;
} ruleset_place;

static inline ruleset_place ruleset_place_of(const weir_ruleset_blocks *blocks, unsigned stride,
                                             uint64_t hash) {
  uint64_t place = (hash & UINT32_MAX) * blocks->count;
  return (ruleset_place){blocks->index + (place >> 32) * stride,
                         (uint32_t)((place & UINT32_MAX) * RULESET_LINE_WORDS >> 32)};
}

/* A block, its count and the room for its arrays checked. */
typedef struct ruleset_block {
  const uint8_t *tags, *lengths, *verdicts, *codes, *end;
  uint32_t first; /* number of its first entry */
  uint32_t count;
} ruleset_block;

/* The first or second block of a line: u32 where the first begins, u32 number of its first entry, two
 * u16 lengths, two u8 numbers of entries. */
static inline bool ruleset_block_at(const weir_ruleset_blocks *blocks, const uint8_t *line,
                                    bool second, ruleset_block *out) {
  const uint32_t mask = 0u - (uint32_t)second; /* no branch: nobody knows which */
  uint64_t from = (uint64_t)load_le32(line) + (load_le16(line + 8) & mask);
  uint32_t len = load_le16(line + 8 + 2 * second), count = line[12 + second];
  if (from + len > blocks->len - RULESET_BLOCK_SLACK || count > RULESET_BLOCK_LIMIT ||
      len < count * (2u + blocks->width))
    return false;
  const uint8_t *base = blocks->base + from;
  out->tags = base;
  out->lengths = out->tags + count;
  out->verdicts = out->lengths + count;
  out->codes = out->verdicts + (size_t)count * blocks->width;
  out->end = base + len;
  out->first = load_le32(line + 4) + (line[12] & mask);
  out->count = count;
  return true;
}

/* Where the block of a name begins, for a prefetch: not checked. */
static inline uintptr_t ruleset_block_hint(const weir_ruleset_blocks *blocks, ruleset_place place) {
  const uint32_t mask = 0u - (uint32_t)(place.word >= RULESET_LINE_WORDS / 2);
  return (uintptr_t)blocks->base + load_le32(place.line) + (load_le16(place.line + 8) & mask);
}

/* Most blocks are shorter than four lines; a prefetch beyond the file does nothing. */
static inline void ruleset_prefetch_block(uintptr_t at) { prefetch_lines((const void *)at, 4); }

/* The block for a hash. */
static inline bool ruleset_block_for(const weir_ruleset_blocks *blocks, uint64_t hash,
                                     ruleset_block *out) {
  ruleset_place place = ruleset_place_of(blocks, blocks->stride, hash);
  return ruleset_block_at(blocks, place.line, place.word >= RULESET_LINE_WORDS / 2, out);
}

/* The code of entry `i` of a block; empty when it does not lie within it. */
static inline weir_bytes ruleset_block_code(const ruleset_block *b, uint32_t i) {
  const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
  size_t before = 0, len = b->lengths[i];
  for (uint32_t k = 0; k < i; k += 8) { /* eight lengths at a time, summed in 16-bit lanes */
    uint64_t word = load_le64(b->lengths + k);
    if (i - k < 8) word &= (UINT64_C(1) << 8 * (i - k)) - 1;
    before += ((word & even) + (word >> 8 & even)) * UINT64_C(0x0001000100010001) >> 48;
  }
  if (before + len > (size_t)(b->end - b->codes)) return (weir_bytes){NULL, 0};
  return (weir_bytes){b->codes + before, len};
}

/* The name of a slot, decoded: its length, 0 when the file is damaged. */
size_t ruleset_slot_name(const weir_ruleset *r, uint32_t slot, char out[WEIR_NAME_MAX]);

/* ---- names, for explanations ------------------------------------------------------ */

#define RULESET_SLOTS_MAX \
  4u /* of one name: one for itself, one for below; one more in a damaged file */

/* Goes up from a name to its last label, telling which slots each has. */
typedef void (*ruleset_slot_visitor)(void *context, const uint32_t *slots, unsigned count,
                                     unsigned depth, bool whole);
void ruleset_walk_name(const weir_ruleset *r, weir_bytes name, ruleset_slot_visitor visit,
                       void *context);
bool ruleset_name_valid(const uint8_t *bytes, size_t len);

/* weir_ruleset_explain_name() of a name whose deciding rule is known; NULL: none, and the name is valid.
 * `decider` may be out[0]. */
size_t ruleset_explain_decided(const weir_ruleset *r, weir_bytes name, const weir_match *decider,
                               weir_match *out, size_t max);

/* weir_ruleset_match_name(), and behind the rule that decides the strongest that it overrules: how many of
 * the two there are. */
size_t ruleset_match_two(const weir_ruleset *r, weir_bytes name, weir_match out[2]);

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

#endif
