/* pending.h -- DNS queries that wait for their response, so that one record tells of both. */
#ifndef WEIR_PENDING_H
#define WEIR_PENDING_H

#include "name.h"
#include "pages.h"
#include "text.h"

#define PENDING_NONE     0u
#define PENDING_PER_FLOW 32u

typedef struct pending {
  uint64_t start_us;
  uint32_t flow;
  uint32_t next;            /* of the same flow, newest first */
  uint32_t older, newer;    /* of all */
  uint32_t name;            /* text */
  uint32_t rule, overruled; /* judge.h */
  uint64_t categories;
  uint16_t id, qtype;
  uint8_t name_len;
  uint8_t verdict, action, reason;
  uint16_t generation; /* of the rules that judged it */
} pending;

typedef struct pendings {
  pending *slots; /* numbered from 1 */
  uint32_t max, used, free, oldest, newest;
} pendings;

size_t pendings_size(uint32_t max);
void pendings_init(pendings *t, void *memory, uint32_t max);

static inline pending *pending_at(const pendings *t, uint32_t number) {
  return &t->slots[number - 1];
}

/* A free slot put first on the flow's list `*head`; PENDING_NONE when the pool is full: take out the oldest. */
uint32_t pending_add(pendings *t, uint32_t *head, uint32_t flow);

/* The flow's query with this id, type and name; PENDING_NONE when there is none. */
uint32_t pending_find(const pendings *t, const texts *store, uint32_t head, uint16_t id,
                      uint16_t qtype, const name *wanted);

/* Takes `number` off the flow's list and frees it with its text. */
void pending_remove(pendings *t, texts *store, uint32_t *head, uint32_t number);

/* Gives the pages of the pool where no query waits. */
void pendings_trim(pendings *t, pages *p);

#endif
