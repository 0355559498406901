/* string.h -- the four functions that the core needs of a system, where there is no C library. */
#ifndef WEIR_STRING_H
#define WEIR_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *at, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#endif
