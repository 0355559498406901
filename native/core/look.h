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
  unsigned down;  /* direction of the bytes */
  bool last;      /* no more bytes will come: make do */
  bool is_start;  /* the bytes begin where the flow began */
  uint64_t skip;  /* bytes behind the ones at hand that need not be looked at */
} look;

/* identify.c: tries every protocol that is still possible. */
look_outcome identify_stream(look *l, reader *left);
void identify_datagram(look *l, reader datagram);
/* Goes on with a hello that takes several datagrams; false: the datagram told nothing. */
bool identify_quic(look *l, reader datagram);
bool identify_dtls(look *l, reader datagram);
/* The flow ends without a protocol: its port is all there is. */
void identify_end(look *l);
/* Only TLS may follow: the bits of observer.dead for that. */
uint64_t identify_only_tls(void);

/* observe_http.c */
look_outcome observe_http(look *l, reader *left);
look_outcome observe_http2(look *l, reader *left);
/* Bytes are missing: only a segment that begins a request finds the framing again. */
void observe_http_lost(look *l);
/* A request head was just parsed. */
look_outcome observe_http_request(look *l, const http_head *head);

/* Nothing of this flow's bytes is in order any more: framing starts anew at the next segment. */
void look_resync(look *l);

/* A block for parser state, new ones with that many zeroed bytes at the front; NULL when none is to be had. */
uint8_t *look_state(look *l, unsigned down, size_t zeroed);
void look_release(look *l, unsigned down);

static inline uint16_t look_port(const look *l, bool server) {
  const flow *f = l->in->flow;
  return f->key.port[server != ((f->flags & FLOW_CLIENT_IS_1) != 0)];
}

#endif
