#include "hint.h"

#include <string.h>

#include "prefetch.h"
#include "siphash.h"

#define WAYS 4u

/* What a look-up compares; the names, of which one is read, lie behind all buckets: most addresses
 * have none. */
typedef struct bucket {
  weir_addr addr[WAYS];
  uint64_t expires_us[WAYS]; /* 0: free */
  uint64_t other_us[WAYS];   /* when the last of the other names for this address expires */
} bucket;

struct hints {
  uint64_t seed[2];
  uint32_t mask;      /* buckets - 1 */
  uint32_t ways;      /* fewer than WAYS in a map of one or two */
  bool used;          /* something was ever stored: else no bucket needs to be looked at */
  name *names;        /* WAYS for each bucket */
  uint64_t unused[3]; /* buckets begin with a cache line */
  bucket buckets[];
};
_Static_assert(sizeof(bucket) == 128, "two cache lines");

static uint32_t bucket_count(uint32_t count) { return count > WAYS ? count / WAYS : 1; }

size_t hints_size(uint32_t count) {
  return count ? sizeof(hints) + bucket_count(count) * (sizeof(bucket) + WAYS * sizeof(name)) : 0;
}

hints *hints_init(void *memory, uint32_t count, const uint64_t seed[2]) {
  if (!count) return NULL;
  hints *h = (hints *)memory;
  h->seed[0] = seed[0];
  h->seed[1] = seed[1];
  h->mask = bucket_count(count) - 1;
  h->ways = count < WAYS ? count : WAYS;
  h->names = (name *)(void *)(h->buckets + bucket_count(count));
  return h;
}

static uint32_t number_of(const hints *h, const weir_addr *addr) {
  return (uint32_t)siphash13(h->seed, addr->octets, sizeof addr->octets) & h->mask;
}

static bool holds(const bucket *b, uint32_t way, const weir_addr *addr, uint64_t now_us) {
  return b->expires_us[way] > now_us && !memcmp(&b->addr[way], addr, sizeof *addr);
}

/* The address's own place, else the one that ends soonest; what is dead or free ended before any other. */
static uint32_t choose_way(const hints *h, const bucket *b, const weir_addr *addr,
                           uint64_t now_us) {
  uint32_t soonest = 0;
  for (uint32_t way = 0; way < h->ways; way++) {
    if (holds(b, way, addr, now_us)) return way;
    if (b->expires_us[way] < b->expires_us[soonest]) soonest = way;
  }
  return soonest;
}

static uint64_t expiry(uint32_t ttl_s, uint64_t now_us) {
  const uint32_t clamped = ttl_s < HINT_TTL_MIN   ? HINT_TTL_MIN
                           : ttl_s > HINT_TTL_MAX ? HINT_TTL_MAX
                                                  : ttl_s;
  const uint64_t life_us = clamped * UINT64_C(1000000);
  return now_us < UINT64_MAX - life_us ? now_us + life_us : UINT64_MAX;
}

bool hints_store(hints *h, const weir_addr *addr, const name *owner, uint32_t ttl_s,
                 uint64_t now_us) {
  if (!h || !owner->len) return false;
  const uint32_t place = number_of(h, addr);
  bucket *b = &h->buckets[place];
  const uint32_t way = choose_way(h, b, addr, now_us);
  name *kept = &h->names[place * WAYS + way];
  const uint64_t ends_us = b->expires_us[way], expires_us = expiry(ttl_s, now_us);
  const bool is_known = holds(b, way, addr, now_us);
  if (is_known && name_equal(kept, owner)) {
    if (ends_us < expires_us) b->expires_us[way] = expires_us;
    return false;
  }
  if (!is_known)
    b->other_us[way] = 0;
  else if (b->other_us[way] < ends_us)
    b->other_us[way] = ends_us;
  h->used = true;
  b->addr[way] = *addr;
  b->expires_us[way] = expires_us;
  kept->len = owner->len;
  memcpy(kept->text, owner->text, owner->len);
  return !is_known && ends_us > now_us;
}

uint32_t hints_place(const hints *h, const weir_addr *addr) {
  if (!h || !h->used) return 0;
  const uint32_t place = number_of(h, addr);
  prefetch_lines(&h->buckets[place], sizeof(bucket) / PREFETCH_LINE);
  return place;
}

const name *hints_find(const hints *h, uint32_t place, const weir_addr *addr, uint64_t now_us,
                       bool *ambiguous) {
  *ambiguous = false;
  if (!h || !h->used) return NULL;
  const bucket *b = &h->buckets[place];
  for (uint32_t way = 0; way < h->ways; way++) {
    if (!holds(b, way, addr, now_us)) continue;
    *ambiguous = b->other_us[way] > now_us;
    return &h->names[place * WAYS + way];
  }
  return NULL;
}

uint32_t hints_clear(hints *h, uint64_t now_us) {
  uint32_t alive = 0;
  if (!h || !h->used) return 0;
  for (uint32_t i = 0; i <= h->mask; i++)
    for (uint32_t way = 0; way < h->ways; way++) {
      if (!h->buckets[i].expires_us[way]) continue; /* its page may never have been touched */
      alive += h->buckets[i].expires_us[way] > now_us;
      h->buckets[i].expires_us[way] = 0;
    }
  h->used = false;
  return alive;
}

static bool is_dead(const bucket *b, uint64_t now_us) {
  for (uint32_t way = 0; way < WAYS; way++)
    if (b->expires_us[way] > now_us) return false;
  return true;
}

static void give_buckets(hints *h, uint32_t from, uint32_t to, pages *p) {
  pages_give(p, &h->buckets[from], (to - from) * sizeof(bucket));
  pages_give(p, &h->names[from * WAYS], (to - from) * WAYS * sizeof(name));
}

void hints_trim(hints *h, uint64_t now_us, pages *p) {
  if (!h) return;
  uint32_t first = 0, count = h->mask + 1;
  for (uint32_t i = 0; h->used && i < count; i++) {
    if (is_dead(&h->buckets[i], now_us)) continue;
    give_buckets(h, first, i, p);
    first = i + 1;
  }
  give_buckets(h, first, count, p);
}
