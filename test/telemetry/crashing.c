/* crashing.c -- fails on purpose: crashing FILE fault|abort|sent|elsewhere|confined */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"
#include "seccomp.h"

static volatile int *volatile nowhere;

__attribute__((noinline)) static void fail(void) { *nowhere = 1; }

static void *confined(void *argument) {
  (void)argument;
  if (!seccomp_confine()) _exit(77);
  fail();
  return NULL;
}

/* As WebAssembly's does: it takes the fault away, and goes on. */
static void wanted(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  _exit(78);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const char *how = argv[2];
  int fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (!strcmp(how, "elsewhere")) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = wanted;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
  }
  if (fd < 0 || !crash_watch(fd)) return 3;
  if (!strcmp(how, "fault")) fail();
  if (!strcmp(how, "abort")) abort();
  if (!strcmp(how, "sent")) raise(SIGSEGV);
  if (!strcmp(how, "elsewhere")) ((void (*)(void))0x1000)();
  if (!strcmp(how, "confined")) {
    pthread_t thread;
    pthread_create(&thread, NULL, confined, NULL);
    pthread_join(thread, NULL);
  }
  return 0;
}
