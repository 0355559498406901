/* A head: prefixes ask for more, a refusal stands whatever follows, and bytes behind a head change
 * nothing.  A chunked body: however it is cut, it ends at the same byte. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http1.h"

typedef parse_outcome (*head_parser)(reader *in, http_head *out, size_t *need);

static void check_name(const name *n) {
  assert(n->len <= WEIR_NAME_MAX);
  for (size_t i = 0; i < n->len; i++) assert(n->text[i] > ' ' && n->text[i] < 0x7f);
}

/* A call on memory of exactly `len` bytes; how many it consumed goes to `consumed`. */
static parse_outcome call(head_parser parse, const uint8_t *bytes, size_t len, http_head *out,
                          size_t *consumed) {
  uint8_t *copy = malloc(len ? len : 1);
  if (len) memcpy(copy, bytes, len);
  reader in = reader_of(copy, len);
  size_t need = 0;
  parse_outcome outcome = parse(&in, out, &need);
  assert(in.left <= len && in.at + in.left == copy + len);
  *consumed = len - in.left;
  assert(outcome == PARSE_PARSED ? *consumed > 0 : *consumed == 0);
  assert(outcome != PARSE_NEED_MORE || need > len);
  check_name(&out->host), check_name(&out->target_host);
  free(copy);
  return outcome;
}

static void fuzz_head(head_parser parse, const uint8_t *bytes, size_t len) {
  http_head whole, part;
  size_t consumed, ignored;
  parse_outcome outcome = call(parse, bytes, len, &whole, &consumed);
  size_t end = outcome == PARSE_PARSED ? consumed : len;
  for (size_t n = 0; n < end; n += n < 512 ? 1 : 61) {
    parse_outcome cut = call(parse, bytes, n, &part, &ignored);
    assert(cut == PARSE_NEED_MORE || (outcome != PARSE_PARSED && cut == outcome));
  }
  if (outcome != PARSE_PARSED) return;
  assert(call(parse, bytes, end, &part, &ignored) == PARSE_PARSED && ignored == end);
  assert(!memcmp(&part, &whole, sizeof part));
}

static parse_outcome chunks(const uint8_t *bytes, size_t len, size_t step, size_t *consumed) {
  uint64_t left = 0;
  parse_outcome outcome = PARSE_NEED_MORE;
  size_t at = 0;
  while (at < len && outcome == PARSE_NEED_MORE) {
    size_t n = len - at < step ? len - at : step;
    reader in = reader_of(bytes + at, n);
    outcome = http1_chunks(&in, &left);
    assert(in.left <= n && (outcome != PARSE_NEED_MORE || !in.left));
    at += n - in.left;
  }
  *consumed = at;
  return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  fuzz_head(http1_request, bytes, len);
  fuzz_head(http1_response, bytes, len);
  size_t whole, pieces;
  parse_outcome outcome = chunks(bytes, len, len ? len : 1, &whole);
  for (size_t step = 1; step < 4; step++)
    assert(chunks(bytes, len, step, &pieces) == outcome && pieces == whole);
  return 0;
}
