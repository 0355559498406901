/* ruleset_file.h -- writes ruleset files by hand, section by section, as RULESET.md has them: small ones that
 * say just what a test is about, and damaged ones. */
#ifndef WEIR_RULESET_FILE_H
#define WEIR_RULESET_FILE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

enum {
  FILE_HEADER = 512,
  FILE_SECTIONS = 26,
  FILE_SELF = 1,
  FILE_BELOW = 2,
  FILE_AUDITED = 4,
  FILE_SPECIFIC = 8
};

typedef struct file_name {
  const char *text; /* lives as long as the file is written */
  uint32_t line;
  uint16_t verdict;
} file_name;

/* Bytes that grow. */
typedef struct file_bytes {
  uint8_t *at;
  size_t len, room;
} file_bytes;

typedef struct ruleset_file {
  file_name *names, *silent;
  uint32_t name_count, silent_count;
  uint32_t *name_number; /* filled in by file_write: the rule's number of each name */
  uint32_t *silent_slot;
  file_bytes section[FILE_SECTIONS];
  uint32_t categories, lists, verdicts, further, aliases, notes, lists_lines;
  uint32_t prefixes[3], lost[2];
  file_bytes network_verdicts;
  uint8_t cell_bits[3], verdict_width;
  uint64_t seed;
} ruleset_file;

static inline void file_put(file_bytes *b, const void *bytes, size_t len) {
  if (b->len + len > b->room) {
    b->room = (b->len + len) * 2 + 64;
    b->at = realloc(b->at, b->room);
  }
  if (len) memcpy(b->at + b->len, bytes, len);
  b->len += len;
}

static inline void file_put_number(file_bytes *b, uint64_t value, unsigned width) {
  uint8_t bytes[8];
  for (unsigned i = 0; i < width; i++) bytes[i] = (uint8_t)(value >> 8 * i);
  file_put(b, bytes, width);
}

static inline void file_set(uint8_t *at, uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; i++) at[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t file_get(const uint8_t *at, unsigned width) {
  uint64_t value = 0;
  for (unsigned i = width; i-- > 0;) value = value << 8 | at[i];
  return value;
}

static inline ruleset_file file_new(void) {
  return (ruleset_file){.seed = 0x123456789abcdef0u, .verdict_width = 1, .cell_bits = {28, 60, 60}};
}

static inline void file_free(ruleset_file *f) {
  for (unsigned i = 0; i < FILE_SECTIONS; i++) free(f->section[i].at);
  free(f->names), free(f->silent), free(f->name_number), free(f->silent_slot);
  free(f->network_verdicts.at);
}

/* ---- content -------------------------------------------------------------------- */

static inline unsigned file_verdict(ruleset_file *f, unsigned action, unsigned rank, unsigned flags,
                                    uint64_t categories) {
  file_bytes *b = &f->section[3];
  file_put_number(b, action | rank << 8 | flags << 16, 8);
  file_put_number(b, categories, 8);
  return f->verdicts++;
}

static inline file_name *file_add(file_name **names, uint32_t *count, const char *text,
                                  unsigned verdict, uint32_t line) {
  if (!(*count & (*count - 1)))
    *names = realloc(*names, (*count ? *count * 2 : 1) * sizeof **names);
  (*names)[*count] = (file_name){text, line, (uint16_t)verdict};
  return &(*names)[(*count)++];
}

static inline uint32_t file_name_entry(ruleset_file *f, const char *text, unsigned verdict,
                                       uint32_t line) {
  file_add(&f->names, &f->name_count, text, verdict, line);
  return f->name_count - 1;
}

static inline uint32_t file_silent(ruleset_file *f, const char *text) {
  file_add(&f->silent, &f->silent_count, text, 0, 0);
  return f->silent_count - 1;
}

/* ---- names ---------------------------------------------------------------------- */

static inline uint64_t file_fold(uint64_t x, uint64_t k) {
  x *= k;
  return x ^ x >> 32;
}

/* Written from RULESET.md's words, byte by byte. */
static inline uint64_t file_hash(uint64_t seed, const char *name) {
  uint64_t state = seed, rest = 0;
  size_t end = strlen(name);
  for (; end >= 8; end -= 8)
    state = file_fold(state ^ file_get((const uint8_t *)name + end - 8, 8),
                      UINT64_C(0x9e3779b97f4a7c15));
  for (size_t i = 0; i < end; i++) rest |= (uint64_t)(uint8_t)name[i] << 8 * i;
  return file_fold(state ^ rest, UINT64_C(0xbf58476d1b873593));
}

/* Symbols: every byte for itself, but for these in places that no name needs. */
static const char *const file_pieces[] = {"example", ".test", ".com", "www.", "in", "list-", "er"};
enum { FILE_FIRST_PIECE = 200, FILE_PIECES = sizeof file_pieces / sizeof file_pieces[0] };

static inline void file_symbols(file_bytes *b) {
  uint8_t lengths[256];
  for (unsigned i = 0; i < 256; i++) {
    char text[9] = {(char)i};
    if (i >= FILE_FIRST_PIECE && i < FILE_FIRST_PIECE + FILE_PIECES)
      strcpy(text, file_pieces[i - FILE_FIRST_PIECE]);
    lengths[i] = (uint8_t)(i && *text ? strlen(text) : 1);
    uint8_t padded[8] = {0};
    memcpy(padded, text, lengths[i]);
    file_put(b, padded, 8);
  }
  file_put(b, lengths, 256);
}

static inline size_t file_code(const char *name, uint8_t out[256]) {
  size_t n = 0;
  while (*name) {
    unsigned symbol = (uint8_t)*name;
    size_t len = 1;
    for (unsigned i = 0; i < FILE_PIECES; i++) {
      size_t piece = strlen(file_pieces[i]);
      if (piece > len && !strncmp(name, file_pieces[i], piece))
        symbol = FILE_FIRST_PIECE + i, len = piece;
    }
    out[n++] = (uint8_t)symbol;
    name += len;
  }
  return n;
}

enum { FILE_LINE_HEAD = 16, FILE_LINE_WORDS = 6 };

static inline uint32_t file_lines_of(uint32_t names) { return names / 32 + 1; }

/* A line of the index; `filter`: the words of all lines, or NULL. */
static inline void file_line(file_bytes *index, uint32_t line, const size_t at[3],
                             const uint32_t first[3], const uint64_t *filter) {
  file_put_number(index, at[0], 4), file_put_number(index, first[0], 4);
  file_put_number(index, at[1] - at[0], 2), file_put_number(index, at[2] - at[1], 2);
  file_put_number(index, first[1] - first[0], 1), file_put_number(index, first[2] - first[1], 1);
  file_put_number(index, 0, 2);
  for (unsigned i = 0; filter && i < FILE_LINE_WORDS; i++)
    file_put_number(index, filter[line * FILE_LINE_WORDS + i], 8);
}

/* The word of all lines that a hash has. */
static inline uint32_t file_word(uint64_t hash, uint32_t lines) {
  return (uint32_t)((hash & UINT32_MAX) * lines * FILE_LINE_WORDS >> 32);
}

static inline uint64_t *file_filter(const ruleset_file *f, const file_name *names, uint32_t count,
                                    uint32_t lines) {
  uint64_t *filter = calloc((size_t)lines * FILE_LINE_WORDS, 8);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t hash = file_hash(f->seed, names[i].text);
    for (unsigned k = 0; k < 4; k++)
      filter[file_word(hash, lines)] |= UINT64_C(1) << (hash >> (32 + 6 * k) & 63);
  }
  return filter;
}

/* A block of those of `names` that `in` says; numbers them from `first` on, and returns how many they are. */
static inline uint32_t file_block(const ruleset_file *f, const file_name *names, uint32_t count,
                                  const uint32_t *in, uint32_t block, uint32_t first,
                                  unsigned width, uint32_t *number, file_bytes *out) {
  uint8_t code[256];
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++)
    if (in[i] == block)
      number[i] = first + n++, file_put_number(out, file_hash(f->seed, names[i].text) >> 56, 1);
  for (uint32_t i = 0; i < count; i++)
    if (in[i] == block) file_put_number(out, file_code(names[i].text, code), 1);
  for (uint32_t i = 0; i < count && width; i++)
    if (in[i] == block) file_put_number(out, names[i].verdict, width);
  for (uint32_t i = 0; i < count; i++)
    if (in[i] == block) file_put(out, code, file_code(names[i].text, code));
  return n;
}

/* Blocks and index of `names`, their numbers; `width` 0: without verdicts and filter. */
static inline uint32_t *file_blocks(const ruleset_file *f, const file_name *names, uint32_t count,
                                    unsigned width, file_bytes *index, file_bytes *out) {
  uint32_t lines = file_lines_of(count), first[3] = {0};
  uint32_t *number = malloc((count + 1) * sizeof *number), *in = malloc((count + 1) * sizeof *in);
  uint64_t *filter = file_filter(f, names, count, lines);
  for (uint32_t i = 0; i < count; i++)
    in[i] = file_word(file_hash(f->seed, names[i].text), lines) / (FILE_LINE_WORDS / 2);
  for (uint32_t line = 0; line < lines; line++, first[0] = first[2]) {
    size_t at[3] = {out->len};
    for (uint32_t k = 0; k < 2; k++) {
      first[k + 1] =
          first[k] + file_block(f, names, count, in, 2 * line + k, first[k], width, number, out);
      at[k + 1] = out->len;
    }
    file_line(index, line, at, first, width ? filter : NULL);
  }
  file_put_number(out, 0, 8);
  free(filter), free(in);
  return number;
}

/* Numbers the names: what refers to them (further rules, aliases, notes) is to be written after this. */
static inline void file_number_names(ruleset_file *f) {
  f->name_number =
      file_blocks(f, f->names, f->name_count, f->verdict_width, &f->section[0], &f->section[2]);
  f->silent_slot = file_blocks(f, f->silent, f->silent_count, 0, &f->section[15], &f->section[16]);
  uint32_t *lines = malloc((f->name_count + 1) * sizeof *lines);
  for (uint32_t i = 0; i < f->name_count; i++) lines[f->name_number[i]] = f->names[i].line;
  for (uint32_t i = 0; i < f->name_count; i++) file_put_number(&f->section[6], lines[i], 3);
  free(lines);
}

/* ---- what refers to names ------------------------------------------------------------ */

static inline uint32_t file_packed(uint32_t line, unsigned rank, unsigned scope) {
  return line << 6 | rank << 2 | scope;
}

static inline void file_further(ruleset_file *f, uint32_t slot, uint32_t packed) {
  file_put_number(&f->section[17], slot, 4);
  file_put_number(&f->section[17], packed, 4);
  f->further++;
}

static inline void file_alias(ruleset_file *f, uint32_t entry, uint32_t rule) {
  file_put_number(&f->section[18], entry, 4);
  file_put_number(&f->section[18], rule, 4);
  f->aliases++;
}

/* In order of addresses, all of one table before the next. Each has a verdict of its own: 256 at most. */
static inline void file_network(ruleset_file *f, unsigned table, uint64_t high, uint64_t low,
                                unsigned bits, unsigned verdict, uint32_t line) {
  file_bytes *keys = &f->section[8 + table * 2], *verdicts = &f->network_verdicts;
  uint32_t networks = f->prefixes[0] + f->prefixes[1] + f->prefixes[2];
  file_put_number(keys, high, table ? 8 : 4);
  if (table == 2) file_put_number(keys, low, 8);
  file_put_number(&f->section[9 + table * 2], networks, 1);
  file_put(verdicts, f->section[3].at + (size_t)verdict * 16, 16);
  verdicts->at[networks * 16 + 3] = (uint8_t)bits;
  file_put_number(&f->section[6], line, 3);
  f->prefixes[table]++;
}

static inline void file_lost4(ruleset_file *f, uint32_t address, unsigned bits, uint32_t packed) {
  file_put_number(&f->section[20], address, 4);
  file_put_number(&f->section[20], packed, 4);
  file_put_number(&f->section[20], bits, 4);
  f->lost[0]++;
}

static inline void file_lost6(ruleset_file *f, uint64_t high, uint64_t low, unsigned bits,
                              uint32_t packed) {
  file_put_number(&f->section[21], high, 8);
  file_put_number(&f->section[21], low, 8);
  file_put_number(&f->section[21], packed, 4);
  file_put_number(&f->section[21], bits, 4);
  f->lost[1]++;
}

/* Lists of `lines` lines each, the i-th of category i; categories and lists are named by `names`. */
static inline void file_lists(ruleset_file *f, const char *const *names, unsigned count,
                              uint32_t lines) {
  uint32_t head = (count + 1) * 4, list_head = count * 16, text = 0;
  for (unsigned i = 0; i <= count; i++) {
    file_put_number(&f->section[4], head + text, 4);
    if (i == count) break;
    file_put_number(&f->section[5], i * lines, 4);
    file_put_number(&f->section[5], list_head + text, 4);
    file_put_number(&f->section[5], strlen(names[i]), 4);
    file_put_number(&f->section[5], i, 4);
    text += (uint32_t)strlen(names[i]);
  }
  for (unsigned i = 0; i < count; i++) {
    file_put(&f->section[4], names[i], strlen(names[i]));
    file_put(&f->section[5], names[i], strlen(names[i]));
  }
  f->categories = f->lists = count;
}

/* ---- the file ----------------------------------------------------------------------- */

/* FNV-1a, so that damage behind the checksum is seen too. */
static inline void file_seal(uint8_t *file) {
  uint32_t h = 0x811c9dc5u;
  for (unsigned i = 0; i < FILE_HEADER; i++)
    h = (h ^ (i >= 12 && i < 16 ? 0u : file[i])) * 0x01000193u;
  file_set(file + 12, h, 4);
}

/* In which cell of its table's index a network begins. */
static inline uint64_t file_cell(const ruleset_file *f, unsigned table, uint32_t i) {
  const uint8_t *keys = f->section[8 + table * 2].at;
  const unsigned width = 4u << table, first = table ? 8 : 4;
  return (file_get(keys + (size_t)i * width, first) - file_get(keys, first)) >> f->cell_bits[table];
}

static inline uint32_t file_cells_of(const ruleset_file *f, unsigned table) {
  uint32_t n = f->prefixes[table];
  return n ? (uint32_t)file_cell(f, table, n - 1) + 1 : 0;
}

static inline void file_index(ruleset_file *f, unsigned table) {
  for (uint32_t cell = 0, i = 0; cell <= file_cells_of(f, table); cell++) {
    while (i < f->prefixes[table] && file_cell(f, table, i) < cell) i++;
    file_put_number(&f->section[7], i, 4);
  }
}

static inline void file_header(const ruleset_file *f, uint8_t *h, size_t len) {
  const uint32_t counts[] = {f->name_count,
                             f->silent_count,
                             f->prefixes[0],
                             f->prefixes[1],
                             f->prefixes[2],
                             file_lines_of(f->name_count),
                             file_lines_of(f->silent_count),
                             0,
                             f->verdicts,
                             f->categories,
                             f->lists,
                             0,
                             f->further,
                             f->aliases,
                             f->notes,
                             f->lost[0],
                             f->lost[1]};
  memcpy(h, "\x89WEIR\r\n\x1a\x04", 9);
  file_set(h + 16, len, 4);
  file_set(h + 24, f->seed, 8);
  for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
    file_set(h + 64 + i * 4, counts[i], 4);
  h[144] = f->verdict_width;
  h[145] = 3;
  h[146] = 1;
  h[147] = 1;
  h[148] = 127;
  for (unsigned t = 0; t < 3; t++) {
    h[149 + t] = f->cell_bits[t];
    file_set(h + 152 + t * 4, file_cells_of(f, t), 4);
  }
  file_set(h + 164, f->prefixes[0] + f->prefixes[1] + f->prefixes[2], 4);
}

/* The whole file, in memory of just its length that the caller frees. */
static inline weir_bytes file_write(ruleset_file *f) {
  file_symbols(&f->section[14]);
  for (unsigned t = 0; t < 3; t++) file_index(f, t);
  file_put(&f->section[3], f->network_verdicts.at, f->network_verdicts.len);
  size_t len = FILE_HEADER, at = FILE_HEADER;
  for (unsigned i = 0; i < FILE_SECTIONS; i++) len += (f->section[i].len + 63) & ~(size_t)63;
  uint8_t *file = calloc(1, len);
  file_header(f, file, len);
  for (unsigned i = 0; i < FILE_SECTIONS; i++) {
    file_set(file + 256 + i * 8, at, 4);
    file_set(file + 260 + i * 8, f->section[i].len, 4);
    if (f->section[i].len) memcpy(file + at, f->section[i].at, f->section[i].len);
    at += (f->section[i].len + 63) & ~(size_t)63;
  }
  file_seal(file);
  return (weir_bytes){file, len};
}

#endif
