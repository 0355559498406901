/* ruleset.c -- opening a compiled ruleset, and what its rules came from. */
#include "ruleset.h"

#include <string.h>

#define VERSION       4
#define HEADER_LEN    512
#define SECTION_TABLE 256
#define ALIGNMENT     64
#define LIST_LEN      16
#define ALIAS_LEN     8
#define NOTE_LEN      12
#define NO_CATEGORY   UINT32_MAX

typedef enum {
  INDEX,
  BLOCKS = 2,
  VERDICTS,
  CATEGORIES,
  LISTS,
  LINES,
  CELLS,
  KEYS4,
  OUTCOMES4,
  SYMBOLS = 14,
  SILENT_INDEX,
  SILENT_BLOCKS,
  FURTHER,
  ALIASES,
  NOTES,
  LOST4,
  LOST6,
  PATTERNS
} section_number;

/* FNV-1a with its own field as zeros: notices a torn header.  Whether the
 * content is what the compiler wrote, the file's SHA-256 says. */
static uint32_t header_checksum(const uint8_t *header) {
  uint32_t h = UINT32_C(0x811c9dc5);
  for (unsigned i = 0; i < HEADER_LEN; i++)
    h = (h ^ (i >= 12 && i < 16 ? 0u : header[i])) * UINT32_C(0x01000193);
  return h;
}

/* Where a section lies; NULL unless it is whole, aligned and at least `least` bytes long. */
static const uint8_t *section(weir_bytes file, unsigned number, uint64_t least, uint32_t *len) {
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
  r->silent_count = load_le32(h + 68);
  for (unsigned t = 0; t < RULESET_TABLES; t++) r->prefix_count[t] = load_le32(h + 72 + t * 4);
  r->names.count = load_le32(h + 84);
  r->silent.count = load_le32(h + 88);
  r->verdict_count = load_le32(h + 96);
  r->category_count = load_le32(h + 100);
  r->list_count = load_le32(h + 104);
  r->pattern_count = load_le32(h + 108);
  r->further_count = load_le32(h + 112);
  r->alias_count = load_le32(h + 116);
  r->note_count = load_le32(h + 120);
  for (unsigned t = 0; t < 2; t++) r->lost_count[t] = load_le32(h + 124 + t * 4);
  r->expires_s = load_le64(h + 136);
  r->verdict_width = h[144];
  r->line_width = h[145];
  r->network_verdict_width = h[146];
  r->min_labels = h[147];
  r->max_labels = h[148];
  r->network_verdict_count = load_le32(h + 164);
  return r->names.count && r->silent.count && r->category_count <= 64 && r->verdict_width >= 1 &&
         r->verdict_width <= 2 && r->line_width >= 3 && r->line_width <= 4 &&
         r->network_verdict_width >= 1 && r->network_verdict_width <= 2 && r->max_labels <= 127;
}

/* A look-up shifts by these numbers of bits, and takes it that entries have a cell. */
static bool read_cells(weir_ruleset *r) {
  for (unsigned t = 0; t < RULESET_TABLES; t++) {
    r->cell_bits[t] = r->file.base[149 + t];
    r->cell_count[t] = load_le32(r->file.base + 152 + t * 4);
    if (r->cell_bits[t] > 63 || (r->prefix_count[t] && !r->cell_count[t])) return false;
  }
  return true;
}

/* Numbers of rules and of slots are 32 bits, and WEIR_NO_RULE is none. */
static bool count_rules(weir_ruleset *r) {
  uint64_t n = (uint64_t)r->name_count + r->prefix_count[0] + r->prefix_count[1] +
               r->prefix_count[2] + r->pattern_count + r->further_count + r->lost_count[0] +
               r->lost_count[1];
  if (n >= WEIR_NO_RULE || (uint64_t)r->name_count + r->silent_count >= UINT32_MAX) return false;
  r->rule_count = (uint32_t)n;
  r->prefix4_count = r->prefix_count[RULESET_IPV4];
  r->prefix6_count = r->prefix_count[RULESET_IPV6] + r->prefix_count[RULESET_IPV6_LONG];
  return true;
}

static bool place_blocks(weir_bytes file, unsigned index, unsigned stride, unsigned width,
                         weir_ruleset_blocks *out) {
  out->stride = (uint8_t)stride;
  out->width = (uint8_t)width;
  out->index = section(file, index, (uint64_t)out->count * stride, NULL);
  out->base =
      section(file, index == INDEX ? BLOCKS : SILENT_BLOCKS, RULESET_BLOCK_SLACK, &out->len);
  return out->index && out->base;
}

static bool place_tables(weir_ruleset *r) {
  weir_bytes f = r->file;
  uint64_t before = 0; /* bytes of cells */
  bool whole = true;
  for (unsigned t = 0; t < RULESET_TABLES; t++) {
    uint64_t n = r->prefix_count[t], cells = ((uint64_t)r->cell_count[t] + 1) * 4;
    const uint8_t *at = section(f, CELLS, before + cells, NULL);
    r->keys[t] = section(f, KEYS4 + t * 2, n * ruleset_key_width(t), NULL);
    r->outcomes[t] = section(f, OUTCOMES4 + t * 2, n * r->network_verdict_width, NULL);
    whole = whole && at && r->keys[t] && r->outcomes[t];
    if (at) r->cells[t] = at + before;
    before += cells;
  }
  r->lost[0] = section(f, LOST4, (uint64_t)r->lost_count[0] * RULESET_LOST4_LEN, NULL);
  r->lost[1] = section(f, LOST6, (uint64_t)r->lost_count[1] * RULESET_LOST6_LEN, NULL);
  return whole && r->lost[0] && r->lost[1];
}

/* A symbol stands for 1 to 8 bytes: what compares names relies on it. */
static bool place_symbols(weir_ruleset *r) {
  r->symbols = section(r->file, SYMBOLS, RULESET_SYMBOLS_LEN, NULL);
  if (!r->symbols) return false;
  const uint8_t *lengths = r->symbols + (size_t)RULESET_SYMBOLS * 8;
  for (unsigned i = 0; i < RULESET_SYMBOLS; i++)
    if (!lengths[i] || lengths[i] > 8) return false;
  return true;
}

static bool place_sections(weir_ruleset *r) {
  weir_bytes f = r->file;
  uint64_t entries = (uint64_t)r->name_count + r->prefix4_count + r->prefix6_count;
  uint64_t verdicts = (uint64_t)r->verdict_count + r->network_verdict_count;
  r->verdicts = section(f, VERDICTS, verdicts * RULESET_VERDICT_LEN, NULL);
  r->categories = section(f, CATEGORIES, ((uint64_t)r->category_count + 1) * 4, &r->categories_len);
  r->lists = section(f, LISTS, (uint64_t)r->list_count * LIST_LEN, &r->lists_len);
  r->lines = section(f, LINES, entries * r->line_width, NULL);
  r->further = section(f, FURTHER, (uint64_t)r->further_count * RULESET_FURTHER_LEN, NULL);
  r->aliases = section(f, ALIASES, (uint64_t)r->alias_count * ALIAS_LEN, NULL);
  r->notes = section(f, NOTES, (uint64_t)r->note_count * NOTE_LEN, &r->notes_len);
  bool whole =
      r->verdicts && r->categories && r->lists && r->lines && r->further && r->aliases && r->notes;
  for (unsigned i = 0; i < 4; i++) {
    uint32_t len = 0;
    r->patterns[i].base = section(f, PATTERNS + i, 0, &len);
    r->patterns[i].len = len;
    whole = whole && r->patterns[i].base;
  }
  if (!whole) return false;
  r->network_verdicts = r->verdicts + (size_t)r->verdict_count * RULESET_VERDICT_LEN;
  return place_blocks(f, INDEX, RULESET_LINE, r->verdict_width, &r->names) &&
         place_blocks(f, SILENT_INDEX, RULESET_LINE_HEAD, 0, &r->silent) && place_symbols(r) &&
         place_tables(r);
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
  if (!read_counts(&r) || !read_cells(&r) || !count_rules(&r) || !place_sections(&r) ||
      !ruleset_patterns_place(&r))
    return WEIR_BAD_RULESET;
  *out = r;
  return WEIR_OK;
}

/* ---- rules by their numbers -------------------------------------------------- */

static uint32_t count_of(const weir_ruleset *r, ruleset_kind kind) {
  switch (kind) {
    case RULESET_KIND_NAME: return r->name_count;
    case RULESET_KIND_IPV4: return r->prefix_count[RULESET_IPV4];
    case RULESET_KIND_IPV6: return r->prefix_count[RULESET_IPV6];
    case RULESET_KIND_IPV6_LONG: return r->prefix_count[RULESET_IPV6_LONG];
    case RULESET_KIND_PATTERN: return r->pattern_count;
    case RULESET_KIND_FURTHER: return r->further_count;
    case RULESET_KIND_LOST4: return r->lost_count[0];
    case RULESET_KIND_LOST6: return r->lost_count[1];
    default: return 0;
  }
}

ruleset_kind ruleset_kind_of(const weir_ruleset *r, uint32_t *rule) {
  unsigned kind = RULESET_KIND_NAME;
  for (; kind < RULESET_KIND_NONE; kind++) {
    uint32_t count = count_of(r, (ruleset_kind)kind);
    if (*rule < count) break;
    *rule -= count;
  }
  return (ruleset_kind)kind;
}

uint32_t ruleset_first_of(const weir_ruleset *r, ruleset_kind kind) {
  uint32_t first = 0;
  for (unsigned k = 0; k < kind; k++) first += count_of(r, (ruleset_kind)k);
  return first;
}

/* The last of `count` records of `len` bytes whose first number is not above `number`; `count` > 0. */
static const uint8_t *last_not_above(const uint8_t *records, uint32_t count, uint32_t len,
                                     uint32_t number) {
  uint32_t from = 0;
  for (uint32_t n = count; n > 1;) {
    uint32_t half = n / 2;
    if (load_le32(records + (size_t)(from + half) * len) <= number) from += half;
    n -= half;
  }
  return records + (size_t)from * len;
}

uint32_t ruleset_decider(const weir_ruleset *r, uint32_t entry) {
  if (!r->alias_count) return entry;
  const uint8_t *alias = last_not_above(r->aliases, r->alias_count, ALIAS_LEN, entry);
  uint32_t rule = load_le32(alias + 4);
  return load_le32(alias) == entry && rule < r->rule_count ? rule : entry;
}

uint32_t ruleset_line(const weir_ruleset *r, uint32_t rule) {
  uint32_t i = rule;
  ruleset_pattern pattern;
  const uint8_t *at;
  switch (ruleset_kind_of(r, &i)) {
    case RULESET_KIND_PATTERN: return ruleset_pattern_info(r, i, &pattern) ? pattern.line : 0;
    case RULESET_KIND_FURTHER:
      return ruleset_unpack(r->further + (size_t)i * RULESET_FURTHER_LEN + 4).line;
    case RULESET_KIND_LOST4:
      return ruleset_unpack(r->lost[0] + (size_t)i * RULESET_LOST4_LEN + 4).line;
    case RULESET_KIND_LOST6:
      return ruleset_unpack(r->lost[1] + (size_t)i * RULESET_LOST6_LEN + 16).line;
    case RULESET_KIND_NONE: return 0;
    default: /* an entry */
      at = r->lines + (size_t)rule * r->line_width;
      return r->line_width == 3 ? load_le24(at) : load_le32(at);
  }
}

/* ---- what they came from ------------------------------------------------------- */

/* `len` bytes at `at` of a section; empty when they lie outside. */
static weir_bytes slice(const uint8_t *base, uint32_t whole, uint32_t at, uint32_t len) {
  if (at > whole || len > whole - at) return (weir_bytes){NULL, 0};
  return (weir_bytes){base + at, len};
}

weir_bytes weir_ruleset_category(const weir_ruleset *rules, unsigned bit) {
  if (bit >= rules->category_count) return (weir_bytes){NULL, 0};
  const uint8_t *entry = rules->categories + (size_t)bit * 4;
  uint32_t from = load_le32(entry), to = load_le32(entry + 4);
  return slice(rules->categories, rules->categories_len, from, to < from ? 0 : to - from);
}

/* The list that holds a line of all lists together: the last that begins before it. */
static const uint8_t *list_of(const weir_ruleset *r, uint32_t line) {
  return last_not_above(r->lists, r->list_count, LIST_LEN, line - 1);
}

uint32_t ruleset_line_list(const weir_ruleset *r, uint32_t line) {
  if (!r->list_count || !line) return 0;
  return (uint32_t)(list_of(r, line) - r->lists) / LIST_LEN;
}

uint64_t ruleset_line_category(const weir_ruleset *r, uint32_t line) {
  if (!r->list_count || !line) return 0;
  uint32_t category = load_le32(list_of(r, line) + 12);
  return category < r->category_count ? UINT64_C(1) << category : 0;
}

bool weir_ruleset_provenance(const weir_ruleset *rules, uint32_t rule, weir_bytes *list,
                             uint32_t *line) {
  uint32_t whole = ruleset_line(rules, rule);
  if (!whole || !rules->list_count) return false;
  const uint8_t *entry = list_of(rules, whole);
  *line = whole - load_le32(entry);
  *list = slice(rules->lists, rules->lists_len, load_le32(entry + 4), load_le32(entry + 8));
  return true;
}

bool weir_ruleset_note(const weir_ruleset *rules, uint32_t rule, weir_bytes *title,
                       uint8_t *severity) {
  if (!rules->note_count) return false;
  const uint8_t *note = last_not_above(rules->notes, rules->note_count, NOTE_LEN, rule);
  if (load_le32(note) != rule) return false;
  *title = slice(rules->notes, rules->notes_len, load_le32(note + 4), load_le16(note + 8));
  *severity = note[10];
  return true;
}
