/* ruleset_program.c -- one pattern against one text: a wildcard's pieces from left to right, or an
 * automaton that reads the text once.  Nothing of the program is taken to be sound. */
#include "ruleset_program.h"
#include "ruleset.h"

#define HEAD      3u /* where the first piece may begin */
#define ENDED     4u /* the last piece ends the text */
#define WIDE      8u /* states have two bytes */
#define AUTOMATON 16u

#define SYMBOLS 40u

enum { ANYWHERE, AT_START, AT_LABEL };
/* The first two states: what follows changes nothing any more. */
enum { LOST, FOUND, FIRST_STATE };

/* A symbol's number and one; 0: no name has such a byte. */
static const uint8_t symbol_of[256] = {
    ['a'] = 1,  ['b'] = 2,  ['c'] = 3,  ['d'] = 4,  ['e'] = 5,  ['f'] = 6,  ['g'] = 7,  ['h'] = 8,
    ['i'] = 9,  ['j'] = 10, ['k'] = 11, ['l'] = 12, ['m'] = 13, ['n'] = 14, ['o'] = 15, ['p'] = 16,
    ['q'] = 17, ['r'] = 18, ['s'] = 19, ['t'] = 20, ['u'] = 21, ['v'] = 22, ['w'] = 23, ['x'] = 24,
    ['y'] = 25, ['z'] = 26, ['0'] = 27, ['1'] = 28, ['2'] = 29, ['3'] = 30, ['4'] = 31, ['5'] = 32,
    ['6'] = 33, ['7'] = 34, ['8'] = 35, ['9'] = 36, ['-'] = 37, ['.'] = 38, ['_'] = 39, [':'] = 40,
};

/* Where `piece` stands first at or behind `from`; SIZE_MAX when nowhere. */
static size_t find(weir_bytes text, size_t from, reader piece, bool at_label) {
  for (size_t at = from; piece.left <= text.len - at; at++) {
    if (text.base[at] != *piece.at) continue;
    if (at_label && at && text.base[at - 1] != '.') continue;
    if (!memcmp(text.base + at, piece.at, piece.left)) return at;
  }
  return SIZE_MAX;
}

static bool wildcard_matches(reader p, unsigned flags, weir_bytes text) {
  uint8_t count;
  reader lengths, piece;
  if (!get_u8(&p, &count) || !count || !get_bytes(&p, count, &lengths)) return false;
  size_t from = 0; /* the leftmost place of each piece leaves most room for the next */
  for (unsigned i = 0; i < count; i++) {
    if (!get_bytes(&p, lengths.at[i], &piece) || !piece.left) return false;
    if (piece.left > text.len - from) return false;
    unsigned head = i ? ANYWHERE : flags & HEAD;
    bool last = (flags & ENDED) && i + 1u == count;
    if (last && head == AT_START && piece.left != text.len) return false;
    if (last) from = text.len - piece.left;
    size_t at = last || head == AT_START ? from : find(text, from, piece, head == AT_LABEL);
    if (at == SIZE_MAX || memcmp(text.base + at, piece.at, piece.left)) return false;
    if (head == AT_LABEL && at && text.base[at - 1] != '.') return false;
    from = at + piece.left;
  }
  return true;
}

static bool automaton_matches(reader p, unsigned flags, weir_bytes text) {
  uint8_t classes;
  reader number, map;
  if (!get_u8(&p, &classes) || !get_bytes(&p, 4, &number) || !get_bytes(&p, SYMBOLS, &map))
    return false;
  unsigned state = load_le16(number.at), rows = load_le16(number.at + 2);
  size_t width = flags & WIDE ? 2 : 1, row = (classes + 1u) * width;
  if (p.left < rows * row) return false;
  const uint8_t *next = p.at;
  for (size_t i = 0; i <= text.len; i++) {
    if (state < FIRST_STATE) return state == FOUND;
    if (state - FIRST_STATE >= rows) return false;
    unsigned column = classes; /* the last one: the text's end */
    if (i < text.len) {
      unsigned symbol = symbol_of[text.base[i]];
      if (!symbol || map.at[symbol - 1] >= classes) return false;
      column = map.at[symbol - 1];
    }
    const uint8_t *cell = next + (state - FIRST_STATE) * row + column * width;
    state = width == 1 ? *cell : load_le16(cell);
  }
  return state == FOUND;
}

bool program_matches(reader program, weir_bytes text) {
  uint8_t flags;
  if (!get_u8(&program, &flags)) return false;
  return flags & AUTOMATON ? automaton_matches(program, flags, text)
                           : wildcard_matches(program, flags, text);
}
