/* inspect.c -- the way of a packet through the engine.
 *
 *   view -> flow -> already decided? -> observe -> judge -> act -> record
 *
 * It is the only hot path: live, in replay and on a phone. Packets come in
 * batches, so that one packet's flow is fetched from memory while others are
 * worked on; results are the same as one by one. */
#include <string.h>

#include "arrival.h"
#include "inspect.h"
#include "judge.h"
#include "learn.h"
#include "observe.h"
#include "observe_dns.h"
#include "record.h"
#include "rejudge.h"

#define BATCH              16u
#define AHEAD              8u /* packets between asking for a flow and touching it */
#define CLOCK_STEP_BACK_US UINT64_C(60000000)  /* more, and the clock was set back */
#define CLOCK_STEP_MAX_US  (UINT64_C(1) << 40) /* twelve days: longer silences count as that */
#define CLOCK_START_MAX_US (UINT64_C(1) << 62) /* leaves millions of such steps */
#define CLOCK_END_US       (UINT64_C(1) << 63)

/* ---- time ------------------------------------------------------------------ */

/* Captures' clocks jump and run backwards; the engine's only runs forwards. */
static void set_clock(weir_engine *e, uint64_t raw_us) {
  if (!e->now_us) {
    e->now_us = raw_us < CLOCK_START_MAX_US ? raw_us : CLOCK_START_MAX_US;
    e->clock_us = raw_us;
  } else if (raw_us > e->clock_us) {
    uint64_t step = raw_us - e->clock_us;
    if (e->now_us < CLOCK_END_US) e->now_us += step < CLOCK_STEP_MAX_US ? step : CLOCK_STEP_MAX_US;
    e->clock_us = raw_us;
  } else if (e->clock_us - raw_us > CLOCK_STEP_BACK_US) {
    e->clock_us = raw_us;
  }
  e->raw_us = raw_us;
}

/* ---- the end of a flow ----------------------------------------------------- */

static weir_close reason_to_close(const flow *f, weir_close otherwise) {
  if (f->phase != FLOW_CLOSING) return otherwise;
  return f->flags & FLOW_RST ? WEIR_CLOSE_RST : WEIR_CLOSE_FIN;
}

void inspect_end_flow(weir_engine *e, uint32_t index, weir_close why) {
  flow *f = &e->flows.flow[index];
  text_prefetch(&e->texts, e->flows.facts[index].host);
  observe_end(e, index);
  observe_dns_end(e, index);
  record_flow(e, index, reason_to_close(f, why));
  learn_forget(e, index);
  flow_remove(&e->flows, index);
  e->counters.flows_closed++;
}

/* False: the ring has no room for more. */
static bool expire_flows(weir_engine *e) {
  uint32_t index;
  while (engine_has_room(e)) {
    if ((index = flow_expired(&e->flows, e->now_us)) == FLOW_NONE) return true;
    inspect_end_flow(e, index, WEIR_CLOSE_IDLE);
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
    inspect_end_flow(e, flow_victim(&e->flows, e->now_us), WEIR_CLOSE_EVICTED);
    index = flow_add(&e->flows, &a->key, a->hash, e->now_us);
  }
  e->counters.flows_opened++;
  return index;
}

static uint32_t open_flow(weir_engine *e, const arrival *a) {
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

/* A SYN for a five-tuple that has been through a life already (RFC 9293 3.6.1). */
static bool is_reuse(const weir_engine *e, const flow *f, const packet *p, unsigned down) {
  if (p->transport != TRANSPORT_TCP || (p->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
    return false;
  if (f->phase != FLOW_OPEN) return f->phase == FLOW_CLOSING;
  /* The flow's own SYN, late or once more, lies no farther back than what came and what may be kept. */
  uint32_t behind = f->next_seq[down] - (p->seq + 1);
  return f->flags & FLOW_SEQ_KNOWN_UP << down &&
         behind > f->bytes[down] + e->config.assembler_bytes;
}

static uint32_t find_flow(weir_engine *e, const arrival *a) {
  uint32_t index = flow_find(&e->flows, &a->key, a->hash);
  if (index == FLOW_NONE) return open_flow(e, a);
  const flow *f = &e->flows.flow[index];
  weir_close why = WEIR_CLOSE_NONE;
  if (flow_is_idle(&e->flows, f, e->now_us))
    why = WEIR_CLOSE_IDLE;
  else if (is_reuse(e, f, &a->view, flow_is_down(f, a->reversed)))
    why = WEIR_CLOSE_REUSED;
  if (why == WEIR_CLOSE_NONE) return index;
  inspect_end_flow(e, index, why);
  return open_flow(e, a);
}

/* ---- one packet of a flow -------------------------------------------------- */

static void account(weir_engine *e, uint32_t index, unsigned down, uint32_t pieces,
                    uint64_t bytes) {
  flow *f = &e->flows.flow[index];
  uint32_t room = UINT32_MAX - f->packets[down]; /* at its end a count stays: 0 means none came */
  if (!f->packets[down] && f->packets[!down]) {
    flow_grown(&e->flows, index);
    if (f->phase == FLOW_OPENING) f->phase = FLOW_OPEN;
  }
  f->packets[down] += pieces < room ? pieces : room;
  f->bytes[down] += bytes;
  f->last_tick = (uint32_t)(e->now_us >> FLOW_TICK_SHIFT);
  if (e->raw_us > f->end_us) f->end_us = e->raw_us;
}

static void follow_tcp(inspection *in) {
  flow *f = in->flow;
  uint8_t flags = in->packet->tcp_flags;
  if (flags & TCP_RST) f->flags |= FLOW_RST;
  if (flags & TCP_FIN) f->flags |= (uint8_t)(FLOW_FIN_UP << in->down);
  bool both = (f->flags & (FLOW_FIN_UP | FLOW_FIN_UP << 1)) == (FLOW_FIN_UP | FLOW_FIN_UP << 1);
  if (f->phase == FLOW_CLOSING || !(both || flags & TCP_RST)) return;
  f->phase = FLOW_CLOSING;
  flow_replace_on_wheel(&in->engine->flows, in->index, in->engine->now_us);
}

/* Most packets change nothing but counts: no rule has spoken, and nothing is looked for any more. */
static bool is_plain(const weir_engine *e, const flow *f, const packet *p) {
  return (f->stage == STAGE_DONE || !p->body.left) && f->generation == e->generation &&
         !(f->flags & FLOW_DECIDED) && !(p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
         (f->packets[0] || f->packets[1]);
}

static void report(const inspection *in, weir_result *out) {
  out->verdict = in->verdict;
  out->action = in->action;
  out->reason = in->reason;
  out->rule = in->rule;
}

/* Looks at what a packet says, and tells what the rules say of it. */
static void inspect_closely(weir_engine *e, const arrival *a, uint32_t index, bool fresh,
                            weir_result *out) {
  flow *f = &e->flows.flow[index];
  inspection in = {.engine = e,
                   .packet = &a->view,
                   .flow = f,
                   .facts = &e->flows.facts[index],
                   .index = index,
                   .down = flow_is_down(f, a->reversed),
                   .rule = WEIR_NO_RULE,
                   .verdict = WEIR_VERDICT_PASS,
                   .reason = WEIR_REASON_NO_RULE};
  if (f->generation != e->generation) {
    rejudge(&in);
    fresh = true;
  }
  bool decided = f->flags & FLOW_DECIDED && f->verdict == WEIR_VERDICT_DROP && !fresh;
  if (a->view.transport == TRANSPORT_TCP) {
    if (a->view.tcp_flags & TCP_SYN) observe_handshake(&in);
    if (a->view.tcp_flags & (TCP_FIN | TCP_RST)) follow_tcp(&in);
  }
  if (f->stage != STAGE_DONE && a->view.body.left) observe(&in);
  if (f->flags & FLOW_DECIDED || (fresh && in.facts->reason != WEIR_REASON_NO_RULE)) {
    in.verdict = f->verdict;
    in.action = in.facts->action;
    in.reason = decided ? WEIR_REASON_FLOW_DECIDED : in.facts->reason;
    in.rule = inspection_details(&in)->rule;
  }
  report(&in, out);
}

/* Bypasses that come and go are for flows that a rule stops, none of which is plain. */
static void judge_anew(weir_engine *e, uint32_t index) {
  flow *f = &e->flows.flow[index];
  if (f->flags & FLOW_DECIDED && !e->flows.facts[index].granted &&
      bypasses_changed(&e->bypasses, f->last_tick, e->now_us))
    f->generation = 0;
}

static void inspect_whole(weir_engine *e, const arrival *a, uint32_t pieces, uint64_t bytes,
                          weir_result *out) {
  uint32_t index = find_flow(e, a);
  flow *f = &e->flows.flow[index];
  bool plain = is_plain(e, f, &a->view), fresh = !f->packets[0] && !f->packets[1];
  if (!plain) judge_anew(e, index);
  account(e, index, flow_is_down(f, a->reversed), pieces, bytes);
  if (plain)
    *out = (weir_result){
        .rule = WEIR_NO_RULE, .verdict = WEIR_VERDICT_PASS, .reason = WEIR_REASON_NO_RULE};
  else
    inspect_closely(e, a, index, fresh, out);
  out->flow_id = f->id;
  out->protocol = f->protocol;
}

static void refuse(weir_engine *e, const packet *p, weir_result *out) {
  out->verdict = e->config.on_malformed;
  if (p->kind == PACKET_MALFORMED) {
    e->counters.malformed++;
    out->reason = WEIR_REASON_MALFORMED;
  } else if (p->kind == PACKET_TRUNCATED) {
    e->counters.truncated++;
    out->reason = WEIR_REASON_TRUNCATED;
  } else {
    e->counters.unsupported++;
    out->reason = WEIR_REASON_UNSUPPORTED;
  }
}

/* ---- fragments ------------------------------------------------------------- */

static void inspect_joined(weir_engine *e, fragment_whole *whole, uint8_t direction,
                           weir_result *out) {
  arrival a = {.view = whole->packet, .direction = direction};
  arrival_find(&a, e->flows.seed);
  inspect_whole(e, &a, whole->pieces, whole->ip_bytes, out);
}

/* A datagram that will not be whole still counts for its flow, at its own time, and what came of it
 * is looked at. */
static void inspect_incomplete(weir_engine *e, fragment_whole *whole) {
  uint64_t raw_us = e->raw_us;
  weir_result ignored = {0};
  if (whole->packet.kind != PACKET_WHOLE) return;
  e->raw_us = whole->last_us;
  inspect_joined(e, whole, WEIR_DIRECTION_UNKNOWN, &ignored);
  e->raw_us = raw_us;
}

void inspect_evict_datagram(weir_engine *e) {
  fragment_whole whole;
  if (!fragment_give_up(&e->fragments, UINT64_MAX, &whole)) return;
  e->counters.fragments_evicted++;
  inspect_incomplete(e, &whole);
}

static bool fragments_are_due(const weir_engine *e) {
  return e->fragments.count && e->now_us >= e->fragments.due_us;
}

/* False: the ring has no room for more. */
static bool expire_fragments(weir_engine *e) {
  fragment_whole whole;
  while (engine_has_room(e)) {
    if (!fragment_give_up(&e->fragments, e->now_us, &whole)) return true;
    e->counters.fragments_expired++;
    inspect_incomplete(e, &whole);
  }
  return false;
}

static void inspect_fragment(weir_engine *e, const arrival *a, weir_result *out) {
  const packet *piece = &a->view;
  fragment_whole whole;
  bool overlap = false;
  e->counters.fragments++;
  if (fragments_full(&e->fragments) && !fragment_known(&e->fragments, piece))
    inspect_evict_datagram(e);
  /* A piece alone is of no use to its receiver; the verdict falls on the one that makes it whole. */
  out->reason = WEIR_REASON_FRAGMENT;
  out->verdict = WEIR_VERDICT_PASS;
  fragment_outcome outcome =
      fragment_put(&e->fragments, piece, e->now_us, e->raw_us, &overlap, &whole);
  if (overlap) e->counters.fragments_overlap++;
  if (outcome == FRAGMENT_REFUSED) {
    e->counters.malformed++;
    out->reason = WEIR_REASON_MALFORMED;
    out->verdict = e->config.on_malformed;
  } else if (outcome == FRAGMENT_JOINED) {
    e->counters.fragments_joined++;
    if (whole.packet.kind == PACKET_WHOLE)
      inspect_joined(e, &whole, a->direction, out);
    else
      refuse(e, &whole.packet, out);
  }
}

/* ---- a batch --------------------------------------------------------------- */

/* What is over by now ends first. False: the ring has no room for more. */
static bool expire(weir_engine *e) {
  if (flow_turn_is_over(&e->flows, e->now_us) && !expire_flows(e)) return false;
  return !fragments_are_due(e) || expire_fragments(e);
}

static void inspect_one(weir_engine *e, const arrival *a, weir_result *out) {
  const packet *p = &a->view;
  *out = (weir_result){.rule = WEIR_NO_RULE};
  e->counters.packets++;
  e->counters.bytes += p->ip_bytes;
  if (p->kind == PACKET_WHOLE) {
    if (p->body.left < p->body_wire) e->counters.truncated++;
    inspect_whole(e, a, 1, p->ip_bytes, out);
  } else if (p->kind == PACKET_FRAGMENT) {
    inspect_fragment(e, a, out);
  } else {
    refuse(e, p, out);
  }
  if (out->verdict == WEIR_VERDICT_PASS)
    e->counters.passed++;
  else
    e->counters.dropped++;
}

const uint64_t *arrival_seed(const weir_engine *e) { return e->flows.seed; }

/* Memory is asked for what inspect_one will touch of a packet to come: for its arrival, which another
 * core may have written, then for a slot, and, once that is there, for the flow that it points to. */
static void fetch_arrival(const arrival *a, size_t i, size_t count) {
  if (i >= count) return;
  __builtin_prefetch(&a[i]);
  __builtin_prefetch((const char *)&a[i] + 64);
}

static void fetch_slot(const weir_engine *e, const arrival *a, size_t i, size_t count) {
  if (i < count && a[i].view.kind == PACKET_WHOLE) flow_prefetch_slot(&e->flows, a[i].hash);
}

static void fetch_flow(const weir_engine *e, const arrival *a, size_t i, size_t count) {
  if (i >= count || a[i].view.kind != PACKET_WHOLE) return;
  flow_prefetch(&e->flows, a[i].hash);
  __builtin_prefetch(a[i].view.body.at); /* another core may have written it */
}

size_t inspect_arrivals(weir_engine *e, const arrival *arrivals, size_t count,
                        weir_result *results) {
  for (size_t i = 0; i < 2 * AHEAD; i++) fetch_slot(e, arrivals, i, count);
  for (size_t i = 0; i < AHEAD; i++) fetch_flow(e, arrivals, i, count);
  for (size_t i = 0; i < count; i++) {
    fetch_arrival(arrivals, i + 3 * AHEAD, count);
    fetch_slot(e, arrivals, i + 2 * AHEAD, count);
    fetch_flow(e, arrivals, i + AHEAD, count);
    if (!engine_has_room(e)) return i;
    set_clock(e, arrivals[i].now_us);
    if (!expire(e)) return i;
    inspect_one(e, &arrivals[i], &results[i]);
  }
  return count;
}

size_t weir_inspect(weir_engine *e, const weir_packet *packets, size_t count,
                    weir_result *results) {
  arrival batch[BATCH];
  for (size_t done = 0; done < count;) {
    size_t n = count - done < BATCH ? count - done : BATCH;
    for (size_t i = 0; i < n; i++) arrival_of(&batch[i], &packets[done + i], e->flows.seed);
    size_t judged = inspect_arrivals(e, batch, n, results + done);
    done += judged;
    if (judged < n) return done;
  }
  return count;
}

void weir_inspect_lossy(weir_engine *e, const weir_packet *packets, size_t count,
                        weir_result *results) {
  e->lossy = true;
  weir_inspect(e, packets, count, results);
  e->lossy = false;
}

/* ---- without a packet ------------------------------------------------------ */

bool weir_tick(weir_engine *e, uint64_t now_us) {
  set_clock(e, now_us);
  return expire(e);
}

uint64_t weir_next_deadline(const weir_engine *e) {
  uint64_t deadline = flow_deadline(&e->flows);
  if (e->fragments.count && e->fragments.due_us < deadline) deadline = e->fragments.due_us;
  if (deadline == UINT64_MAX) return deadline;
  uint64_t wait = deadline > e->now_us ? deadline - e->now_us : 0;
  return wait < UINT64_MAX - e->clock_us ? e->clock_us + wait : UINT64_MAX;
}

bool weir_finish(weir_engine *e) {
  uint32_t index;
  while (e->fragments.count) {
    if (!engine_has_room(e)) return false;
    inspect_evict_datagram(e);
  }
  while ((index = flow_first(&e->flows)) != FLOW_NONE) {
    if (!engine_has_room(e)) return false;
    inspect_end_flow(e, index, WEIR_CLOSE_FINISH);
  }
  return true;
}
