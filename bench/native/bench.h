/* bench.h -- how long a piece of work takes, as the median of several runs of it. */
#ifndef WEIR_BENCH_H
#define WEIR_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BENCH_RUNS 9

/* Does `n` items; what it returns keeps the compiler from leaving the work out. */
typedef uint64_t (*bench_work)(void *context, size_t n);

static volatile uint64_t bench_sink;

/* CPU time of the thread: what else the machine does counts less. */
static inline double bench_now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Nanoseconds an item. The work of `beside` is done in turns with it: both meet the same machine. */
static inline void bench(const char *what, bench_work work, const char *beside_what, bench_work beside,
                         void *context, size_t n) {
  double ns[BENCH_RUNS], beside_ns[BENCH_RUNS];
  bench_sink += work(context, n / 4 + 1) + beside(context, n / 4 + 1);
  for (unsigned i = 0; i < BENCH_RUNS; i++) {
    double start = bench_now_ns();
    bench_sink += beside(context, n);
    double middle = bench_now_ns();
    bench_sink += work(context, n);
    beside_ns[i] = (middle - start) / (double)n;
    ns[i] = (bench_now_ns() - middle) / (double)n;
  }
  qsort(ns, BENCH_RUNS, sizeof ns[0], bench_compare);
  qsort(beside_ns, BENCH_RUNS, sizeof ns[0], bench_compare);
  printf("%s\t%.2f\t%s\t%.2f\n", what, ns[BENCH_RUNS / 2], beside_what, beside_ns[BENCH_RUNS / 2]);
  fflush(stdout);
}

/* The same numbers each time. */
static inline uint64_t bench_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

#endif
