/* hpack.c -- a byte-resumable HPACK decoder: its whole position is in the state block. */
#include "hpack.h"

#define STATIC_COUNT   61u /* RFC 7541 Appendix A */
#define ENTRY_OVERHEAD 32u
#define INTEGER_MAX    (1u << 28) /* RFC 7541 5.1 asks for a limit; sums of lengths fit 32 bits */
#define NAME_KEPT_MAX  10         /* ":authority", the longest name that matters */

typedef enum { PHASE_START, PHASE_NAME_LEN, PHASE_NAME, PHASE_VALUE_LEN, PHASE_VALUE } phase;
typedef enum { FORM_INDEXED, FORM_INDEXING, FORM_PLAIN, FORM_SIZE_UPDATE } form;

/* ---- Huffman code (RFC 7541 Appendix B) ---------------------------------- */

/* The code is canonical: codes of one length are consecutive, in the order of
 * their symbols.  Codes of up to 8 bits are looked up by the next 8 bits. */
typedef struct short_code {
  uint8_t symbol, len;
} short_code;

#define S8(c) \
  { c, 8 }
#define S7(c) \
  {c, 7}, { c, 7 }
#define S6(c) \
  {c, 6}, {c, 6}, {c, 6}, { c, 6 }
#define S5(c) \
  {c, 5}, {c, 5}, {c, 5}, {c, 5}, {c, 5}, {c, 5}, {c, 5}, { c, 5 }

static const short_code short_codes[256] = {
    S5('0'), S5('1'), S5('2'), S5('a'), S5('c'), S5('e'), S5('i'), S5('o'), S5('s'), S5('t'),
    S6(' '), S6('%'), S6('-'), S6('.'), S6('/'), S6('3'), S6('4'), S6('5'), S6('6'), S6('7'),
    S6('8'), S6('9'), S6('='), S6('A'), S6('_'), S6('b'), S6('d'), S6('f'), S6('g'), S6('h'),
    S6('l'), S6('m'), S6('n'), S6('p'), S6('r'), S6('u'), S7(':'), S7('B'), S7('C'), S7('D'),
    S7('E'), S7('F'), S7('G'), S7('H'), S7('I'), S7('J'), S7('K'), S7('L'), S7('M'), S7('N'),
    S7('O'), S7('P'), S7('Q'), S7('R'), S7('S'), S7('T'), S7('U'), S7('V'), S7('W'), S7('Y'),
    S7('j'), S7('k'), S7('q'), S7('v'), S7('w'), S7('x'), S7('y'), S7('z'), S8('&'), S8('*'),
    S8(','), S8(';'), S8('X'), S8('Z'), {0, 0},  {0, 0}};

#undef S8
#undef S7
#undef S6
#undef S5

/* Symbols of the longer codes, in the order of the codes. */
static const uint8_t long_symbols[] = {
    33,  34,  40,  41,  63,  39,  43,  124, 35,  62,  0,   36,  64,  91,  93,  126, 94,  125, 60,
    96,  123, 92,  195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161, 167, 172, 176, 177,
    179, 209, 216, 217, 227, 229, 230, 129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169,
    170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233, 1,   135, 137, 138, 139,
    140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183,
    188, 191, 197, 231, 239, 9,   142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237, 199, 207,
    234, 235, 192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255, 203, 204,
    211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254, 2,   3,
    4,   5,   6,   7,   8,   11,  12,  14,  15,  16,  17,  18,  19,  20,  21,  23,  24,  25,  26,
    27,  28,  29,  30,  31,  127, 220, 249, 10,  13,  22};

/* The longer codes of each length, as the top of a 32-bit word. */
static const struct {
  uint32_t first, last; /* words that begin with such a code */
  uint8_t len, symbol;  /* index of the first one's symbol */
} long_codes[] = {{0xfe000000, 0xff3fffff, 10, 0},   {0xff400000, 0xff9fffff, 11, 5},
                  {0xffa00000, 0xffbfffff, 12, 8},   {0xffc00000, 0xffefffff, 13, 10},
                  {0xfff00000, 0xfff7ffff, 14, 16},  {0xfff80000, 0xfffdffff, 15, 18},
                  {0xfffe0000, 0xfffe5fff, 19, 21},  {0xfffe6000, 0xfffedfff, 20, 24},
                  {0xfffee000, 0xffff47ff, 21, 32},  {0xffff4800, 0xffffafff, 22, 45},
                  {0xffffb000, 0xffffe9ff, 23, 71},  {0xffffea00, 0xfffff5ff, 24, 100},
                  {0xfffff600, 0xfffff7ff, 25, 112}, {0xfffff800, 0xfffffbbf, 26, 116},
                  {0xfffffbc0, 0xfffffe1f, 27, 131}, {0xfffffe20, 0xffffffef, 28, 150},
                  {0xfffffff0, 0xffffffff, 30, 179}};

/* The code at the top of `word`; length 0 for EOS, which no string may hold. */
static short_code long_code(uint32_t word) {
  if (word >= 0xfffffffc) return (short_code){0, 0};
  size_t i = 0;
  while (word > long_codes[i].last) i++;
  uint32_t nth = (word - long_codes[i].first) >> (32 - long_codes[i].len);
  return (short_code){long_symbols[long_codes[i].symbol + nth], long_codes[i].len};
}

/* Decodes whole codes; fewer than 30 bits stay in the state.  Bits not there
 * yet read as ones, so that the code found is real if it ends before them. */
static parse_outcome huffman(hpack *h, reader in, uint32_t keep) {
  uint64_t bits = (uint64_t)h->bits << 32; /* left-aligned, zeros behind */
  unsigned count = h->bit_count;
  for (;;) {
    for (; count <= 56 && in.left; count += 8, in.at++, in.left--)
      bits |= (uint64_t)*in.at << (56 - count);
    uint32_t word = (uint32_t)(bits >> 32);
    if (count < 32) word |= UINT32_MAX >> count;
    short_code code = short_codes[word >> 24];
    if (!code.len) code = long_code(word);
    if (!code.len && count >= 30) return PARSE_MALFORMED;
    if (!code.len || code.len > count) break;
    if (h->string_len < keep) h->text[h->string_len] = code.symbol;
    h->string_len++;
    bits <<= code.len;
    count -= code.len;
  }
  h->bits = (uint32_t)(bits >> 32);
  h->bit_count = (uint8_t)count;
  return PARSE_PARSED;
}

/* RFC 7541 5.2: padding is fewer than 8 bits, all ones. */
static bool huffman_may_end(const hpack *h) {
  return h->bit_count < 8 && (h->bits | UINT32_MAX >> h->bit_count) == UINT32_MAX;
}

/* ---- table (RFC 7541 2.3, 4) --------------------------------------------- */

/* Name lengths of the static table; index 0 is no entry. */
static const uint8_t static_name_len[STATIC_COUNT + 1] = {
    0, 10, 7,  7,  5,  5,  7,  7,  7,  7,  7,  7,  7, 7,  7,  14, 15, 15, 13, 6,  27,
    3, 5,  13, 13, 19, 16, 16, 14, 16, 13, 12, 6,  4, 4,  6,  7,  4,  4,  8,  17, 13,
    8, 19, 13, 4,  8,  12, 18, 19, 5,  7,  7,  11, 6, 10, 25, 17, 10, 4,  3,  16};

static hpack_kind static_kind(uint32_t index) {
  if (index == 1) return HPACK_AUTHORITY;
  if (index <= 14) return HPACK_PSEUDO;
  return index == 38 ? HPACK_HOST : HPACK_OTHER;
}

void hpack_init(hpack *h) { h->max_size = HPACK_TABLE_SIZE; }

/* The `nth` newest entry, which must be there. */
static hpack_entry *entry_at(hpack *h, uint32_t nth) {
  return &h->entries[(h->newest + HPACK_ENTRIES - nth) % HPACK_ENTRIES];
}

static void drop_oldest(hpack *h) { h->size -= entry_at(h, --h->count)->size; }

static void shrink_to(hpack *h, uint32_t size) {
  while (h->count && h->size > size) drop_oldest(h);
}

static void insert(hpack *h, const name *value) {
  uint32_t size = h->name_len + h->string_len + ENTRY_OVERHEAD;
  shrink_to(h, size > h->max_size ? 0 : h->max_size - size);
  if (size > h->max_size) return; /* RFC 7541 4.4: not an error, the table is empty now */
  if (h->count == HPACK_ENTRIES) {
    drop_oldest(h);
    h->forgetful = true;
  }
  h->newest = (uint8_t)((h->newest + 1) % HPACK_ENTRIES);
  h->count++;
  h->size += size;
  *entry_at(h, 0) = (hpack_entry){h->written, h->name_len, size, value->len, h->kind};
  for (size_t i = 0; i < value->len; i++)
    h->values[(h->written + i) % HPACK_VALUES] = (uint8_t)value->text[i];
  h->written += value->len;
}

/* Sets kind and name_len, and value when it is remembered, from the table. */
static parse_outcome look_up(hpack *h, uint32_t index, name *value) {
  value->len = 0;
  if (!index) return PARSE_MALFORMED;
  if (index <= STATIC_COUNT) {
    h->kind = (uint8_t)static_kind(index);
    h->name_len = static_name_len[index];
    return PARSE_PARSED;
  }
  uint32_t nth = index - STATIC_COUNT - 1;
  h->kind = HPACK_OTHER;
  h->name_len = 0;
  if (nth >= h->count)
    return h->forgetful && nth < h->max_size / ENTRY_OVERHEAD ? PARSE_PARSED : PARSE_MALFORMED;
  const hpack_entry *entry = entry_at(h, nth);
  h->kind = entry->kind;
  h->name_len = entry->name_len;
  if (h->written - entry->value_at > HPACK_VALUES) return PARSE_PARSED;
  value->len = entry->value_len;
  for (size_t i = 0; i < value->len; i++)
    value->text[i] = (char)h->values[(entry->value_at + i) % HPACK_VALUES];
  return PARSE_PARSED;
}

/* ---- representations (RFC 7541 5, 6) ------------------------------------- */

static void integer_start(hpack *h, uint8_t octet, unsigned prefix) {
  uint32_t mask = (1u << prefix) - 1;
  h->number = octet & mask;
  h->in_integer = h->number == mask;
  h->shift = 0;
}

static bool integer_more(hpack *h, uint8_t octet) {
  if (h->shift > 21) return false;
  h->number += (uint32_t)(octet & 0x7f) << h->shift;
  h->shift = (uint8_t)(h->shift + 7);
  h->in_integer = octet & 0x80;
  return h->number < INTEGER_MAX;
}

static void first_octet(hpack *h, uint8_t octet) {
  if (h->phase != PHASE_START) { /* a string's length */
    h->huffman = octet & 0x80;
    integer_start(h, octet, 7);
  } else if (octet & 0x80) {
    h->form = FORM_INDEXED;
    integer_start(h, octet, 7);
  } else if (octet & 0x40) {
    h->form = FORM_INDEXING;
    integer_start(h, octet, 6);
  } else if (octet & 0x20) {
    h->form = FORM_SIZE_UPDATE;
    integer_start(h, octet, 5);
  } else {
    h->form = FORM_PLAIN; /* without indexing, or never indexed */
    integer_start(h, octet, 4);
  }
}

/* The first integer of a representation is whole. PARSED: so is the field line. */
static parse_outcome index_done(hpack *h, name *value) {
  switch (h->form) {
    case FORM_INDEXED: return look_up(h, h->number, value);
    case FORM_SIZE_UPDATE:
      h->max_size = h->number;
      shrink_to(h, h->max_size);
      return PARSE_NEED_MORE;
    default:
      h->phase = h->number ? PHASE_VALUE_LEN : PHASE_NAME_LEN;
      return h->number && look_up(h, h->number, value) == PARSE_MALFORMED ? PARSE_MALFORMED
                                                                          : PARSE_NEED_MORE;
  }
}

static void string_start(hpack *h) {
  h->phase++;
  h->string_left = h->number;
  h->string_len = h->bits = h->bit_count = 0;
  /* Nobody asks for the decoded length of a value that goes nowhere. */
  if (h->phase == PHASE_VALUE && h->form == FORM_PLAIN && h->kind < HPACK_HOST) h->huffman = false;
}

/* Takes what is there of a string, keeping up to `keep` octets in h->text. */
static parse_outcome string_more(hpack *h, reader *in, uint32_t keep) {
  reader part;
  get_bytes(in, h->string_left < in->left ? h->string_left : in->left, &part);
  h->string_left -= (uint32_t)part.left;
  if (h->huffman) {
    if (huffman(h, part, keep) == PARSE_MALFORMED) return PARSE_MALFORMED;
  } else {
    for (size_t i = 0; i < part.left && h->string_len + i < keep; i++)
      h->text[h->string_len + i] = part.at[i];
    h->string_len += (uint32_t)part.left;
  }
  if (h->string_left) return PARSE_NEED_MORE;
  return h->huffman && !huffman_may_end(h) ? PARSE_MALFORMED : PARSE_PARSED;
}

static parse_outcome name_more(hpack *h, reader *in) {
  parse_outcome outcome = string_more(h, in, NAME_KEPT_MAX);
  if (outcome != PARSE_PARSED) return outcome;
  h->name_len = h->string_len;
  h->kind = h->name_len && h->text[0] == ':' ? HPACK_PSEUDO : HPACK_OTHER;
  if (h->name_len == 10 && !memcmp(h->text, ":authority", 10)) h->kind = HPACK_AUTHORITY;
  if (h->name_len == 4 && !memcmp(h->text, "host", 4)) h->kind = HPACK_HOST;
  h->phase = PHASE_VALUE_LEN;
  return PARSE_NEED_MORE;
}

static parse_outcome value_more(hpack *h, reader *in, name *value) {
  bool matters = h->kind >= HPACK_HOST;
  parse_outcome outcome = string_more(h, in, matters ? HPACK_TEXT_MAX : 0);
  if (outcome != PARSE_PARSED) return outcome;
  value->len = 0;
  if (matters && h->string_len <= HPACK_TEXT_MAX)
    name_from_authority(value, reader_of(h->text, h->string_len));
  if (h->form == FORM_INDEXING) insert(h, value);
  return PARSE_PARSED;
}

/* Goes on from where it is; NEED_MORE says only that no field line ended. */
static parse_outcome step(hpack *h, reader *in, name *value) {
  if (h->phase == PHASE_NAME) return name_more(h, in);
  if (h->phase == PHASE_VALUE) return value_more(h, in, value);
  uint8_t octet;
  if (!get_u8(in, &octet)) return PARSE_NEED_MORE;
  if (!h->in_integer)
    first_octet(h, octet);
  else if (!integer_more(h, octet))
    return PARSE_MALFORMED;
  if (h->in_integer) return PARSE_NEED_MORE;
  if (h->phase == PHASE_START) return index_done(h, value);
  string_start(h);
  return PARSE_NEED_MORE;
}

parse_outcome hpack_next(hpack *h, reader *in, hpack_kind *kind, name *value) {
  parse_outcome outcome;
  do outcome = step(h, in, value);
  while (outcome == PARSE_NEED_MORE &&
         (in->left || ((h->phase == PHASE_NAME || h->phase == PHASE_VALUE) && !h->string_left)));
  if (outcome == PARSE_PARSED) {
    h->phase = PHASE_START;
    *kind = (hpack_kind)h->kind;
  }
  return outcome;
}

bool hpack_may_end(const hpack *h) { return h->phase == PHASE_START && !h->in_integer; }
