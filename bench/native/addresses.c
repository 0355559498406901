/* How long does the core take to look up addresses?  Arguments: a compiled ruleset, a file of addresses of
 * sixteen bytes each.  Prints the nanoseconds that one takes the first time round, when a small part of
 * them is asked again and again, and how many matched. */
#include "bench.h"
#include "file.h"
#include "weir.h"

enum { FEW = 500, AGAIN = 100 };

static uint64_t look_up(const weir_ruleset *rules, const weir_addr *list, size_t count) {
  uint64_t matched = 0;
  weir_match match;
  for (size_t i = 0; i < count; i++) {
    matched += weir_ruleset_match_addr(rules, &list[i], &match) && match.action;
  }
  return matched;
}

int main(int argc, char **argv) {
  weir_ruleset rules;
  if (argc != 3 || weir_ruleset_open(&rules, bench_map(argv[1])) != WEIR_OK) return 1;
  weir_bytes bytes = bench_map(argv[2]);
  const weir_addr *list = (const weir_addr *)bytes.base;
  size_t count = bytes.len / sizeof *list, few = count < FEW ? count : FEW;
  if (!count) return 1;
  bench_sink += look_up(&rules, list, count);
  double start = bench_now_ns();
  uint64_t matched = look_up(&rules, list, count);
  double all = (bench_now_ns() - start) / (double)count;
  bench_sink += look_up(&rules, list, few);
  start = bench_now_ns();
  for (unsigned i = 0; i < AGAIN; i++) bench_sink += look_up(&rules, list, few);
  double hot = (bench_now_ns() - start) / (double)(few * AGAIN);
  printf("%.2f\t%.2f\t%llu\n", all, hot, (unsigned long long)matched);
  return 0;
}
