#include "assembler.h"

#include <string.h>

/* Copies what of [from, to) no run holds. */
static void fill_gaps(const assembler *a, uint8_t *block, uint32_t from, uint32_t to,
                      const uint8_t *bytes) {
  uint32_t at = from;
  for (unsigned i = 0; i < a->count && at < to; i++) {
    if (a->runs[i].to <= at) continue;
    if (a->runs[i].from >= to) break;
    if (a->runs[i].from > at) memcpy(block + at, bytes + (at - from), a->runs[i].from - at);
    at = a->runs[i].to;
  }
  if (at < to) memcpy(block + at, bytes + (at - from), to - at);
}

/* Joins [from, to) with every run it meets or touches; false when that would be one run too many. */
static bool join_runs(assembler *a, uint32_t from, uint32_t to) {
  unsigned first = 0;
  while (first < a->count && a->runs[first].to < from) first++;
  unsigned last = first; /* one behind the last run that is met */
  while (last < a->count && a->runs[last].from <= to) last++;
  if (first == last) {
    if (a->count == ASSEMBLER_RANGES) return false;
    memmove(&a->runs[first + 1], &a->runs[first], (a->count - first) * sizeof a->runs[0]);
    a->count++;
  } else {
    if (a->runs[first].from < from) from = a->runs[first].from;
    if (a->runs[last - 1].to > to) to = a->runs[last - 1].to;
    memmove(&a->runs[first + 1], &a->runs[last], (a->count - last) * sizeof a->runs[0]);
    a->count = (uint16_t)(a->count - (last - first - 1));
  }
  a->runs[first].from = from;
  a->runs[first].to = to;
  return true;
}

assembler_result assembler_put(assembler *a, uint8_t *block, size_t size, uint64_t offset,
                               reader piece) {
  if (!piece.left) return ASSEMBLER_OK;
  if (size > UINT32_MAX) size = UINT32_MAX;
  if (offset >= size) return ASSEMBLER_FULL;
  assembler_result result = ASSEMBLER_OK;
  if (piece.left > size - offset) {
    piece.left = size - (size_t)offset;
    result = ASSEMBLER_FULL;
  }
  uint32_t from = (uint32_t)offset, to = (uint32_t)(offset + piece.left);
  /* The gaps are found with the runs as they were, and kept only if the runs can hold them. */
  assembler before = *a;
  if (!join_runs(a, from, to)) return ASSEMBLER_FULL;
  fill_gaps(&before, block, from, to, piece.at);
  return result;
}

size_t assembler_ready(const assembler *a) {
  return a->count && a->runs[0].from == 0 ? a->runs[0].to : 0;
}

void assembler_drop(assembler *a, uint8_t *block, size_t n) {
  if (!a->count || !n) return;
  uint32_t end = a->runs[a->count - 1].to;
  uint32_t cut = n < end ? (uint32_t)n : end;
  memmove(block, block + cut, end - cut);
  unsigned kept = 0;
  for (unsigned i = 0; i < a->count; i++) {
    if (a->runs[i].to <= cut) continue;
    a->runs[kept].from = a->runs[i].from > cut ? a->runs[i].from - cut : 0;
    a->runs[kept].to = a->runs[i].to - cut;
    kept++;
  }
  a->count = (uint16_t)kept;
}

bool assembler_shift(assembler *a, uint8_t *block, size_t size, size_t n) {
  uint32_t end = a->count ? a->runs[a->count - 1].to : 0;
  if (n > size || end > size - n) return false;
  memmove(block + n, block, end);
  for (unsigned i = 0; i < a->count; i++) {
    a->runs[i].from += (uint32_t)n;
    a->runs[i].to += (uint32_t)n;
  }
  return true;
}
