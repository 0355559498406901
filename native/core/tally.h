/* tally.h -- what a summary says of records: flows by protocol, verdict and action, and hosts. */
#ifndef WEIR_TALLY_H
#define WEIR_TALLY_H

#include "weir.h"

#define TALLY_HOSTS_MAX (1u << 20)

typedef struct tally_host {
  uint32_t end; /* of its text; the one before ends where it begins */
  uint32_t hash, flows;
} tally_host;

/* All may be read. */
typedef struct tally {
  uint64_t flows, dns; /* records */
  uint64_t protocols[WEIR_PROTOCOL_COUNT], verdicts[2], actions[5];
  uint64_t hosts_left_out; /* flows whose host found no room */
  uint32_t count, max;     /* hosts */
  uint32_t mask;
  uint64_t seed[2];
  tally_host *hosts;
  uint32_t *slots; /* number of a host, plus one; 0 empty */
  char *texts;
} tally;

/* Bytes for up to `max_hosts` hosts; 0 when that is 0 or above TALLY_HOSTS_MAX. Memory is touched as
 * hosts come. */
size_t tally_size(uint32_t max_hosts);

/* `memory` is 8-aligned, zeroed, and lives as long as the tally. The seed is a secret: nobody can make
 * captures whose names collide. */
tally *tally_init(void *memory, uint32_t max_hosts, const uint64_t seed[2]);

void tally_add(tally *t, const weir_record *records, size_t count);

/* Numbers of the `n` hosts with most flows, best first; of equal ones, those that sort first. Returns how
 * many there are. */
uint32_t tally_top(const tally *t, uint32_t *out, uint32_t n);

weir_bytes tally_host_text(const tally *t, uint32_t host);

#endif
