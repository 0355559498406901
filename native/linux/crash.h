/* crash.h -- where native code failed, written by a signal handler as the process ends. */
#ifndef WEIR_CRASH_H
#define WEIR_CRASH_H

#include <stdbool.h>

/* From now on SIGSEGV, SIGBUS and SIGABRT of any thread write to `fd`, once: a line with the signal's number, and a
 * line "module+0xoffset" for each frame, the innermost first. Nothing that lies in memory is written. Then the
 * process ends as it would have. Faults outside of all modules that are loaded now, such as those by which
 * WebAssembly finds its bounds, go to whoever handled them before. `fd` stays open; -1 writes no more.
 * False: the handlers could not be set. */
bool crash_watch(int fd);

#endif
