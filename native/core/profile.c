#include "profile.h"

#include <string.h>

size_t profiles_size(uint32_t max_flows) { return max_flows * sizeof(profile); }

void profiles_init(profiles *t, void *memory) { *t = (profiles){.slots = (profile *)memory}; }

/* By the last bytes of JA4, which are of a hash. */
static uint32_t *recent_of(profiles *t, const profile *p) {
  uint32_t kind = (uint32_t)(p->ja4[JA4_PACKED - 1] ^ p->ja4[JA4_PACKED - 7] ^ p->alpn_len);
  return &t->recent[kind % PROFILE_RECENT];
}

static bool is_like(const texts *store, const profile *p, const profile *wanted, reader alpn) {
  return p->has_ja4 == wanted->has_ja4 && p->alpn_len == wanted->alpn_len &&
         !memcmp(p->ja4, wanted->ja4, sizeof p->ja4) && text_is(store, p->alpn, alpn);
}

static uint32_t take_slot(profiles *t) {
  uint32_t number = t->free;
  if (number == PROFILE_NONE) return ++t->used;
  t->free = t->slots[number - 1].alpn;
  return number;
}

uint32_t profile_take(profiles *t, texts *store, const char *ja4, reader alpn) {
  profile wanted = {.users = 1, .alpn_len = (uint8_t)alpn.left, .has_ja4 = ja4 != NULL};
  if (!ja4 && !alpn.left) return PROFILE_NONE;
  if (ja4) ja4_pack(wanted.ja4, ja4);
  uint32_t *recent = recent_of(t, &wanted);
  if (*recent != PROFILE_NONE && is_like(store, &t->slots[*recent - 1], &wanted, alpn)) {
    t->slots[*recent - 1].users++;
    return *recent;
  }
  wanted.alpn = text_put(store, alpn);
  if (wanted.alpn == TEXT_NONE) wanted.alpn_len = 0;
  uint32_t number = take_slot(t);
  t->slots[number - 1] = wanted;
  *recent_of(t, &wanted) = number;
  return number;
}

void profile_give(profiles *t, texts *store, uint32_t number) {
  if (number == PROFILE_NONE) return;
  profile *p = &t->slots[number - 1];
  if (--p->users) return;
  uint32_t *recent = recent_of(t, p);
  if (*recent == number) *recent = PROFILE_NONE;
  text_free(store, p->alpn);
  p->alpn = t->free;
  t->free = number;
}

void profiles_trim(profiles *t, pages *p) {
  uint32_t free = 0;
  for (uint32_t number = t->free; number != PROFILE_NONE; number = t->slots[number - 1].alpn)
    free++;
  if (free < t->used) return;
  pages_give(p, t->slots, t->used * sizeof(profile));
  t->used = 0;
  t->free = PROFILE_NONE;
}
