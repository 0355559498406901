/* replay.c -- the engine as a WebAssembly module: a capture and a ruleset in, records out.
 *
 * Its memory is a stack of blocks: reserve() gives the next, zeroed; nothing is given back, a module's
 * instance is made for one capture.  What comes out is handed to functions of the host's. */
#include "record_bytes.h"
#include "replay_feed.h"
#include "rule_line.h"

#define PAGE         65536u
#define HOST(name)   __attribute__((import_module("host"), import_name(#name))) void name
#define EXPORT(name) __attribute__((export_name(#name))) name

HOST(take_record)(const uint8_t *bytes, size_t len);
HOST(take_text)(const char *text, size_t len);

extern uint8_t __heap_base;
static size_t taken;

/* 64-byte aligned, NULL when the host has no more. */
void *EXPORT(reserve)(size_t len) {
  if (!taken) taken = ((size_t)&__heap_base + 63) & ~(size_t)63;
  size_t at = taken, size = (len + 63) & ~(size_t)63, have = __builtin_wasm_memory_size(0) * PAGE;
  if (size < len || size > SIZE_MAX - PAGE - at) return NULL;
  if (at + size > have) {
    size_t pages = (at + size - have + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) return NULL;
  }
  taken = at + size;
  return (void *)at;
}

static void hand_over(const weir_record *records, size_t count) {
  uint8_t bytes[sizeof *records];
  for (size_t i = 0; i < count; i++) {
    record_bytes(&records[i], bytes);
    take_record(bytes, sizeof bytes);
  }
}

/* parse_outcome: how the capture ended; -1: no room, or no ruleset.  No rules when `rules_len` is 0. */
int EXPORT(replay)(const uint8_t *file, size_t len, const uint8_t *rules, size_t rules_len) {
  static capture c;
  weir_crypto crypto;
  weir_engine *engine;
  weir_ruleset view;
  weir_config config = feed_config(&crypto);
  size_t size = feed_size(&config);
  void *memory = reserve(size);
  if (!memory || weir_engine_init(&engine, memory, size, &config) != WEIR_OK) return -1;
  if (rules_len && weir_ruleset_open(&view, (weir_bytes){rules, rules_len}) != WEIR_OK) return -1;
  if (rules_len) weir_engine_use(engine, &view);
  return (int)feed_capture(engine, &c, reader_of(file, len), hand_over);
}

/* What the C program of that name prints with --rules; false: no ruleset. */
bool EXPORT(rules)(const uint8_t *bytes, size_t len) {
  char line[RULE_LINE_MAX];
  weir_ruleset view;
  if (weir_ruleset_open(&view, (weir_bytes){bytes, len}) != WEIR_OK) return false;
  for (unsigned i = 0; i < view.category_count; i++) {
    weir_bytes category = weir_ruleset_category(&view, i);
    take_text((const char *)category.base, category.len);
    take_text("\n", 1);
  }
  take_text("\n", 1);
  for (uint32_t i = 0; i < view.rule_count; i++) take_text(line, rule_line(&view, i, line));
  return true;
}
