/* string.h -- all that the core takes from a C library, where there is no SDK to declare it. */
#ifndef WEIR_FREESTANDING_STRING_H
#define WEIR_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#endif
