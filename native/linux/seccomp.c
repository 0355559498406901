#include "seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE

/* As they are, whatever their arguments: the kernel remembers that, and asks the filter no more. */
static const unsigned allowed[] = {
    __NR_read,          __NR_write, /* the device, and events; no descriptor is made here */
#ifdef __NR_epoll_wait
    __NR_epoll_wait,
#endif
    __NR_epoll_pwait,   __NR_futex,
    __NR_clock_gettime, /* where the vDSO has no clock */
    __NR_brk,           __NR_munmap,
    __NR_mremap,        __NR_madvise, /* malloc's, for records' waking of JavaScript */
    __NR_sched_yield,   __NR_restart_syscall,
    __NR_rt_sigreturn,  __NR_rt_sigprocmask,
    __NR_sigaltstack, /* the C library's, when a thread ends */
    __NR_exit,          __NR_exit_group};
/* Whose third argument has no PROT_EXEC. */
static const unsigned without_exec[] = {__NR_mmap, __NR_mprotect};

#define COUNT(array)   (sizeof(array) / sizeof *(array))
#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Jumps go forwards only: to the ends behind the comparisons. */
enum { KILL, LOOK_AT_EXEC, JUDGE_EXEC, ALLOW, KILL_EXEC, ENDS };
enum { HEAD = 4, FILTER_MAX = HEAD + COUNT(allowed) + COUNT(without_exec) + ENDS };

static struct sock_filter when(unsigned number, size_t distance) {
  return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, (unsigned char)distance,
                                      0);
}

static size_t make_filter(struct sock_filter out[FILTER_MAX]) {
  const size_t ends = FILTER_MAX - ENDS;
  size_t n = 0;
  out[n++] = (struct sock_filter)LOAD(arch);
  out[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
  out[n++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
  out[n++] = (struct sock_filter)LOAD(nr);
  for (size_t i = 0; i < COUNT(allowed); i++, n++) out[n] = when(allowed[i], ends + ALLOW - n - 1);
  for (size_t i = 0; i < COUNT(without_exec); i++, n++)
    out[n] = when(without_exec[i], ends + LOOK_AT_EXEC - n - 1);
  out[ends + KILL] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
  out[ends + LOOK_AT_EXEC] = (struct sock_filter)LOAD(args[2]); /* the lower half: little-endian */
  out[ends + JUDGE_EXEC] =
      (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
  out[ends + ALLOW] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
  out[ends + KILL_EXEC] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
  return FILTER_MAX;
}

/* A thread's first memory may make the C library count the processors, in files. */
static void take_first_memory(void) {
  void *volatile memory = malloc(1);
  free(memory);
}

bool seccomp_confine(void) {
  take_first_memory();
  struct sock_filter filter[FILTER_MAX];
  struct sock_fprog program = {(unsigned short)make_filter(filter), filter};
  return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
         !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

bool seccomp_confine(void) { return false; }

#endif
