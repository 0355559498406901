/* A ruleset file of any content, its header made to pass, then asked for names, addresses and
 * rules: nothing may be read outside the file (ASan), and every answer keeps its promises. */
#include <stdlib.h>
#include <string.h>

#include "weir.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

static void seal(uint8_t *file, size_t len) {
  static const uint8_t magic[10] = {0x89, 'W', 'E', 'I', 'R', '\r', '\n', 0x1a, 1, 0};
  memcpy(file, magic, sizeof magic);
  uint32_t h = 0x811c9dc5u;
  for (unsigned i = 0; i < 4; i++) {
    file[16 + i] = (uint8_t)(len >> 8 * i);
    file[20 + i] = 0;
  }
  for (unsigned i = 0; i < 256; i++) h = (h ^ (i >= 12 && i < 16 ? 0u : file[i])) * 0x01000193u;
  for (unsigned i = 0; i < 4; i++) file[12 + i] = (uint8_t)(h >> 8 * i);
}

static void within(weir_bytes inner, weir_bytes file) {
  REQUIRE(!inner.len || (inner.base >= file.base && inner.base <= file.base + file.len &&
                         inner.len <= (size_t)(file.base + file.len - inner.base)));
}

static void ask_rule(const weir_ruleset *r, uint32_t rule) {
  weir_bytes list, text;
  uint32_t line;
  weir_match m;
  char out[WEIR_NAME_MAX];
  if (weir_ruleset_provenance(r, rule, &list, &line, &text)) {
    within(list, r->file);
    within(text, r->file);
  }
  REQUIRE(weir_ruleset_text(r, rule, out) <= sizeof out);
  if (weir_ruleset_rule(r, rule, &m)) {
    REQUIRE(m.rule == rule && m.action <= WEIR_ACTION_BLOCK);
    within(weir_ruleset_category(r, m.category), r->file);
  }
}

static void ask_name(const weir_ruleset *r, const uint8_t *bytes, size_t len) {
  uint8_t *name = malloc(len ? len : 1); /* exact size: ASan sees one byte too many */
  weir_match m, again;
  memcpy(name, bytes, len);
  if (weir_ruleset_match_name(r, (weir_bytes){name, len}, &m)) {
    REQUIRE(m.rule < r->name_count && m.action != WEIR_ACTION_NONE);
    REQUIRE(weir_ruleset_rule(r, m.rule, &again) || r->block_count > 1);
  }
  free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  weir_ruleset r;
  if (size < 256 + 32) return 0;
  const uint8_t *query = data + size - 32;
  uint8_t *file = malloc(size);
  memcpy(file, data, size);
  (void)weir_ruleset_open(&r, (weir_bytes){file, size});
  seal(file, size);
  if (weir_ruleset_open(&r, (weir_bytes){file, size}) == WEIR_OK) {
    weir_addr addr;
    weir_match m;
    for (size_t len = 0; len <= 32; len++) ask_name(&r, query, len);
    ask_name(&r, (const uint8_t *)"www.malware.test", 16);
    ask_name(&r, (const uint8_t *)"ads.example.test", 16);
    for (size_t at = 0; at <= 16; at++) {
      memcpy(addr.octets, query + at, 16);
      (void)weir_ruleset_match_addr(&r, &addr, &m);
    }
    memcpy(addr.octets, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
    (void)weir_ruleset_match_addr(&r, &addr, &m);
    for (uint32_t rule = 0; rule < 64; rule++) ask_rule(&r, rule);
    ask_rule(&r, r.rule_count - 1);
    ask_rule(&r, UINT32_MAX);
  }
  free(file);
  return 0;
}
