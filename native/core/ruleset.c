/* ruleset.c -- opening a compiled ruleset, and what its rules came from. */
#include "ruleset.h"

#include <string.h>

#define VERSION       1
#define HEADER_LEN    256
#define SECTION_TABLE 128
#define SECTIONS      16
#define ALIGNMENT     64
#define LIST_LEN      16

typedef enum {
  FILTER,
  DIRECTORY,
  BLOCKS,
  VERDICTS,
  CATEGORIES,
  LISTS,
  LINES,
  INDEX4,
  KEYS4,
  META4,
  KEYS6,
  META6,
  KEYS6_LONG,
  META6_LONG
} section_number;

static const uint8_t key_width[RULESET_TABLES] = {4, 8, 16};

/* FNV-1a with its own field as zeros: notices a torn header.  Whether the
 * content is what the compiler wrote, the file's SHA-256 says. */
static uint32_t header_checksum(const uint8_t *header) {
  uint32_t h = UINT32_C(0x811c9dc5);
  for (unsigned i = 0; i < HEADER_LEN; i++)
    h = (h ^ (i >= 12 && i < 16 ? 0u : header[i])) * UINT32_C(0x01000193);
  return h;
}

/* Where a section lies; NULL unless it is whole, aligned and at least `least` bytes long. */
static const uint8_t *section(weir_bytes file, section_number number, uint64_t least,
                              uint32_t *len) {
  const uint8_t *entry = file.base + SECTION_TABLE + (size_t)number * 8;
  uint32_t at = load_le32(entry), n = load_le32(entry + 4);
  if (at % ALIGNMENT || at < HEADER_LEN || (uint64_t)at + n > file.len || n < least) return NULL;
  if (len) *len = n;
  return file.base + at;
}

static bool read_counts(weir_ruleset *r) {
  const uint8_t *h = r->file.base;
  r->seed = load_le64(h + 24);
  r->name_count = load_le32(h + 64);
  uint64_t rules = r->name_count;
  for (unsigned t = 0; t < RULESET_TABLES; t++) {
    r->prefix_count[t] = load_le32(h + 68 + t * 4);
    rules += r->prefix_count[t];
  }
  r->filter_words = load_le32(h + 80);
  r->block_count = load_le32(h + 84);
  r->verdict_count = load_le32(h + 88);
  r->category_count = load_le32(h + 92);
  r->list_count = load_le32(h + 96);
  r->verdict_width = h[104];
  r->line_width = h[105];
  r->index4_bits = h[106];
  r->min_labels = h[107];
  r->max_labels = h[108];
  if (rules >= WEIR_NO_RULE) return false;
  r->rule_count = (uint32_t)rules;
  r->prefix4_count = r->prefix_count[RULESET_IPV4];
  r->prefix6_count = r->prefix_count[RULESET_IPV6] + r->prefix_count[RULESET_IPV6_LONG];
  return r->filter_words && r->block_count && r->verdict_width >= 1 && r->verdict_width <= 2 &&
         r->line_width >= 3 && r->line_width <= 4 && r->index4_bits <= 16 && r->max_labels <= 127;
}

static bool place_sections(weir_ruleset *r) {
  weir_bytes f = r->file;
  r->filter = section(f, FILTER, (uint64_t)r->filter_words * 8, NULL);
  r->directory = section(f, DIRECTORY, ((uint64_t)r->block_count + 1) * 4, NULL);
  r->blocks = section(f, BLOCKS, RULESET_BLOCK_SLACK, &r->blocks_len);
  r->verdicts = section(f, VERDICTS, (uint64_t)r->verdict_count * RULESET_VERDICT_LEN, NULL);
  r->categories = section(f, CATEGORIES, ((uint64_t)r->category_count + 1) * 4, &r->categories_len);
  r->lists = section(f, LISTS, (uint64_t)r->list_count * LIST_LEN, &r->lists_len);
  r->lines = section(f, LINES, (uint64_t)r->rule_count * r->line_width, NULL);
  r->index4 = section(f, INDEX4, ((UINT64_C(1) << r->index4_bits) + 1) * 4, NULL);
  bool whole = r->filter && r->directory && r->blocks && r->verdicts && r->categories && r->lists &&
               r->lines && r->index4;
  for (unsigned t = 0; t < RULESET_TABLES; t++) {
    uint64_t n = r->prefix_count[t];
    r->keys[t] = section(f, (section_number)(KEYS4 + t * 2), n * key_width[t], NULL);
    r->meta[t] = section(f, (section_number)(META4 + t * 2), n * (1u + r->verdict_width), NULL);
    whole = whole && r->keys[t] && r->meta[t];
  }
  return whole;
}

weir_status weir_ruleset_open(weir_ruleset *out, weir_bytes file) {
  static const uint8_t magic[8] = {0x89, 'W', 'E', 'I', 'R', '\r', '\n', 0x1a};
  weir_ruleset r = {.file = file};
  memset(out, 0, sizeof *out);
  if (!file.base || file.len < HEADER_LEN || (uintptr_t)file.base % 8) return WEIR_BAD_RULESET;
  const uint8_t *h = file.base;
  if (memcmp(h, magic, sizeof magic)) return WEIR_BAD_RULESET;
  /* Flags name what a reader must understand: this one knows none. */
  if (load_le16(h + 8) != VERSION || load_le32(h + 20)) return WEIR_RULESET_VERSION;
  if (load_le32(h + 12) != header_checksum(h) || load_le32(h + 16) != file.len)
    return WEIR_BAD_RULESET;
  if (!read_counts(&r) || !place_sections(&r)) return WEIR_BAD_RULESET;
  *out = r;
  return WEIR_OK;
}

/* `len` bytes at `at` of a section; empty when they lie outside. */
static weir_bytes slice(const uint8_t *base, uint32_t whole, uint32_t at, uint32_t len) {
  if (at > whole || len > whole - at) return (weir_bytes){NULL, 0};
  return (weir_bytes){base + at, len};
}

weir_bytes weir_ruleset_category(const weir_ruleset *rules, uint16_t category) {
  if (category >= rules->category_count) return (weir_bytes){NULL, 0};
  const uint8_t *entry = rules->categories + (size_t)category * 4;
  uint32_t from = load_le32(entry), to = load_le32(entry + 4);
  return slice(rules->categories, rules->categories_len, from, to < from ? 0 : to - from);
}

/* The list that holds line `line` of all lists together: the last that begins before it. */
static const uint8_t *list_of(const weir_ruleset *r, uint32_t line) {
  uint32_t from = 0;
  for (uint32_t n = r->list_count; n > 1;) {
    uint32_t half = n / 2;
    if (load_le32(r->lists + (size_t)(from + half) * LIST_LEN) < line) from += half;
    n -= half;
  }
  return r->lists + (size_t)from * LIST_LEN;
}

/* The block that holds entry `rule`: the last that begins at or before it. */
static bool block_of(const weir_ruleset *r, uint32_t rule, ruleset_block *block) {
  uint32_t from = 0;
  for (uint32_t n = r->block_count; n > 1;) {
    uint32_t half = n / 2;
    if (!ruleset_block_at(r, from + half, block)) return false;
    if (block->first <= rule) from += half;
    n -= half;
  }
  return rule < r->name_count && ruleset_block_at(r, from, block) && rule >= block->first &&
         rule - block->first < block->count;
}

bool weir_ruleset_provenance(const weir_ruleset *rules, uint32_t rule, weir_bytes *list,
                             uint32_t *line, weir_bytes *text) {
  if (rule >= rules->rule_count || !rules->list_count) return false;
  const uint8_t *at = rules->lines + (size_t)rule * rules->line_width;
  uint32_t whole = rules->line_width == 3 ? load_le24(at) : load_le32(at);
  const uint8_t *entry = list_of(rules, whole);
  *line = whole - load_le32(entry);
  *list = slice(rules->lists, rules->lists_len, load_le32(entry + 4), load_le32(entry + 8));
  ruleset_block block;
  *text = block_of(rules, rule, &block) ? ruleset_block_text(&block, rule - block.first)
                                        : (weir_bytes){NULL, 0};
  return true;
}

bool weir_ruleset_rule(const weir_ruleset *rules, uint32_t rule, weir_match *out) {
  const uint8_t *verdict = NULL;
  uint32_t entry = rule, depth = 1;
  ruleset_block block;
  if (block_of(rules, rule, &block)) {
    weir_bytes text = ruleset_block_text(&block, rule - block.first);
    for (size_t i = 0; i < text.len; i++) depth += text.base[i] == '.';
    verdict = ruleset_verdict(rules,
                              block.verdicts + (size_t)(rule - block.first) * rules->verdict_width);
  } else {
    unsigned table = ruleset_table_of(rules, &entry);
    if (table == RULESET_TABLES) return false;
    const uint8_t *meta = ruleset_meta(rules, table, entry);
    depth = meta[0];
    verdict = ruleset_verdict(rules, meta + 1);
  }
  if (!verdict) return false;
  *out = (weir_match){rule, verdict[0], (uint8_t)depth, (uint16_t)load_le16(verdict + 4)};
  return true;
}
