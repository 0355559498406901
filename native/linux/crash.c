#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* the names of registers */
#endif
#include "crash.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { MODULES = 96, NAME = 48, FRAMES = 64, TEXT = 8192, LINE = 1024 };

/* Looked up before anything fails: a handler may open no file, nor wait for the loader. */
typedef struct {
  uintptr_t base, start, end;
  char name[NAME];
} module;

static module modules[MODULES];
static size_t module_count;
static atomic_int crash_fd = -1;
static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction before[SIGNALS];

static void on_crash(int number, siginfo_t *info, void *context);

/* The last part of a path, of letters that the inventory has for it. */
static void set_name(module *m, const char *path) {
  const char *name = strrchr(path, '/') + 1;
  size_t n = 0;
  for (; name[n] && n < NAME - 1; n++) {
    char c = name[n];
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 c == '.' || c == '-' || c == '_';
    m->name[n] = plain ? c : '_';
  }
  m->name[n] = 0;
}

/* A line of proc_pid_maps(5): the first of a file is where it was loaded. */
static void add_mapping(const char *line, char path[LINE], uintptr_t *base) {
  uintptr_t start, end;
  char rights[5];
  int at = 0;
  if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &start, &end, rights, &at) < 3 ||
      !at || line[at] != '/')
    return;
  if (strcmp(path, line + at) != 0) {
    strcpy(path, line + at);
    *base = start;
  }
  if (rights[2] != 'x' || module_count == MODULES) return;
  module *m = &modules[module_count++];
  *m = (module){.base = *base, .start = start, .end = end};
  set_name(m, path);
}

static void find_modules(void) {
  char line[LINE], path[LINE] = "";
  uintptr_t base = 0;
  module_count = 0;
  FILE *maps = fopen("/proc/self/maps", "re");
  if (!maps) return;
  while (fgets(line, sizeof line, maps)) {
    line[strcspn(line, "\n")] = 0;
    add_mapping(line, path, &base);
  }
  fclose(maps);
}

static const module *module_of(uintptr_t address) {
  for (size_t i = 0; i < module_count; i++) {
    if (address >= modules[i].start && address < modules[i].end) return &modules[i];
  }
  return NULL;
}

typedef struct {
  char text[TEXT];
  size_t len, frames;
  uintptr_t fault;
  bool below; /* the handler's own frames are behind us */
} report;

static void put_text(report *r, const char *text) {
  for (; *text && r->len < TEXT; text++) r->text[r->len++] = *text;
}

static void put_number(report *r, uintptr_t number, unsigned base) {
  char digits[2 * sizeof number * 2], *at = digits + sizeof digits - 1;
  *at = 0;
  do *--at = "0123456789abcdef"[number % base];
  while (number /= base);
  put_text(r, at);
}

static void put_frame(report *r, uintptr_t address) {
  const module *m = module_of(address);
  if (!m || r->frames == FRAMES) return;
  r->frames++;
  put_text(r, m->name);
  put_text(r, "+0x");
  put_number(r, address - m->base, 16);
  put_text(r, "\n");
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument) {
  report *r = argument;
  int is_exact = 0;
  uintptr_t address = _Unwind_GetIPInfo(context, &is_exact);
  if (address == r->fault) r->below = true;
  /* A return address may be the first byte of what follows the call. */
  if (r->below && address) put_frame(r, address - !is_exact);
  return r->frames < FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static uintptr_t place_of(const void *context) {
  const ucontext_t *u = context;
#if defined(__x86_64__)
  return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  return (uintptr_t)u->uc_mcontext.pc;
#else
  (void)u;
  return 0;
#endif
}

/* write() and no other call: the packet thread has it too. */
static void write_report(int fd, int number, uintptr_t fault) {
  report r;
  r.len = r.frames = 0;
  r.fault = fault;
  r.below = fault == 0;
  put_text(&r, "signal ");
  put_number(&r, (uintptr_t)number, 10);
  put_text(&r, "\n");
  _Unwind_Backtrace(visit, &r);
  if (!r.frames) put_frame(&r, fault);
  for (size_t at = 0; at < r.len;) {
    ssize_t n = write(fd, r.text + at, r.len - at);
    if (n <= 0) return;
    at += (size_t)n;
  }
}

static bool set_handler(int number, struct sigaction *old) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_crash;
  /* Reset on the way in: to end as the process would have, nothing is to be called. */
  action.sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
  return sigaction(number, &action, old) == 0;
}

/* False: there was no handler before, or it was ours. */
static bool ask_who_was_before(int number, siginfo_t *info, void *context) {
  for (size_t i = 0; i < SIGNALS; i++) {
    const struct sigaction *old = &before[i];
    if (signals[i] != number || !(old->sa_flags & SA_SIGINFO) || !old->sa_sigaction ||
        old->sa_sigaction == on_crash)
      continue;
    old->sa_sigaction(number, info, context);
    set_handler(number, NULL); /* It came back: that was no crash. */
    return true;
  }
  return false;
}

static void on_crash(int number, siginfo_t *info, void *context) {
  uintptr_t fault = place_of(context);
  bool is_fault = info->si_code > 0;
  if (is_fault && !module_of(fault) && ask_who_was_before(number, info, context)) return;
  int fd = atomic_exchange(&crash_fd, -1);
  if (fd >= 0) write_report(fd, number, fault);
  /* A fault happens again when this returns, and ends the process; what was sent has to be sent again. */
  if (!is_fault) raise(number);
}

static _Unwind_Reason_Code stop(struct _Unwind_Context *context, void *argument) {
  (void)context, (void)argument;
  return _URC_END_OF_STACK;
}

bool crash_watch(int fd) {
  static bool is_set;
  atomic_store(&crash_fd, -1);
  find_modules();
  /* What the unwinder sets up at its first use is set up before it is needed. */
  _Unwind_Backtrace(stop, NULL);
  atomic_store(&crash_fd, fd);
  if (is_set) return true;
  is_set = true;
  for (size_t i = 0; i < SIGNALS; i++) {
    if (!set_handler(signals[i], &before[i])) return false;
  }
  return true;
}
