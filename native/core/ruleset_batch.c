/* ruleset_batch.c -- many hosts in one call.
 *
 * What a look-up waits for is memory: a line of the index, a block.  Hosts go through these steps some
 * hosts apart, so that what one waits for comes while others are worked on. */
#include <string.h>

#include "ruleset_host.h"
#include "ruleset_name.h"

#define LANES       8u
#define LANE_BYTES  56u /* of a name; longer ones, and those of more labels, go alone */
#define LANE_LABELS 6u

/* How many hosts behind the first step each further one is; the last is when the lane comes again. */
enum { HASHED = 1, SIEVED = 4 };

typedef struct lane {
  candidate found[LANE_LABELS];
  uint8_t text[LANE_BYTES + 8]; /* zeros behind the name */
  uint8_t len;                  /* 0: it goes alone */
  uint8_t count;
} lane;

/* Puts a host into a lane, if it is one for a lane. */
static inline void enter(const weir_ruleset *r, weir_bytes host, lane *l) {
  l->len = 0;
  if (!host.len || host.len > LANE_BYTES || !r->name_count) return;
  if (ruleset_lower(host, l->text) != RULESET_HOST_NAME) return;
  l->len = (uint8_t)(host.len - (l->text[host.len - 1] == '.'));
  memset(l->text + l->len, 0, 8);
}

/* Asks for the lines of the index. */
static inline void ask_index(const weir_ruleset *r, lane *l) {
  suffixes s;
  size_t at;
  uint64_t hash;
  unsigned count = 0;
  if (!l->len) return;
  s.name = (text){.base = l->text, .len = l->len, .last = l->len < 8 ? 0 : l->len - 8u};
  suffixes_start(&s, r);
  for (unsigned depth = 1; depth <= r->max_labels && next_suffix(&s, &at, &hash); depth++) {
    if (depth < r->min_labels) continue;
    if (count == LANE_LABELS) {
      l->len = 0;
      return;
    }
    prefetch(place_of(r, hash).line);
    l->found[count++] = (candidate){hash, (uint8_t)at, (uint8_t)depth};
  }
  l->count = (uint8_t)count;
}

/* Keeps what passes the filter, and asks for the block of the longest, which mostly decides. */
static inline void ask_block(const weir_ruleset *r, lane *l) {
  unsigned kept = 0;
  if (!l->len) return;
  for (unsigned i = 0; i < l->count; i++) {
    l->found[kept] = l->found[i];
    kept += filter_passes(place_of(r, l->found[i].hash), l->found[i].hash);
  }
  l->count = (uint8_t)kept;
  if (!kept) return;
  ruleset_place place = place_of(r, l->found[kept - 1].hash);
  ruleset_prefetch_block(ruleset_block_hint(&r->names, place));
}

/* Whether any rule speaks of the host in a lane. */
static inline bool resolve(const weir_ruleset *r, const lane *l, weir_match *out) {
  unsigned flags = 0;
  weir_bytes name = {l->text, l->len};
  bool spoke = l->count && ruleset_resolve(r, name, l->found, l->count, out, &flags);
  return ruleset_finish(r, name, spoke, flags, out);
}

static inline void decide(const weir_ruleset *r, const lane *l, weir_bytes host, weir_match *out) {
  if (!(l->len ? resolve(r, l, out) : weir_ruleset_match_host(r, host, out)))
    *out = (weir_match){.rule = WEIR_NO_RULE};
}

void weir_ruleset_match_hosts(const weir_ruleset *rules, const weir_bytes *hosts, size_t count,
                              weir_match *out) {
  lane lanes[LANES];
  for (size_t i = 0; i < count + LANES; i++) {
    lane *l = &lanes[i % LANES];
    if (i >= LANES) decide(rules, l, hosts[i - LANES], &out[i - LANES]);
    if (i < count) enter(rules, hosts[i], l);
    if (i >= HASHED && i - HASHED < count) ask_index(rules, &lanes[(i - HASHED) % LANES]);
    if (i >= SIEVED && i - SIEVED < count) ask_block(rules, &lanes[(i - SIEVED) % LANES]);
  }
}
