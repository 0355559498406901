/* file.h -- a file in memory, for a benchmark that ends the process where it cannot be. */
#ifndef WEIR_BENCH_FILE_H
#define WEIR_BENCH_FILE_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir.h"

static inline weir_bytes bench_map(const char *path) {
  struct stat info;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &info)) exit(1);
  void *at = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (at == MAP_FAILED) exit(1);
  close(file);
  return (weir_bytes){at, (size_t)info.st_size};
}

#endif
