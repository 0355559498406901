/* assembler_test.c -- pieces in every order, overlaps, holes, and the ends of the block. */
#include "test.h"

#include "assembler.h"

enum { SIZE = 64 };

typedef struct fixture {
  assembler a;
  uint8_t *block; /* of exactly SIZE bytes */
} fixture;

static fixture begin(void) { return (fixture){.block = calloc(SIZE, 1)}; }

static void end(fixture *f) { free(f->block); }

static assembler_result put(fixture *f, uint64_t offset, const char *text) {
  const size_t n = strlen(text);
  uint8_t *piece = malloc(n + !n);
  memcpy(piece, text, n);
  const assembler_result result = assembler_put(&f->a, f->block, SIZE, offset, reader_of(piece, n));
  free(piece);
  return result;
}

static void check_ready(const fixture *f, const char *expected) {
  CHECK_TEXT(f->block, assembler_ready(&f->a), expected);
}

static void test_order(void) {
  /* "abcdef" in three pieces, in each of the six orders. */
  static const struct {
    uint64_t offset;
    const char *text;
  } pieces[] = {{0, "ab"}, {2, "cd"}, {4, "ef"}};
  static const uint8_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (size_t i = 0; i < 6; i++) {
    fixture f = begin();
    check_ready(&f, "");
    for (size_t k = 0; k < 3; k++)
      CHECK_EQ(put(&f, pieces[orders[i][k]].offset, pieces[orders[i][k]].text), ASSEMBLER_OK);
    check_ready(&f, "abcdef");
    CHECK_EQ(f.a.count, 1);
    end(&f);
  }
}

static void test_overlap(void) {
  fixture f = begin();
  put(&f, 2, "CD");
  put(&f, 6, "GH");
  CHECK_EQ(assembler_first(&f.a), 2);
  CHECK_EQ(put(&f, 0, "abcdefghij"), ASSEMBLER_OK); /* fills what was not there, and no more */
  check_ready(&f, "abCDefGHij");
  CHECK_EQ(put(&f, 0, "zzzzzzzzzz"), ASSEMBLER_OK); /* the same again, rewritten */
  CHECK_EQ(put(&f, 4, "zz"), ASSEMBLER_OK);
  check_ready(&f, "abCDefGHij");
  CHECK_EQ(put(&f, 8, "zzkl"), ASSEMBLER_OK);
  check_ready(&f, "abCDefGHijkl");
  CHECK_EQ(put(&f, 3, ""), ASSEMBLER_OK);
  CHECK_EQ(f.a.count, 1);
  end(&f);
}

static void test_bounds(void) {
  fixture f = begin();
  CHECK_EQ(put(&f, SIZE - 2, "yz"), ASSEMBLER_OK);
  CHECK_EQ(put(&f, SIZE - 4, "wxyz!"), ASSEMBLER_FULL); /* what fits is kept */
  CHECK_EQ(f.a.runs[0].from, SIZE - 4);
  CHECK_EQ(f.a.runs[0].to, SIZE);
  CHECK(!memcmp(f.block + SIZE - 4, "wxyz", 4));
  CHECK_EQ(put(&f, SIZE, "a"), ASSEMBLER_FULL);
  CHECK_EQ(put(&f, UINT64_MAX, "a"), ASSEMBLER_FULL);
  CHECK_EQ(put(&f, (uint64_t)UINT32_MAX + 1, "a"), ASSEMBLER_FULL); /* no narrow cursor */
  CHECK_EQ(f.a.count, 1);
  check_ready(&f, "");
  end(&f);
}

static void test_runs(void) {
  fixture f = begin();
  for (uint64_t i = 0; i < ASSEMBLER_RANGES; i++) CHECK_EQ(put(&f, 1 + 2 * i, "x"), ASSEMBLER_OK);
  CHECK_EQ(put(&f, 40, "y"), ASSEMBLER_FULL); /* one run too many: nothing of it is kept */
  CHECK_EQ(f.a.count, ASSEMBLER_RANGES);
  CHECK_EQ(f.block[40], 0);
  CHECK_EQ(put(&f, 2, "a"), ASSEMBLER_OK); /* one that joins two is welcome */
  CHECK_EQ(f.a.count, ASSEMBLER_RANGES - 1);
  CHECK_EQ(put(&f, 40, "y"), ASSEMBLER_OK);
  CHECK_EQ(put(&f, 0, "0123456789012345678901234567890123456789"), ASSEMBLER_OK);
  CHECK_EQ(f.a.count, 1);
  check_ready(&f, "0xax4x6x8x0x2x4x6x8x0x2x4x6x8x0123456789y");
  end(&f);
}

static void test_drop(void) {
  fixture f = begin();
  put(&f, 0, "abcdef");
  put(&f, 8, "ij");
  assembler_drop(&f.a, f.block, 0);
  check_ready(&f, "abcdef");
  assembler_drop(&f.a, f.block, 4);
  check_ready(&f, "ef");
  put(&f, 2, "gh");
  check_ready(&f, "efghij");
  put(&f, 8, "mn");
  assembler_drop(&f.a, f.block, 7); /* into a hole */
  CHECK_EQ(assembler_first(&f.a), 1);
  put(&f, 0, "l");
  check_ready(&f, "lmn");
  assembler_drop(&f.a, f.block, SIZE); /* more than there is */
  CHECK_EQ(f.a.count, 0);
  check_ready(&f, "");
  end(&f);
}

static void test_shift(void) {
  fixture f = begin();
  CHECK(assembler_shift(&f.a, f.block, SIZE, SIZE)); /* nothing came: nothing to move */
  CHECK(!assembler_shift(&f.a, f.block, SIZE, SIZE + 1));
  put(&f, 0, "cd");
  put(&f, 4, "gh");
  CHECK(assembler_shift(&f.a, f.block, SIZE, 2));
  CHECK_EQ(assembler_first(&f.a), 2);
  put(&f, 0, "ab");
  put(&f, 4, "ef");
  check_ready(&f, "abcdefgh");
  CHECK(!assembler_shift(&f.a, f.block, SIZE, SIZE - 7));
  CHECK(!assembler_shift(&f.a, f.block, SIZE, SIZE_MAX));
  check_ready(&f, "abcdefgh");
  CHECK(assembler_shift(&f.a, f.block, SIZE, SIZE - 8));
  CHECK_EQ(f.a.runs[0].to, SIZE);
  end(&f);
}

int main(void) {
  test_order();
  test_overlap();
  test_bounds();
  test_runs();
  test_drop();
  test_shift();
  return test_end("assembler");
}
