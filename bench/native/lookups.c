/* How long does the core take to look up names?  Arguments: a compiled ruleset, a file of names, one
 * a line.  Prints the nanoseconds a name takes and how many matched; the nanoseconds where many are asked in
 * one call; those where a few names are asked again and again; and those that one load takes from anywhere in the
 * ruleset, where each needs the one before: what this machine's memory asks of whoever looks anything up. */
#include "bench.h"
#include "file.h"
#include "weir.h"

enum { AT_ONCE = 100, FEW = 500, AGAIN = 40 };

typedef struct names {
  weir_ruleset rules;
  weir_bytes *list;
  weir_bytes file;
} names;

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

/* As the addon asks: hosts, so many a call. */
static uint64_t look_up_many(const names *n, size_t count) {
  uint64_t matched = 0;
  weir_match match[AT_ONCE];
  for (size_t i = 0; i < count; i += AT_ONCE) {
    size_t some = count - i < AT_ONCE ? count - i : AT_ONCE;
    weir_ruleset_match_hosts(&n->rules, n->list + i, some, match);
    for (size_t k = 0; k < some; k++) matched += match[k].rule != WEIR_NO_RULE;
  }
  return matched;
}

static uint64_t load(const names *n, size_t count) {
  uint64_t x = 1, lines_of_file = n->file.len / 64;
  for (size_t i = 0; i < count; i++) {
    x = (x ^ n->file.base[(x >> 32) * lines_of_file >> 32 << 6]) * UINT64_C(0x9e3779b97f4a7c15) + 1;
  }
  return x;
}

/* Nanoseconds that one of `count` names takes, where all of them are asked `rounds` times: a median. */
static double timed(uint64_t (*work)(const names *, size_t), const names *n, size_t count,
                    unsigned rounds) {
  double ns[BENCH_RUNS];
  bench_sink += work(n, count);
  for (unsigned run = 0; run < BENCH_RUNS; run++) {
    double start = bench_now_ns();
    for (unsigned i = 0; i < rounds; i++) bench_sink += work(n, count);
    ns[run] = (bench_now_ns() - start) / ((double)count * rounds);
  }
  qsort(ns, BENCH_RUNS, sizeof ns[0], bench_compare);
  return ns[BENCH_RUNS / 2];
}

int main(int argc, char **argv) {
  names n;
  if (argc != 3) return 1;
  n.file = bench_map(argv[1]);
  if (weir_ruleset_open(&n.rules, n.file) != WEIR_OK) return 1;
  weir_bytes text = bench_map(argv[2]);
  size_t count = lines(text, NULL);
  n.list = calloc(count + 1, sizeof *n.list);
  if (!n.list || !count) return 1;
  lines(text, n.list);
  size_t few = count < FEW ? count : FEW;
  double one = timed(look_up, &n, count, 1), many = timed(look_up_many, &n, count, 1);
  double hot = timed(look_up, &n, few, AGAIN);
  double loads = timed(load, &n, count, 1);
  printf("%.2f\t%llu\t%.2f\t%.2f\t%.2f\n", one, (unsigned long long)look_up(&n, count), many, hot,
         loads);
  free(n.list);
  return 0;
}
