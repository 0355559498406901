#include "observe.h"

#include "identify.h"
#include "learn.h"
#include "observe_dns.h"
#include "observe_tcp.h"
#include "tls.h"

#define QUIC_DATAGRAMS_MAX 32u /* a hello that is not whole by then will not be */

/* ---- buffers --------------------------------------------------------------- */

static look look_of(inspection *in, unsigned down) {
  const flow *f = in->flow;
  observer *o = f->observer == OBSERVER_NONE ? NULL : &in->engine->observers.slots[f->observer];
  bool is_start =
      f->key.transport != TRANSPORT_TCP || (f->flags & FLOW_SEEN_SYN && !(o && o->lost));
  return (look){.in = in, .observer = o, .down = down, .is_start = is_start};
}

void observe_evict(weir_engine *e, uint32_t index) {
  e->counters.assemblers_evicted++;
  observe_end(e, index);
}

static void take_observer(inspection *in) {
  weir_engine *e = in->engine;
  observers *t = &e->observers;
  flow *f = in->flow;
  if (f->observer != OBSERVER_NONE) return;
  f->observer = observer_take(t);
  if (f->observer == OBSERVER_NONE) {
    observe_evict(e, t->slots[t->oldest].flow);
    f->observer = observer_take(t);
  }
  t->slots[f->observer].flow = in->index;
}

/* Nothing is in it that the next packet would miss. */
static bool is_blank(const inspection *in, const observer *o) {
  observe_stage stage = (observe_stage)in->flow->stage;
  if (stage == STAGE_DONE) return true;
  if (o->block[0] != OBSERVER_NONE || o->block[1] != OBSERVER_NONE || o->lost || o->inner)
    return false;
  return stage == STAGE_TLS || stage == STAGE_DNS || (stage == STAGE_HTTP && !o->http_phase);
}

static void tidy(inspection *in) {
  weir_engine *e = in->engine;
  if (in->flow->observer == OBSERVER_NONE || !is_blank(in, &e->observers.slots[in->flow->observer]))
    return;
  observer_give(&e->observers, in->flow->observer);
  in->flow->observer = OBSERVER_NONE;
}

/* ---- a packet -------------------------------------------------------------- */

static void observe_datagram(look *l) {
  inspection *in = l->in;
  weir_engine *e = in->engine;
  flow *f = in->flow;
  reader body = in->packet->body;
  dns_message m;
  switch (f->stage) {
    case STAGE_IDENTIFY: identify_datagram(l, body); break;
    case STAGE_DNS: {
      parse_outcome outcome = dns_parse(body, &m);
      if (outcome == PARSE_MALFORMED) e->counters.parse_malformed++;
      if (outcome == PARSE_PARSED || outcome == PARSE_MALFORMED) observe_dns_message(in, &m);
      break;
    }
    case STAGE_QUIC:
    case STAGE_DTLS: {
      bool told = f->stage == STAGE_QUIC ? identify_quic(l, body)
                                         : dtls_looks_like_record(body) && identify_dtls(l, body);
      if (!told && ++l->observer->looks >= QUIC_DATAGRAMS_MAX) f->stage = STAGE_DONE;
      if (f->stage == STAGE_DONE) learn_settled(in);
      break;
    }
    default: break;
  }
}

void observe(inspection *in) {
  flow *f = in->flow;
  if (f->stage == STAGE_DONE || !in->packet->body.left) return;
  bool is_tcp = f->key.transport == TRANSPORT_TCP;
  if (!is_tcp && f->key.transport != TRANSPORT_UDP && f->key.transport != TRANSPORT_UDPLITE) {
    f->stage = STAGE_DONE;
    return;
  }
  if (f->stage != STAGE_DNS || is_tcp) take_observer(in); /* of datagrams of DNS nothing is kept */
  look l = look_of(in, in->down);
  l.evict = observe_evict;
  if (is_tcp)
    observe_segment(&l);
  else
    observe_datagram(&l);
  tidy(in);
}

void observe_handshake(inspection *in) {
  look l = look_of(in, in->down);
  observe_syn(&l);
}

void observe_end(weir_engine *e, uint32_t index) {
  flow *f = &e->flows.flow[index];
  inspection in = {.engine = e,
                   .flow = f,
                   .facts = &e->flows.facts[index],
                   .index = index,
                   .rule = WEIR_NO_RULE};
  if (f->observer != OBSERVER_NONE) {
    look l = look_of(&in, 0);
    if (f->key.transport == TRANSPORT_TCP && f->stage != STAGE_HTTP2)
      for (; l.down < 2; l.down++) observe_flush(&l);
    l.down = 0;
    identify_end(&l);
    observer_give(&e->observers, f->observer);
    f->observer = OBSERVER_NONE;
  }
  learn_settled(&in);
  f->stage = STAGE_DONE;
}
