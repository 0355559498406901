/* profile.h -- what ClientHellos say of the clients that sent them.
 *
 * A client's hellos are alike but for the host: what they say is kept once for all flows whose hellos
 * were like the last of that kind, and takes no memory for each of them. */
#ifndef WEIR_PROFILE_H
#define WEIR_PROFILE_H

#include "ja4.h"
#include "pages.h"
#include "text.h"

#define PROFILE_NONE   0u /* neither JA4 nor ALPN; numbers count from 1 */
#define PROFILE_RECENT 64u

typedef struct profile {
  uint32_t users; /* flows; 0: free, and `alpn` is the next free one */
  uint32_t alpn;  /* text */
  uint8_t alpn_len;
  bool has_ja4;
  uint8_t ja4[JA4_PACKED];
} profile;

typedef struct profiles {
  profile *slots;
  uint32_t used, free;
  uint32_t recent[PROFILE_RECENT]; /* where a hello like the next may be: one for each kind */
} profiles;

/* Memory for `max_flows` flows, each with a profile of its own: there is always room. */
size_t profiles_size(uint32_t max_flows);
void profiles_init(profiles *t, void *memory);

static inline const profile *profile_at(const profiles *t, uint32_t number) {
  return &t->slots[number - 1];
}

/* The number of the profile with this JA4, of WEIR_JA4_MAX characters or NULL, and this ALPN, for one
 * more flow. ALPN is lost when `store` is full. */
uint32_t profile_take(profiles *t, texts *store, const char *ja4, reader alpn);

/* One flow less has it. */
void profile_give(profiles *t, texts *store, uint32_t number);

/* Gives the pages, when no flow has a profile. */
void profiles_trim(profiles *t, pages *p);

#endif
