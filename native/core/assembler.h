/* assembler.h -- bytes that arrive at offsets, put in order within a fixed block.
 *
 * Used for TCP segments and QUIC CRYPTO frames.  Where pieces overlap, the
 * bytes that came first stay: what has been judged cannot be rewritten. */
#ifndef WEIR_ASSEMBLER_H
#define WEIR_ASSEMBLER_H

#include "reader.h"

#define ASSEMBLER_RANGES 15 /* separate runs of bytes remembered */

typedef struct assembler {
  uint16_t count;
  uint16_t reserved;
  struct {
    uint32_t from, to;
  } runs[ASSEMBLER_RANGES]; /* sorted, disjoint, not touching */
} assembler;

typedef enum {
  ASSEMBLER_OK,
  ASSEMBLER_FULL /* beyond the block or too many runs: piece refused whole or in part */
} assembler_result;

/* Puts `piece` at `offset` of `block`, `size` bytes long. */
assembler_result assembler_put(assembler *a, uint8_t *block, size_t size, uint64_t offset,
                               reader piece);

/* Bytes from offset 0 on without a hole. */
size_t assembler_ready(const assembler *a);

/* Forgets the bytes before offset `n`, come or not, and moves what is behind them to the front. */
void assembler_drop(assembler *a, uint8_t *block, size_t n);

/* Offset of the first byte that came; 0 when none did. Above 0 there is a hole at the front. */
static inline size_t assembler_first(const assembler *a) { return a->count ? a->runs[0].from : 0; }

/* Makes room for `n` bytes before offset 0; false, with nothing changed, when they do not fit. */
bool assembler_shift(assembler *a, uint8_t *block, size_t size, size_t n);

#endif
