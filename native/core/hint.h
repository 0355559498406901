/* hint.h -- the bounded map from addresses to the names that DNS answers gave them. */
#ifndef WEIR_HINT_H
#define WEIR_HINT_H

#include "name.h"
#include "pages.h"

/* Clients go on connecting to an address for a while after its TTL ended, and
 * browsers raise TTLs that are too short to be of use: a hint lives for its
 * TTL, but never less or more than this, in seconds. */
#define HINT_TTL_MIN 60u
#define HINT_TTL_MAX 86400u

typedef struct hints hints;

/* Bytes for `count` hints, a power of two; 0 gives 0. */
size_t hints_size(uint32_t count);

/* `memory` is 8-aligned, zeroed and hints_size(count) bytes long: pages that are not needed stay untouched.  NULL for a count of 0: a map that holds
 * nothing, which the other calls take. */
hints *hints_init(void *memory, uint32_t count, const uint64_t seed[2]);

/* Remembers that `owner` (the name that was asked for, not the end of a CNAME
 * chain) led to `addr`.  The newest name is kept; as long as an older, different one would
 * still live, the address is ambiguous.  Where there is no room, the hint that would end
 * soonest among those the address may take the place of gives way; true when it was alive. */
bool hints_store(hints *h, const weir_addr *addr, const name *owner, uint32_t ttl_s,
                 uint64_t now_us);

/* Where hints for `addr` lie; memory is asked for them. */
uint32_t hints_place(const hints *h, const weir_addr *addr);

/* The name, or NULL; valid until the next store.  `place` is what hints_place said of `addr`. */
const name *hints_find(const hints *h, uint32_t place, const weir_addr *addr, uint64_t now_us,
                       bool *ambiguous);

/* Forgets all; how many were alive. */
uint32_t hints_clear(hints *h, uint64_t now_us);

/* Gives the pages in which none is alive. */
void hints_trim(hints *h, uint64_t now_us, pages *p);

#endif
