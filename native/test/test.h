/* test.h -- the whole test framework of the C tests: checks that count and name their line. */
#ifndef WEIR_TEST_H
#define WEIR_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned test_passed, test_failed;

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (condition) {                                                          \
      test_passed++;                                                          \
    } else {                                                                  \
      test_failed++;                                                          \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                         \
  } while (0)

#define CHECK_EQ(actual, expected)                                                               \
  do {                                                                                           \
    long long test_a = (long long)(actual), test_e = (long long)(expected);                      \
    if (test_a == test_e) {                                                                      \
      test_passed++;                                                                             \
    } else {                                                                                     \
      test_failed++;                                                                             \
      fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #actual, test_a, \
              test_e);                                                                           \
    }                                                                                            \
  } while (0)

/* The bytes `text` of length `len` against a C string. */
#define CHECK_TEXT(text, len, expected)                                                      \
  do {                                                                                       \
    if ((size_t)(len) == strlen(expected) && !memcmp((text), (expected), (size_t)(len))) {   \
      test_passed++;                                                                         \
    } else {                                                                                 \
      test_failed++;                                                                         \
      fprintf(stderr, "%s:%d: %s is \"%.*s\", expected \"%s\"\n", __FILE__, __LINE__, #text, \
              (int)(len), (const char *)(text), (expected));                                 \
    }                                                                                        \
  } while (0)

/* "16 03 01 | 00 05" to bytes in malloc'ed memory of exactly that length, so
 * that ASan sees one byte too many.  Everything but hex digits is passed over;
 * '#' starts a comment up to the end of the line. */
static inline unsigned char *test_hex(const char *text, size_t *len) {
  unsigned char *out = malloc(strlen(text) / 2 + 1);
  size_t n = 0;
  int high = -1;
  for (; *text; text++) {
    if (*text == '#') {
      while (text[1] && text[1] != '\n') text++;
      continue;
    }
    int d = *text >= '0' && *text <= '9'   ? *text - '0'
            : *text >= 'a' && *text <= 'f' ? *text - 'a' + 10
            : *text >= 'A' && *text <= 'F' ? *text - 'A' + 10
                                           : -1;
    if (d < 0) continue;
    if (high < 0) {
      high = d;
    } else {
      out[n++] = (unsigned char)(high << 4 | d);
      high = -1;
    }
  }
  *len = n;
  return realloc(out, n ? n : 1);
}

/* Ends a test program: the counts on standard output, non-zero when any failed. */
static inline int test_end(const char *name) {
  printf("%s: %u passed, %u failed\n", name, test_passed, test_failed);
  return test_failed || !test_passed;
}

#endif
