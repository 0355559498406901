/* observer.h -- what a flow keeps while its bytes are still looked at.
 *
 * Two pools: observers, small, and blocks of bytes for messages that did not
 * come in one piece. A flow whose first packet tells all uses neither. When a
 * pool is empty its oldest user gives way and is looked at no more. */
#ifndef WEIR_OBSERVER_H
#define WEIR_OBSERVER_H

#include "assembler.h"
#include "pages.h"
#include "sniff.h"
#include "weir.h"

#define OBSERVER_NONE UINT32_MAX

typedef struct observer {
  uint32_t flow;
  uint32_t older, newer; /* list of all in use */
  uint32_t block[2];     /* for bytes from the client, from the server; or OBSERVER_NONE */
  uint32_t seen[2];      /* bytes at the front that told nothing yet; identify.c */
  uint32_t need[2];      /* bytes without which another look says nothing new */
  uint32_t sought;       /* bytes from the client behind which TLS was not; identify.c */
  uint32_t carrier_state;
  uint64_t dead[2];   /* candidates ruled out, a bit each; identify.c */
  uint64_t body_left; /* HTTP request body, see http1_chunks */
  sniff_memory memory;
  uint8_t looks;      /* segments or datagrams looked at in vain */
  uint8_t http_phase; /* observe_http.c */
  uint8_t carrier;    /* weir_protocol that hands over, STAGE_CARRIER */
  uint8_t inner;      /* the carrier handed over: the bytes are the inner protocol's */
  uint8_t zeros[2];   /* at the front, padding or data: the next segment tells; observe.c */
  uint8_t lost;       /* the client's first bytes were missed: nothing begins where it should */
} observer;

typedef struct block {
  assembler runs;
  uint32_t observer; /* its owner; OBSERVER_NONE: free */
  uint32_t older, newer;
} block;

typedef struct observers {
  observer *slots;
  block *blocks;
  uint8_t *bytes;
  uint32_t max, max_blocks, block_bytes;
  uint32_t used, free, oldest, newest;
  uint32_t blocks_used, blocks_free, blocks_oldest, blocks_newest;
} observers;

size_t observers_size(const weir_config *config);
void observers_init(observers *t, void *memory, const weir_config *config);

/* Index of a free observer; OBSERVER_NONE when all are in use. */
uint32_t observer_take(observers *t);
void observer_give(observers *t, uint32_t index);

/* The same for blocks; the bytes are not zeroed. */
uint32_t block_take(observers *t, uint32_t owner);
void block_give(observers *t, uint32_t index);

/* Gives the pages of free blocks, and of observers where none is in use. */
void observers_trim(observers *t, pages *p);

static inline uint8_t *block_bytes(const observers *t, uint32_t index) {
  return t->bytes + (size_t)index * t->block_bytes;
}

#endif
