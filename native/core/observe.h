/* observe.h -- a flow's payload becomes facts: TCP bytes in order, datagrams one by one. */
#ifndef WEIR_OBSERVE_H
#define WEIR_OBSERVE_H

#include "engine.h"

/* flow.stage: what is looked for next. */
typedef enum {
  STAGE_IDENTIFY, /* which protocol? */
  STAGE_TLS,      /* the ClientHello was read: which version does the server choose? */
  STAGE_HTTP,
  STAGE_HTTP2,
  STAGE_DNS,
  STAGE_QUIC, /* a hello over several datagrams */
  STAGE_DTLS,
  STAGE_CARRIER, /* SMTP and the like: when does TLS begin? */
  STAGE_DONE     /* nothing more to learn */
} observe_stage;

/* Sequence numbers and direction out of a TCP handshake. */
void observe_handshake(inspection *in);

/* The payload of the packet. */
void observe(inspection *in);

/* The flow ends: what lies in its buffers is looked at as it is. */
void observe_end(weir_engine *e, uint32_t index);

/* Its buffers are needed elsewhere: it is looked at no more. */
void observe_evict(weir_engine *e, uint32_t index);

#endif
