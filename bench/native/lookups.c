/* How long does the core take to look up names?  Arguments: a compiled ruleset, a file of names, one
 * a line.  Prints the nanoseconds a name takes and how many matched. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "weir.h"

typedef struct names {
  weir_ruleset rules;
  weir_bytes *list;
} names;

static weir_bytes map(const char *path) {
  struct stat info;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &info)) exit(1);
  void *at = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (at == MAP_FAILED) exit(1);
  close(file);
  return (weir_bytes){at, (size_t)info.st_size};
}

/* Cuts a file into its lines. */
static size_t lines(weir_bytes text, weir_bytes *out) {
  size_t count = 0, start = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.base[i] != '\n') continue;
    if (out) out[count] = (weir_bytes){text.base + start, i - start};
    count++;
    start = i + 1;
  }
  return count;
}

static uint64_t look_up(const names *n, size_t count) {
  uint64_t matched = 0;
  weir_match match;
  for (size_t i = 0; i < count; i++) {
    matched += weir_ruleset_match_name(&n->rules, n->list[i], &match) && match.action;
  }
  return matched;
}

int main(int argc, char **argv) {
  names n;
  if (argc != 3 || weir_ruleset_open(&n.rules, map(argv[1])) != WEIR_OK) return 1;
  weir_bytes text = map(argv[2]);
  size_t count = lines(text, NULL);
  n.list = calloc(count + 1, sizeof *n.list);
  if (!n.list || !count) return 1;
  lines(text, n.list);
  bench_sink = look_up(&n, count);
  double start = bench_now_ns();
  uint64_t matched = look_up(&n, count);
  printf("%.2f\t%llu\n", (bench_now_ns() - start) / (double)count, (unsigned long long)matched);
  free(n.list);
  return 0;
}
