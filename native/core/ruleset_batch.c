/* ruleset_batch.c -- many hosts in one call.
 *
 * What a look-up waits for is memory: a word of the filter, the directory, a block.  Hosts go through
 * these steps side by side, so that what one waits for comes while others are worked on. */
#include "ruleset_host.h"
#include "ruleset_name.h"

#define LANES       10u
#define LANE_BYTES  56u /* of a name; longer ones, and those of more labels, go alone */
#define LANE_LABELS 6u

typedef struct lane {
  size_t host; /* its place in the batch */
  size_t len;
  unsigned count;
  candidate found[LANE_LABELS];
  uint8_t text[LANE_BYTES + 8];
} lane;

static inline text lane_text(const lane *l) {
  return (text){.base = l->text, .len = l->len, .last = l->len < 8 ? 0 : l->len - 8};
}

/* Asks for the words of the filter. False: it has too many labels for a lane. */
static inline bool ask_filter(const weir_ruleset *r, lane *l) {
  suffixes s;
  s.name = lane_text(l);
  suffixes_start(&s, r);
  l->count = 0;
  for (unsigned depth = 1; depth <= r->max_labels; depth++) {
    uint64_t hash = fold(next_label(&s), LAST);
    if (depth >= r->min_labels) {
      if (l->count == LANE_LABELS) return false;
      __builtin_prefetch(filter_word(r, hash));
      l->found[l->count++] = (candidate){hash, (uint8_t)s.start, (uint8_t)depth};
    }
    if (!s.start) break;
  }
  return true;
}

/* Puts a host into a lane. False: it goes alone. */
static inline bool enter(const weir_ruleset *r, weir_bytes host, lane *l) {
  if (!host.len || host.len > LANE_BYTES || !r->name_count) return false;
  if (ruleset_lower(host, l->text) != RULESET_HOST_NAME) return false;
  l->len = host.len - (l->text[host.len - 1] == '.');
  if (l->len < host.len) l->text[l->len] = 0; /* as behind any short name */
  return l->len && ask_filter(r, l);
}

/* Keeps what passes the filter, and asks for its places in the directory. */
static inline void ask_directory(const weir_ruleset *r, lane *l) {
  unsigned kept = 0;
  for (unsigned i = 0; i < l->count; i++) {
    if (!filter_passes(r, l->found[i].hash)) continue;
    uint32_t index = ruleset_block_index(&r->names, l->found[i].hash);
    __builtin_prefetch(r->names.directory + (size_t)index * 4);
    l->found[kept++] = l->found[i];
  }
  l->count = kept;
}

/* Asks for the block of the longest that is left, which mostly decides. */
static inline void ask_block(const weir_ruleset *r, const lane *l) {
  if (!l->count) return;
  uint32_t index = ruleset_block_index(&r->names, l->found[l->count - 1].hash);
  uintptr_t at = (uintptr_t)r->names.base + load_le32(r->names.directory + (size_t)index * 4);
  for (unsigned i = 0; i < 4; i++) __builtin_prefetch((const void *)(at + i * 64));
}

static inline void decide(const weir_ruleset *r, const lane *l, weir_match *out) {
  unsigned flags = 0;
  text name = lane_text(l);
  bool spoke = l->count && ruleset_resolve(r, &name, l->found, l->count, out, &flags);
  if (!ruleset_finish(r, (weir_bytes){l->text, l->len}, spoke, flags, out))
    *out = (weir_match){.rule = WEIR_NO_RULE};
}

void weir_ruleset_match_hosts(const weir_ruleset *rules, const weir_bytes *hosts, size_t count,
                              weir_match *out) {
  lane lanes[LANES];
  for (size_t host = 0; host < count;) {
    unsigned n = 0;
    for (; host < count && n < LANES; host++) {
      lanes[n].host = host;
      if (enter(rules, hosts[host], &lanes[n]))
        n++;
      else if (!weir_ruleset_match_host(rules, hosts[host], &out[host]))
        out[host] = (weir_match){.rule = WEIR_NO_RULE};
    }
    for (unsigned i = 0; i < n; i++) ask_directory(rules, &lanes[i]);
    for (unsigned i = 0; i < n; i++) ask_block(rules, &lanes[i]);
    for (unsigned i = 0; i < n; i++) decide(rules, &lanes[i], &out[lanes[i].host]);
  }
}
