#include "tally.h"

#include <string.h>

#include "siphash.h"

#define FIRST_SLOTS 1024u

static uint32_t slots_for(uint32_t hosts) {
  uint32_t n = FIRST_SLOTS;
  while (n < 2 * hosts) n *= 2;
  return n;
}

size_t tally_size(uint32_t max_hosts) {
  if (!max_hosts || max_hosts > TALLY_HOSTS_MAX) return 0;
  return sizeof(tally) + max_hosts * (sizeof(tally_host) + WEIR_NAME_MAX) +
         slots_for(max_hosts) * sizeof(uint32_t);
}

tally *tally_init(void *memory, uint32_t max_hosts, const uint64_t seed[2]) {
  tally *t = (tally *)memory;
  *t = (tally){.max = max_hosts, .mask = FIRST_SLOTS - 1, .seed = {seed[0], seed[1]}};
  t->hosts = (tally_host *)(void *)(t + 1);
  t->slots = (uint32_t *)(void *)(t->hosts + max_hosts);
  t->texts = (char *)(t->slots + slots_for(max_hosts));
  return t;
}

weir_bytes tally_host_text(const tally *t, uint32_t host) {
  uint32_t from = host ? t->hosts[host - 1].end : 0;
  return (weir_bytes){(const uint8_t *)t->texts + from, t->hosts[host].end - from};
}

/* In place: twice the slots, and each host where it belongs among them. */
static void grow(tally *t) {
  t->mask = 2 * t->mask + 1;
  memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof *t->slots);
  for (uint32_t host = 0; host < t->count; host++) {
    uint32_t slot = t->hosts[host].hash & t->mask;
    while (t->slots[slot]) slot = (slot + 1) & t->mask;
    t->slots[slot] = host + 1;
  }
}

static void add_host(tally *t, const char *name, uint32_t len) {
  uint32_t hash = (uint32_t)siphash13(t->seed, name, len), slot = hash & t->mask;
  for (; t->slots[slot]; slot = (slot + 1) & t->mask) {
    tally_host *h = &t->hosts[t->slots[slot] - 1];
    if (h->hash != hash) continue;
    weir_bytes text = tally_host_text(t, t->slots[slot] - 1);
    if (text.len != len || memcmp(text.base, name, len)) continue;
    h->flows++;
    return;
  }
  if (t->count == t->max) {
    t->hosts_left_out++;
    return;
  }
  uint32_t from = t->count ? t->hosts[t->count - 1].end : 0;
  memcpy(t->texts + from, name, len);
  t->hosts[t->count] = (tally_host){.end = from + len, .hash = hash, .flows = 1};
  t->slots[slot] = ++t->count;
  if (2 * t->count > t->mask) grow(t);
}

void tally_add(tally *t, const weir_record *records, size_t count) {
  for (const weir_record *r = records; r < records + count; r++) {
    if (r->kind == WEIR_RECORD_DNS) t->dns++;
    if (r->kind != WEIR_RECORD_FLOW) continue;
    t->flows++;
    t->protocols[r->protocol]++;
    t->verdicts[r->verdict]++;
    t->actions[r->action]++;
    if (r->name_len) add_host(t, r->name, r->name_len);
  }
}

/* ---- the most frequent ------------------------------------------------------ */

static bool is_before(const tally *t, uint32_t a, uint32_t b) {
  if (t->hosts[a].flows != t->hosts[b].flows) return t->hosts[a].flows > t->hosts[b].flows;
  weir_bytes x = tally_host_text(t, a), y = tally_host_text(t, b);
  int order = memcmp(x.base, y.base, x.len < y.len ? x.len : y.len);
  return order ? order < 0 : x.len < y.len;
}

uint32_t tally_top(const tally *t, uint32_t *out, uint32_t n) {
  uint32_t have = 0;
  for (uint32_t host = 0; host < t->count; host++) {
    uint32_t place = have;
    while (place && is_before(t, host, out[place - 1])) place--;
    if (place == n) continue;
    if (have < n) have++;
    memmove(out + place + 1, out + place, (have - 1 - place) * sizeof *out);
    out[place] = host;
  }
  return have;
}
