/* How often a look-up reads a block of names, counted: a name costs what its labels are, whatever they say. */
#include "ruleset_file.h"
#include "test.h"

#include "ruleset.h"

static unsigned blocks_read;
static bool counted_block_for(const weir_ruleset_blocks *blocks, uint64_t hash,
                              ruleset_block *out) {
  blocks_read++;
  return ruleset_block_for(blocks, hash, out);
}
#define ruleset_block_for counted_block_for
#include "../core/ruleset_name.c"
#undef ruleset_block_for

int main(void) {
  static char name[WEIR_NAME_MAX + 1];
  static const char *const lists[] = {"bad"};
  ruleset_file f = file_new();
  file_lists(&f, lists, 1, 1000);
  unsigned self = file_verdict(&f, WEIR_ACTION_BLOCK, 7, FILE_SELF, 1);
  for (unsigned i = 0; i < WEIR_NAME_MAX; i++) name[i] = i % 2 ? '.' : 'x'; /* 127 labels */
  /* Every name above it is listed, but none speaks for what is below: nothing ends the look-up. */
  for (unsigned i = 2; i < WEIR_NAME_MAX; i += 2) file_name_entry(&f, name + i, self, i);
  file_number_names(&f);
  weir_bytes file = file_write(&f);
  weir_ruleset r;
  weir_match m[8];
  CHECK_EQ(weir_ruleset_open(&r, file), WEIR_OK);
  weir_bytes whole = {(const uint8_t *)name, WEIR_NAME_MAX};
  CHECK(!weir_ruleset_match_name(&r, whole, m));
  CHECK(blocks_read >= 126 && blocks_read <= 127); /* one a label */
  blocks_read = 0;
  CHECK_EQ(weir_ruleset_explain_name(&r, whole, m, 8), 0);
  CHECK(blocks_read <= 3 * 127); /* and one more for names without an entry */
  CHECK(sizeof r <= 16384);      /* what a view takes, beside the mapped file */
  file_free(&f);
  free((void *)(uintptr_t)file.base);
  return test_end("ruleset_work");
}
