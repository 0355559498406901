/* assembler_*: against a map of bytes.  Four bytes an operation: what, offset, length, value. */
#include <stdlib.h>
#include <string.h>

#include "assembler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SIZE = 96 };

typedef struct model {
  bool came[SIZE];
  uint8_t byte[SIZE];
} model;

static void require(bool condition) {
  if (!condition) abort();
}

static unsigned runs_of(const model *m) {
  unsigned runs = 0;
  for (size_t i = 0; i < SIZE; i++) runs += m->came[i] && (i == 0 || !m->came[i - 1]);
  return runs;
}

/* The bytes of a piece count up from `value`, so that a wrong offset shows. */
static assembler_result model_put(model *m, size_t offset, size_t n, uint8_t value) {
  const model before = *m;
  bool is_full = false;
  for (size_t i = 0; i < n; i++) {
    if (offset + i >= SIZE) {
      is_full = true;
    } else if (!m->came[offset + i]) {
      m->came[offset + i] = true;
      m->byte[offset + i] = (uint8_t)(value + i);
    }
  }
  if (runs_of(m) <= ASSEMBLER_RANGES) return is_full ? ASSEMBLER_FULL : ASSEMBLER_OK;
  *m = before;
  return ASSEMBLER_FULL;
}

static void model_drop(model *m, size_t n) {
  const model before = *m;
  memset(m, 0, sizeof *m);
  for (size_t i = n; i < SIZE; i++) {
    m->came[i - n] = before.came[i];
    m->byte[i - n] = before.byte[i];
  }
}

static bool model_shift(model *m, size_t n) {
  const model before = *m;
  for (size_t i = SIZE - n; i < SIZE; i++)
    if (m->came[i]) return false;
  memset(m, 0, sizeof *m);
  for (size_t i = n; i < SIZE; i++) {
    m->came[i] = before.came[i - n];
    m->byte[i] = before.byte[i - n];
  }
  return true;
}

static void check(const assembler *a, const uint8_t *block, const model *m) {
  size_t ready = 0, first = 0, end = 0;
  bool came[SIZE] = {false};
  while (ready < SIZE && m->came[ready]) ready++;
  while (first < SIZE && !m->came[first]) first++;
  require(assembler_ready(a) == ready);
  require(assembler_first(a) == (first == SIZE ? 0 : first));
  require(a->count == runs_of(m) && a->count <= ASSEMBLER_RANGES);
  for (unsigned i = 0; i < a->count; i++) {
    require(a->runs[i].from < a->runs[i].to && a->runs[i].to <= SIZE);
    require(i == 0 || a->runs[i].from > end);
    end = a->runs[i].to;
    for (size_t k = a->runs[i].from; k < end; k++) came[k] = true;
  }
  for (size_t i = 0; i < SIZE; i++)
    require(came[i] == m->came[i] && (!came[i] || block[i] == m->byte[i]));
}

static void step(assembler *a, uint8_t *block, model *m, const uint8_t op[4]) {
  const size_t offset = op[1] % (SIZE + 8), n = op[2] % 40;
  if (op[0] % 8 == 0) {
    assembler_drop(a, block, offset);
    model_drop(m, offset);
  } else if (op[0] % 8 == 1) {
    const size_t by = offset % (SIZE + 1);
    require(assembler_shift(a, block, SIZE, by) == model_shift(m, by));
  } else {
    uint8_t *piece = malloc(n + !n);
    for (size_t i = 0; i < n; i++) piece[i] = (uint8_t)(op[3] + i);
    /* Half of the offsets beyond the block are beyond 32 bits too. */
    const uint64_t at = offset >= SIZE && op[0] & 0x80 ? offset + ((uint64_t)1 << 32) : offset;
    require(assembler_put(a, block, SIZE, at, reader_of(piece, n)) ==
            model_put(m, offset, n, op[3]));
    free(piece);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  assembler a = {0};
  model m = {0};
  uint8_t *block = calloc(SIZE, 1);
  for (size_t i = 0; i + 4 <= len && i < 4096; i += 4) {
    step(&a, block, &m, data + i);
    check(&a, block, &m);
  }
  free(block);
  return 0;
}
