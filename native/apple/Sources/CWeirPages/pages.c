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
#include <stdlib.h>
#include <string.h>
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

/* The field of the mapping at `base`, or of the first there is. */
static int64_t field_kib(FILE *text, const char *field, uintptr_t base) {
  char line[512];
  unsigned long from, to;
  int is_ours = !base;
  while (fgets(line, sizeof line, text)) {
    if (base && sscanf(line, "%lx-%lx ", &from, &to) == 2) is_ours = from == base;
    if (is_ours && strncmp(line, field, strlen(field)) == 0)
      return strtoll(line + strlen(field), NULL, 10);
  }
  return -1;
}

static int64_t field_bytes(const char *path, const char *field, uintptr_t base) {
  FILE *text = fopen(path, "r");
  if (!text) return -1;
  int64_t kib = field_kib(text, field, base);
  fclose(text);
  return kib < 0 ? -1 : kib * 1024;
}

/* Not Private_Dirty: that counts what of a new file the system has yet to write to the disk, too. */
int64_t weir_pages_dirty(const void *base, size_t bytes) {
  (void)bytes;
  return field_bytes("/proc/self/smaps", "Anonymous:", (uintptr_t)base);
}

int64_t weir_pages_footprint(void) {
  return field_bytes("/proc/self/smaps_rollup", "Private_Dirty:", 0);
}
#endif
