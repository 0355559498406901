/* Prints, for each line of standard input, the numbers of the pattern rules that match it. The file named
 * holds u32 rules and the u32 lengths of sections 22 to 25, then these. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset.h"

static void print(void *context, uint32_t pattern) {
  (void)context;
  printf(" %u", (unsigned)pattern);
}

static uint8_t *read_all(const char *path, size_t *len) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) exit(2);
  *len = (size_t)ftell(file);
  uint8_t *bytes = malloc(*len + 1);
  rewind(file);
  if (!bytes || fread(bytes, 1, *len, file) != *len) exit(2);
  fclose(file);
  return bytes;
}

int main(int argc, char **argv) {
  weir_ruleset r = {0};
  size_t len, at = 20;
  char line[1024];
  if (argc != 2) return 2;
  uint8_t *file = read_all(argv[1], &len);
  if (len < at) return 2;
  r.pattern_count = load_le32(file);
  for (unsigned i = 0; i < 4; i++) {
    size_t n = load_le32(file + 4 + i * 4);
    if (n > len - at) return 2;
    r.patterns[i] = (weir_bytes){file + at, n};
    at += n;
  }
  if (!ruleset_patterns_place(&r)) return 2;
  while (fgets(line, sizeof line, stdin)) {
    size_t n = strcspn(line, "\n");
    uint8_t *text = malloc(n ? n : 1); /* of that size: ASan sees one byte too many */
    memcpy(text, line, n);
    printf("%.*s", (int)n, line);
    ruleset_match_patterns(&r, (weir_bytes){text, n}, print, NULL);
    putchar('\n');
    free(text);
  }
  free(file);
  return 0;
}
