/* A ruleset file of any content, its header made to pass, then asked every question there is:
 * nothing may be read outside the file (ASan), and every answer keeps its promises. */
#include "../test/ruleset_ask.h"

enum { HEADER = 512, QUERY = 32, VERSION = 4 };

static void seal(uint8_t *file, size_t len) {
  static const uint8_t magic[10] = {0x89, 'W', 'E', 'I', 'R', '\r', '\n', 0x1a, VERSION, 0};
  memcpy(file, magic, sizeof magic);
  uint32_t h = 0x811c9dc5u;
  for (unsigned i = 0; i < 4; i++) {
    file[16 + i] = (uint8_t)(len >> 8 * i);
    file[20 + i] = 0;
  }
  for (unsigned i = 0; i < HEADER; i++) h = (h ^ (i >= 12 && i < 16 ? 0u : file[i])) * 0x01000193u;
  for (unsigned i = 0; i < 4; i++) file[12 + i] = (uint8_t)(h >> 8 * i);
}

static void ask_names(const weir_ruleset *r, const uint8_t *query) {
  static const char *const names[] = {"www.malware.test", "ads.example.test", "b.www.test",
                                      "h3.list-0.example", "x.h31.list-1.example"};
  char own[WEIR_NAME_MAX];
  for (size_t len = 0; len <= QUERY; len += 3) ask_name(r, query, len);
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    ask_name(r, names[i], strlen(names[i]));
  /* The file's own names get furthest. */
  for (uint32_t rule = 0; rule < 16; rule++) {
    size_t len = weir_ruleset_text(r, rule, own, sizeof own);
    if (len <= sizeof own) ask_name(r, own, len);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  weir_ruleset r;
  weir_addr addr;
  if (size < HEADER + QUERY) return 0;
  const uint8_t *query = data + size - QUERY;
  uint8_t *file = malloc(size);
  memcpy(file, data, size);
  (void)weir_ruleset_open(&r, (weir_bytes){file, size});
  seal(file, size);
  if (weir_ruleset_open(&r, (weir_bytes){file, size}) == WEIR_OK) {
    ask_names(&r, query);
    for (size_t at = 0; at <= 16; at += 4) {
      memcpy(addr.octets, query + at, 16);
      ask_addr(&r, &addr);
      memcpy(addr.octets, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
      ask_addr(&r, &addr);
    }
    for (uint32_t rule = 0; rule < 64; rule++) ask_rule(&r, rule);
    for (uint32_t rule = 0; rule < 64; rule++) ask_rule(&r, r.rule_count - rule);
  }
  free(file);
  return 0;
}
