/* A ruleset cut short or damaged anywhere is refused, or answers without reading outside the file
 * (ASan) and without an answer that breaks its promises. */
#include "ruleset_ask.h"
#include "ruleset_file.h"
#include "ruleset_golden.h"
#include "test.h"

enum { ROUNDS = 6000 };

/* One of everything that a file may hold, patterns apart. */
static weir_bytes rich_file(void) {
  static const char *const lists[] = {"ads", "malware"};
  static char names[40][32];
  ruleset_file f = file_new();
  file_lists(&f, lists, 2, 500);
  unsigned block = file_verdict(&f, WEIR_ACTION_BLOCK, 7, 3, 1);
  unsigned self = file_verdict(&f, WEIR_ACTION_ALLOW, 6, FILE_SELF | FILE_AUDITED, 0);
  unsigned off = file_verdict(&f, WEIR_ACTION_NONE, 10, 3, 0);
  for (unsigned i = 0; i < 40; i++) {
    snprintf(names[i], sizeof names[i], "h%u.list-%u.example", i, i % 3);
    if (i < 30)
      file_name_entry(&f, names[i], i % 7 ? block : off, i + 1);
    else
      file_silent(&f, names[i]);
  }
  file_name_entry(&f, "www.test", self, 7);
  file_name_entry(&f, "test", block, 8);
  file_number_names(&f);
  for (uint32_t slot = 0; slot < 42; slot += 2)
    for (unsigned k = 0; k < 3; k++) file_further(&f, slot, file_packed(slot + k, 5 + k, k));
  for (uint32_t entry = 1; entry < 20; entry += 4) file_alias(&f, entry, entry * 4);
  for (uint32_t i = 0; i < 16; i++) file_network(&f, 0, i << 28 | i << 8, 0, 24 + i % 8, block, i);
  for (uint32_t i = 0; i < 9; i++)
    file_network(&f, 1, UINT64_C(0x20010db800000000) + i * 65536, 0, 48, self, i);
  for (uint32_t i = 0; i < 9; i++)
    file_network(&f, 2, UINT64_C(0x20010db800000000), i, 128, block, i);
  for (uint32_t i = 0; i < 9; i++) file_lost4(&f, i << 28, 4, file_packed(i + 1, 7, 3));
  for (uint32_t i = 0; i < 9; i++)
    file_lost6(&f, UINT64_C(0x20010db800000000), i, 128, file_packed(i + 1, 8, 3));
  file_bytes *notes = &f.section[19];
  for (uint32_t i = 0; i < 3; i++) {
    file_put_number(notes, i, 4), file_put_number(notes, 36, 4);
    file_put_number(notes, 5, 2), file_put_number(notes, i, 2);
  }
  file_put(notes, "Title", 5);
  f.notes = 3;
  weir_bytes bytes = file_write(&f);
  file_free(&f);
  return bytes;
}

static weir_addr mapped(uint32_t a) {
  weir_addr out = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
  for (unsigned i = 0; i < 4; i++) out.octets[12 + i] = (uint8_t)(a >> (24 - 8 * i));
  return out;
}

static void ask_all(const weir_ruleset *r) {
  static const char *const names[] = {"www.test",           "a.b.test",
                                      "malware.test",       "h3.list-0.example",
                                      "h33.list-0.example", "x.h4.list-1.example",
                                      "ads.example.test",   "1.2.3.4"};
  static const weir_addr six = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}};
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    ask_name(r, names[i], strlen(names[i]));
  const weir_addr fours[] = {mapped(0x10000105), mapped(0xc0000235), mapped(0)};
  for (unsigned i = 0; i < 3; i++) ask_addr(r, &fours[i]);
  ask_addr(r, &six);
  for (uint32_t rule = 0; rule < 160; rule++) ask_rule(r, rule);
  ask_rule(r, r->rule_count - 1);
  ask_rule(r, r->rule_count);
}

static uint64_t state = 42;
static uint32_t random_below(uint32_t n) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16) % n;
}

static void headers_are_checked(weir_bytes file) {
  uint8_t *bytes = (uint8_t *)(uintptr_t)file.base;
  weir_ruleset r;
  for (size_t at = 0; at < FILE_HEADER; at++) {
    uint8_t was = bytes[at];
    for (unsigned k = 0; k < 4; k++) {
      bytes[at] = (uint8_t)(k == 0 ? was ^ 0x41 : k == 1 ? was + 1u : k == 2 ? 0xff : 0);
      if (bytes[at] == was) continue;
      CHECK(weir_ruleset_open(&r, file) != WEIR_OK); /* the checksum */
      CHECK_EQ(r.rule_count, 0);
      uint64_t sum = file_get(bytes + 12, 4);
      file_seal(bytes); /* behind which nothing may harm either */
      if (weir_ruleset_open(&r, file) == WEIR_OK) ask_all(&r);
      file_set(bytes + 12, sum, 4);
    }
    bytes[at] = was;
  }
}

static void cuts_are_refused(weir_bytes file) {
  weir_ruleset r;
  for (size_t len = 0; len < file.len; len++) {
    uint8_t *cut = malloc(len ? len : 1);
    memcpy(cut, file.base, len);
    CHECK_EQ(weir_ruleset_open(&r, (weir_bytes){cut, len}), WEIR_BAD_RULESET);
    if (len >= FILE_HEADER) { /* and one whose header says so */
      file_set(cut + 16, len, 4);
      file_seal(cut);
      if (weir_ruleset_open(&r, (weir_bytes){cut, len}) == WEIR_OK) ask_all(&r);
    }
    free(cut);
  }
}

/* Where a few bytes of any place hold other numbers: small ones, large ones, any. */
static void damage_is_harmless(weir_bytes file) {
  uint8_t *bytes = malloc(file.len);
  weir_ruleset r;
  unsigned opened = 0;
  for (unsigned round = 0; round < ROUNDS; round++) {
    memcpy(bytes, file.base, file.len);
    for (unsigned n = 1 + random_below(8); n; n--) {
      size_t at = random_below((uint32_t)file.len);
      if (at < 64 && at != 24) at += 64; /* magic, version and sums are for the others to test */
      unsigned width = 1 + random_below(4);
      static const uint32_t numbers[] = {0, 1, 0xff, 0xffff, 0xffffffff, 0x7fffffff, 0x80000000};
      uint32_t value = random_below(2) ? numbers[random_below(7)] : random_below(UINT32_MAX);
      for (unsigned i = 0; i < width && at + i < file.len; i++)
        bytes[at + i] = (uint8_t)(value >> 8 * i);
    }
    file_seal(bytes);
    if (weir_ruleset_open(&r, (weir_bytes){bytes, file.len}) != WEIR_OK) continue;
    opened++;
    ask_all(&r);
  }
  CHECK(opened > ROUNDS / 4); /* else it tested little */
  free(bytes);
}

static void damage(weir_bytes file) {
  weir_ruleset r;
  CHECK_EQ(weir_ruleset_open(&r, file), WEIR_OK);
  if (r.rule_count) ask_all(&r);
  uint8_t *moved = malloc(file.len + 8);
  memcpy(moved + 1, file.base, file.len);
  CHECK_EQ(weir_ruleset_open(&r, (weir_bytes){moved + 1, file.len}), WEIR_BAD_RULESET);
  free(moved);
  headers_are_checked(file);
  cuts_are_refused(file);
  damage_is_harmless(file);
}

int main(void) {
  weir_ruleset r;
  CHECK_EQ(weir_ruleset_open(&r, (weir_bytes){NULL, 0}), WEIR_BAD_RULESET);
  weir_bytes rich = rich_file();
  damage(rich);
  ((uint8_t *)(uintptr_t)rich.base)[8] = 1;
  CHECK_EQ(weir_ruleset_open(&r, rich), WEIR_RULESET_VERSION);
  free((void *)(uintptr_t)rich.base);
  uint8_t *golden = malloc(sizeof ruleset_golden);
  memcpy(golden, ruleset_golden, sizeof ruleset_golden);
  damage((weir_bytes){golden, sizeof ruleset_golden});
  free(golden);
  return test_end("ruleset_damage");
}
