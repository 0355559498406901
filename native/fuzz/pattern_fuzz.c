/* Sections 22 to 25 of any content, asked for any text: nothing is read outside of them (ASan), and one text
 * costs no more than RULESET.md says. */
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "ruleset.h"

#define VISITS_MAX (251u * 64u + 4096u)

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

typedef struct told {
  const weir_ruleset *rules;
  uint32_t visits, sum;
} told;

static void tell(void *context, uint32_t pattern) {
  told *t = context;
  ruleset_pattern info;
  REQUIRE(pattern < t->rules->pattern_count && ++t->visits <= VISITS_MAX);
  t->sum = t->sum * 31 + pattern;
  if (!ruleset_pattern_info(t->rules, pattern, &info)) return;
  weir_bytes texts = t->rules->patterns[3];
  REQUIRE(info.rank <= 9 && info.text.base >= texts.base &&
          info.text.len <= (size_t)(texts.base + texts.len - info.text.base));
}

/* In memory of just its size: ASan sees one byte too many. */
static weir_bytes copy_of(reader part) {
  uint8_t *copy = malloc(part.left ? part.left : 1);
  memcpy(copy, part.at, part.left);
  return (weir_bytes){copy, part.left};
}

/* u8 text's length, the text, u16 rules, u16 lengths of three sections, these, and the fourth. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  reader in = reader_of(data, size), part[5];
  uint16_t count;
  if (!get_block(&in, 1, &part[4]) || !get_u16(&in, &count)) return 0;
  for (unsigned i = 0; i < 3; i++) {
    if (!get_block(&in, 2, &part[i])) return 0;
  }
  part[3] = in;
  weir_ruleset r = {.pattern_count = count};
  for (unsigned i = 0; i < 4; i++) r.patterns[i] = copy_of(part[i]);
  weir_bytes text = copy_of(part[4]);
  if (ruleset_patterns_place(&r)) {
    told first = {&r, 0, 0}, again = {&r, 0, 0};
    ruleset_pattern info;
    ruleset_match_patterns(&r, text, tell, &first);
    ruleset_match_patterns(&r, text, tell, &again);
    REQUIRE(first.visits == again.visits && first.sum == again.sum);
    for (uint32_t rule = 0; rule < 4; rule++) (void)ruleset_pattern_info(&r, rule, &info);
    REQUIRE(!ruleset_pattern_info(&r, count, &info));
  }
  for (unsigned i = 0; i < 4; i++) free((void *)(uintptr_t)r.patterns[i].base);
  free((void *)(uintptr_t)text.base);
  return 0;
}
