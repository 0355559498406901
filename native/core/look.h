/* look.h -- one look at the bytes of one direction, shared by the files that observe. */
#ifndef WEIR_LOOK_H
#define WEIR_LOOK_H

#include "dns.h"
#include "engine.h"
#include "hello.h"
#include "http1.h"
#include "observe.h"

typedef enum {
  LOOK_AGAIN, /* the stage changed or a message was taken: go on with what is left */
  LOOK_WAIT,  /* for more bytes; observer.need says how many at least */
  LOOK_DONE   /* all consumed, or no more to be had from this direction for now */
} look_outcome;

typedef struct look {
  inspection *in;
  observer *observer;
  unsigned down; /* direction of the bytes */
  bool last;     /* no more bytes will come: make do */
  bool is_start; /* the bytes begin where the flow began */
  void (*evict)(weir_engine *e,
                uint32_t flow_index); /* ends another's use of buffers; NULL: none may be taken */
  uint64_t skip;                      /* bytes behind the ones at hand that need not be looked at */
} look;

/* A block for the bytes of one direction; false when the only ones left are the flow's own. */
bool look_block(look *l, unsigned down);
/* A block for parser state, new ones with that many zeroed bytes at the front; NULL when none is to be had. */
uint8_t *look_state(look *l, unsigned down, size_t zeroed);
void look_release(look *l, unsigned down);

static inline uint16_t look_port(const look *l, bool server) {
  const flow *f = l->in->flow;
  return f->key.port[server != ((f->flags & FLOW_CLIENT_IS_1) != 0)];
}

#endif
