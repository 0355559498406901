/* seccomp.h -- what the packet thread may ask of the kernel: to read, write and wait, and memory. */
#ifndef WEIR_SECCOMP_H
#define WEIR_SECCOMP_H

#include <stdbool.h>

/* Confines the calling thread for good; the others stay as they are.  Whatever else it asks for, a socket
 * above all, kills the process, and so would changing users, which takes every thread: that comes before.
 * False: this kernel, or this machine, has no such filter, and nothing has changed. */
bool seccomp_confine(void);

#endif
