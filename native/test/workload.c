/* workload RULESET TSV -- maps a compiled ruleset and asks it each query of a workload:
 * query, class, verdict, categories, decider, audit.  Says how many answers are others, and what the
 * mapping cost: microseconds to open it and for the first look-up, KiB of pages written to. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "weir.h"

enum { COLUMNS = 6, TOLD = 10 };
enum { QUERY, CLASS, VERDICT, CATEGORIES, DECIDER, AUDIT };

/* By rank; an audit decides nothing here. */
static const char *const deciders[] = {"indicator",
                                       "indicator",
                                       "indicator",
                                       "important-allow",
                                       "important-block",
                                       "important-warn",
                                       "allow",
                                       "block",
                                       "warn",
                                       "-"};

static weir_bytes map(const char *path) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) || !st.st_size) return (weir_bytes){NULL, 0};
  void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) return (weir_bytes){NULL, 0};
  return (weir_bytes){at, (size_t)st.st_size};
}

/* The next column of a row; the last one's end is the row's. */
static weir_bytes column(weir_bytes *row) {
  const uint8_t *tab = memchr(row->base, '\t', row->len);
  weir_bytes out = {row->base, tab ? (size_t)(tab - row->base) : row->len};
  size_t used = tab ? out.len + 1 : out.len;
  *row = (weir_bytes){row->base + used, row->len - used};
  return out;
}

static bool same(weir_bytes text, const char *other) {
  return text.len == strlen(other) && !memcmp(text.base, other, text.len);
}

static const char *names_of(const weir_ruleset *r, uint64_t categories) {
  static char out[4096];
  size_t at = 0;
  for (unsigned bit = 0; bit < 64; bit++) {
    if (!(categories >> bit & 1)) continue;
    weir_bytes name = weir_ruleset_category(r, bit);
    at += (size_t)snprintf(out + at, sizeof out - at, "%s%.*s", at ? "," : "", (int)name.len,
                           (const char *)name.base);
    if (at >= sizeof out) break;
  }
  out[at < sizeof out ? at : sizeof out - 1] = 0;
  return out;
}

static bool check_row(const weir_ruleset *r, weir_bytes row, bool tell) {
  weir_bytes wanted[COLUMNS];
  weir_match m = {.rank = 9}, first;
  for (unsigned i = 0; i < COLUMNS; i++) wanted[i] = column(&row);
  bool spoke = weir_ruleset_match_host(r, wanted[QUERY], &m);
  bool decided = spoke && m.action != WEIR_ACTION_AUDIT;
  const char *verdict = decided ? weir_action_text(m.action) : "none";
  const char *categories = decided ? names_of(r, m.categories) : "";
  const char *decider = decided ? deciders[m.rank] : "-";
  const char *audit = m.flags & WEIR_MATCH_AUDITED ? "1" : "0";
  bool explained = spoke == (weir_ruleset_explain_host(r, wanted[QUERY], &first, 1) > 0) &&
                   (!spoke || !memcmp(&first, &m, sizeof m));
  if (same(wanted[VERDICT], verdict) && same(wanted[CATEGORIES], categories) &&
      same(wanted[DECIDER], decider) && same(wanted[AUDIT], audit) && explained)
    return true;
  if (tell)
    fprintf(stderr, "%.*s: %s [%s] by %s, audit %s%s; expected %.*s [%.*s] by %.*s, audit %.*s\n",
            (int)wanted[QUERY].len, (const char *)wanted[QUERY].base, verdict, categories, decider,
            audit, explained ? "" : ", explained otherwise", (int)wanted[VERDICT].len,
            (const char *)wanted[VERDICT].base, (int)wanted[CATEGORIES].len,
            (const char *)wanted[CATEGORIES].base, (int)wanted[DECIDER].len,
            (const char *)wanted[DECIDER].base, (int)wanted[AUDIT].len,
            (const char *)wanted[AUDIT].base);
  return false;
}

/* KiB of the mapping at `base` that the process has written to; -1 where the system does not tell. */
static long private_dirty(const void *base) {
  char line[512], wanted[32];
  long kib = -1, value;
  bool ours = false;
  FILE *smaps = fopen("/proc/self/smaps", "r");
  snprintf(wanted, sizeof wanted, "%lx-", (unsigned long)(uintptr_t)base);
  while (smaps && fgets(line, sizeof line, smaps)) {
    if (strchr(line, '-') && strchr(line, '-') < strchr(line, ' '))
      ours = !strncmp(line, wanted, strlen(wanted));
    else if (ours && sscanf(line, "Private_Dirty: %ld kB", &value) == 1)
      kib = value;
  }
  if (smaps) fclose(smaps);
  return kib;
}

static double microseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  weir_ruleset rules;
  weir_match m;
  size_t rows = 0, differ = 0;
  if (argc != 3) return fprintf(stderr, "usage: workload RULESET TSV\n"), 4;
  weir_bytes file = map(argv[1]), text = map(argv[2]);
  double start = microseconds();
  if (weir_ruleset_open(&rules, file) != WEIR_OK || !text.base)
    return fprintf(stderr, "%s: no ruleset, or %s cannot be read\n", argv[1], argv[2]), 4;
  weir_ruleset_match_host(&rules, (weir_bytes){(const uint8_t *)"www.example.org", 15}, &m);
  double opened = microseconds() - start;
  for (size_t at = 0; at < text.len;) {
    const uint8_t *end = memchr(text.base + at, '\n', text.len - at);
    size_t len = end ? (size_t)(end - text.base) - at : text.len - at;
    if (len && text.base[at] != '#') {
      rows++;
      differ += !check_row(&rules, (weir_bytes){text.base + at, len}, differ < TOLD);
    }
    at += len + 1;
  }
  printf("%zu rows, %zu differ; opened in %.0f us; %ld KiB dirty\n", rows, differ, opened,
         private_dirty(file.base));
  return differ > 0;
}
