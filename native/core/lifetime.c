/* lifetime.c -- how flows begin and end. */
#include "lifetime.h"

#include <string.h>

#include "flow_wheel.h"
#include "judge.h"
#include "learn.h"
#include "observe.h"
#include "observe_dns.h"
#include "record.h"

/* ---- the end of a flow ----------------------------------------------------- */

static weir_close reason_to_close(const flow *f, weir_close otherwise) {
  if (f->phase != FLOW_CLOSING) return otherwise;
  return f->flags & FLOW_RST ? WEIR_CLOSE_RST : WEIR_CLOSE_FIN;
}

void lifetime_end(weir_engine *e, uint32_t index, weir_close why) {
  flow *f = &e->flows.flow[index];
  text_prefetch(&e->texts, e->flows.facts[index].host);
  observe_end(e, index);
  observe_dns_end(e, index);
  record_flow(e, index, reason_to_close(f, why));
  learn_forget(e, index);
  flow_remove(&e->flows, index);
  e->counters.flows_closed++;
}

bool lifetime_expire(weir_engine *e) {
  uint32_t index;
  while (engine_has_room(e)) {
    if ((index = flow_expired(&e->flows, e->now_us)) == FLOW_NONE) return true;
    lifetime_end(e, index, WEIR_CLOSE_IDLE);
  }
  return false;
}

/* ---- the start of a flow --------------------------------------------------- */

static bool is_home(const weir_config *c, const uint8_t address[16]) {
  for (uint32_t i = 0; i < c->home_count; i++) {
    unsigned bits = c->home[i].bits, whole = bits / 8, rest = bits % 8;
    if (memcmp(address, c->home[i].addr.octets, whole)) continue;
    if (!rest || !((address[whole] ^ c->home[i].addr.octets[whole]) >> (8 - rest))) return true;
  }
  return false;
}

/* Which end is the client: the SYN tells; else which one is at home; else who spoke first. */
static bool source_is_client(const weir_engine *e, const arrival *a) {
  const packet *p = &a->view;
  if (p->transport == TRANSPORT_TCP && p->tcp_flags & TCP_SYN) return !(p->tcp_flags & TCP_ACK);
  bool source = is_home(&e->config, a->key.address[a->reversed]);
  bool destination = is_home(&e->config, a->key.address[!a->reversed]);
  if (source != destination) return source;
  return a->direction != WEIR_DIRECTION_INBOUND || p->transport != TRANSPORT_TCP;
}

static void label_by_transport(inspection *in) {
  uint8_t protocol;
  switch (in->flow->key.transport) {
    case TRANSPORT_TCP:
    case TRANSPORT_UDP:
    case TRANSPORT_UDPLITE: return;
    case TRANSPORT_ICMP:
    case TRANSPORT_ICMPV6: protocol = WEIR_PROTOCOL_ICMP; break;
    case TRANSPORT_IGMP: protocol = WEIR_PROTOCOL_IGMP; break;
    case TRANSPORT_SCTP: protocol = WEIR_PROTOCOL_SCTP; break;
    case TRANSPORT_GRE: protocol = WEIR_PROTOCOL_GRE; break;
    case TRANSPORT_ESP:
    case TRANSPORT_AH: protocol = WEIR_PROTOCOL_ESP; break;
    default: protocol = WEIR_PROTOCOL_UNKNOWN;
  }
  learn_protocol(in, protocol,
                 protocol == WEIR_PROTOCOL_UNKNOWN ? WEIR_EVIDENCE_NONE : WEIR_EVIDENCE_PAYLOAD);
  in->flow->stage = STAGE_DONE;
}

static uint32_t add_flow(weir_engine *e, const arrival *a) {
  uint32_t index = flow_add(&e->flows, &a->key, a->hash, e->now_us);
  if (index == FLOW_NONE) {
    e->counters.flows_evicted++;
    lifetime_end(e, flow_victim(&e->flows, e->now_us), WEIR_CLOSE_EVICTED);
    index = flow_add(&e->flows, &a->key, a->hash, e->now_us);
  }
  e->counters.flows_opened++;
  return index;
}

uint32_t lifetime_begin(weir_engine *e, const arrival *a) {
  unsigned server = source_is_client(e, a) != a->reversed;
  weir_addr address;
  memcpy(address.octets, a->key.address[server], sizeof address.octets);
  uint32_t place = hints_place(e->hints, &address), index = add_flow(e, a);
  flow *f = &e->flows.flow[index];
  inspection in = {.engine = e, .flow = f, .facts = &e->flows.facts[index], .index = index};
  f->start_us = f->end_us = e->raw_us;
  if (!server) f->flags |= FLOW_CLIENT_IS_1;
  label_by_transport(&in);
  learn_hint(&in, place, &address);
  /* The other end is the one to judge: of a flow from outside, the client. */
  in.facts->remote_is_1 = a->direction == WEIR_DIRECTION_INBOUND ? a->reversed : server;
  judge_open(&in);
  if (f->stage == STAGE_DONE) learn_settled(&in);
  return index;
}
