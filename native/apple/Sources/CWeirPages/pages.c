#define _GNU_SOURCE /* Linux: MAP_ANONYMOUS and madvise() beside -std=c11 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <mach/mach.h>
#else
#include <stdio.h>
#endif

#include "include/CWeirPages.h"

size_t weir_pages_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

void *weir_pages_take(size_t bytes) {
  void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  return base == MAP_FAILED ? NULL : base;
}

void weir_pages_give(void *base, size_t bytes) { munmap(base, bytes); }

void weir_pages_forget(void *base, size_t bytes) {
  uintptr_t page = weir_pages_size(), at = (uintptr_t)base;
  uintptr_t first = (at + page - 1) / page * page, last = (at + bytes) / page * page;
  if (first >= last) return;
  /* A new mapping in place of the old one: what madvise() leaves behind differs between systems. */
  mmap((void *)first, last - first, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1,
       0);
}

const void *weir_pages_map(const char *path, size_t *bytes, int *error) {
  struct stat about;
  void *base = MAP_FAILED;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  *error = errno;
  if (fd < 0) return NULL;
  if (fstat(fd, &about) == 0 && about.st_size > 0)
    base = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
  else
    errno = EINVAL; /* an empty file cannot be mapped, and is no ruleset */
  *error = errno;
  close(fd);
  if (base == MAP_FAILED) return NULL;
  *bytes = (size_t)about.st_size;
  return base;
}

void weir_pages_unmap(const void *base, size_t bytes) { munmap((void *)(uintptr_t)base, bytes); }

#if defined(__APPLE__)

int64_t weir_pages_dirty(const void *base, size_t bytes) {
  int64_t pages = 0;
  vm_address_t at = (vm_address_t)base, end = at + bytes;
  while (at < end) {
    vm_size_t size = 0;
    natural_t depth = 0;
    vm_region_submap_info_data_64_t info;
    mach_msg_type_number_t count = VM_REGION_SUBMAP_INFO_COUNT_64;
    if (vm_region_recurse_64(mach_task_self(), &at, &size, &depth, (vm_region_recurse_info_t)&info,
                             &count) != KERN_SUCCESS)
      return -1;
    if (at >= end) break;
    pages += info.pages_dirtied;
    at += size;
  }
  return pages * (int64_t)vm_page_size;
}

int64_t weir_pages_footprint(void) {
  task_vm_info_data_t info;
  mach_msg_type_number_t count = TASK_VM_INFO_COUNT;
  if (task_info(mach_task_self(), TASK_VM_INFO, (task_info_t)&info, &count) != KERN_SUCCESS)
    return -1;
  return (int64_t)info.phys_footprint;
}

#else

static int64_t private_dirty_kib(FILE *text, uintptr_t base) {
  char line[512];
  unsigned long from, to;
  long long kib, sum = base ? -1 : 0;
  int is_ours = !base;
  while (fgets(line, sizeof line, text)) {
    if (base && sscanf(line, "%lx-%lx ", &from, &to) == 2) is_ours = from == base;
    if (!is_ours || sscanf(line, "Private_Dirty: %lld kB", &kib) != 1) continue;
    if (base) return kib;
    sum += kib;
  }
  return sum;
}

static int64_t private_dirty(const char *path, uintptr_t base) {
  FILE *text = fopen(path, "r");
  if (!text) return -1;
  int64_t kib = private_dirty_kib(text, base);
  fclose(text);
  return kib < 0 ? -1 : kib * 1024;
}

int64_t weir_pages_dirty(const void *base, size_t bytes) {
  (void)bytes;
  return private_dirty("/proc/self/smaps", (uintptr_t)base);
}

int64_t weir_pages_footprint(void) { return private_dirty("/proc/self/smaps_rollup", 0); }
#endif
