/* hint.h -- the bounded map from addresses to the names that DNS answers gave them. */
#ifndef WEIR_HINT_H
#define WEIR_HINT_H

#include "name.h"

typedef struct hints hints;

size_t hints_size(uint32_t count); /* power of two; 0 gives 0 */
hints *hints_init(void *memory, uint32_t count, const uint64_t seed[2]);

/* Remembers that `owner` (the name that was asked for, not the end of a CNAME
 * chain) led to `addr`, until `now_us` + ttl.  A different live name for the same address marks it
 * ambiguous; the newest name is kept.  Returns true when a live entry had to give way. */
bool hints_store(hints *h, const weir_addr *addr, const name *owner, uint32_t ttl_s, uint64_t now_us);

/* The name, or NULL; valid until the next store. */
const name *hints_find(hints *h, const weir_addr *addr, uint64_t now_us, bool *ambiguous);

#endif
