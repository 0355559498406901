/* CWeirPages.h -- the pages that an engine lives in and that rulesets are mapped to.
 *
 * All that the Swift module asks of the system, apart from time: the core asks for nothing. */
#ifndef CWEIR_PAGES_H
#define CWEIR_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* A power of two: 4 KiB, 16 KiB on Apple's devices. */
size_t weir_pages_size(void);

/* Zeroed memory at the start of a page; what is never touched takes no memory of the device.
 * NULL: there is none. To be given back with weir_pages_give() and the same size. */
void *weir_pages_take(size_t bytes);
void weir_pages_give(void *base, size_t bytes);

/* Lets go of what whole pages within [base, base + bytes) hold: they read as zero afterwards and
 * take no memory until they are written again. For memory of weir_pages_take() only. */
void weir_pages_forget(void *base, size_t bytes);

/* Maps a file to read it; its pages are the file's own, so that the system can drop and read them
 * again at will. NULL: `error` has errno's number. Replace such a file by a rename, never in place:
 * one that is cut while it is mapped ends the process. To be unmapped with the same size. */
const void *weir_pages_map(const char *path, size_t *bytes, int *error);
void weir_pages_unmap(const void *base, size_t bytes);

/* Bytes of the mapping of weir_pages_map() at `base` that were written and so are this process's
 * alone: 0 is how it should be. -1: the system does not tell. */
int64_t weir_pages_dirty(const void *base, size_t bytes);

/* What the system counts against the process's limit, in bytes (iOS: its physical footprint; Linux:
 * the private dirty pages). -1: the system does not tell. */
int64_t weir_pages_footprint(void);

#endif
