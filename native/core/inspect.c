/* inspect.c -- the way of a packet through the engine.
 *
 *   view -> flow -> already decided? -> observe -> judge -> act -> record
 *
 * It is the only hot path: live, in replay and on a phone. Packets come in
 * batches, so that one packet's flow is fetched from memory while others are
 * worked on; results are the same as one by one. */
#include <string.h>

#include "inspect.h"
#include "flow_wheel.h"
#include "inspect_fragment.h"
#include "lifetime.h"
#include "observe.h"
#include "quic_opened.h"
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

/* ---- a packet's flow -------------------------------------------------------- */

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
  if (index == FLOW_NONE) return lifetime_begin(e, a);
  const flow *f = &e->flows.flow[index];
  weir_close why = WEIR_CLOSE_NONE;
  if (flow_is_idle(&e->flows, f, e->now_us))
    why = WEIR_CLOSE_IDLE;
  else if (is_reuse(e, f, &a->view, flow_is_down(f, a->reversed)))
    why = WEIR_CLOSE_REUSED;
  if (why == WEIR_CLOSE_NONE) return index;
  lifetime_end(e, index, why);
  return lifetime_begin(e, a);
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

static bool is_to_tell(const inspection *in) {
  return in->engine->config.tells_judged && !in->facts->told &&
         (in->flow->flags & FLOW_DECIDED || in->facts->settled);
}

/* Looks at what a packet says, and tells what the rules say of it. */
static void inspect_closely(weir_engine *e, const arrival *a, uint32_t index, bool fresh,
                            weir_result *out) {
  flow *f = &e->flows.flow[index];
  inspection in = {.engine = e,
                   .packet = &a->view,
                   .opened = a->opened ? &e->opened[a->opened - 1] : NULL,
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
  if (is_to_tell(&in)) record_judged(&in);
  report(&in, out);
}

/* Bypasses that come and go are for flows that a rule stops, none of which is plain. */
static void judge_anew(weir_engine *e, uint32_t index) {
  flow *f = &e->flows.flow[index];
  if (f->flags & FLOW_DECIDED && !e->flows.facts[index].granted &&
      bypasses_changed(&e->bypasses, f->last_tick, e->now_us))
    f->generation = 0;
}

void inspect_whole(weir_engine *e, const arrival *a, uint32_t pieces, uint64_t bytes,
                   weir_result *out) {
  uint32_t index = find_flow(e, a);
  flow *f = &e->flows.flow[index];
  bool plain = is_plain(e, f, &a->view), fresh = !f->packets[0] && !f->packets[1];
  if (!plain) {
    flow_prefetch_learnt(&e->flows, index);
    judge_anew(e, index);
  }
  account(e, index, flow_is_down(f, a->reversed), pieces, bytes);
  if (plain)
    *out = (weir_result){
        .rule = WEIR_NO_RULE, .verdict = WEIR_VERDICT_PASS, .reason = WEIR_REASON_NO_RULE};
  else
    inspect_closely(e, a, index, fresh, out);
  out->flow_id = f->id;
  out->protocol = f->protocol;
}

void inspect_refuse(weir_engine *e, const packet *p, weir_result *out) {
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

/* ---- a batch --------------------------------------------------------------- */

/* What is over by now ends first. False: the ring has no room for more. */
static bool expire(weir_engine *e) {
  if (flow_turn_is_over(&e->flows, e->now_us) && !lifetime_expire(e)) return false;
  return !inspect_datagrams_are_due(e) || inspect_expire_datagrams(e);
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
    inspect_refuse(e, p, out);
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
  prefetch_lines(&a[i], 2);
}

static void fetch_slot(const weir_engine *e, const arrival *a, size_t i, size_t count) {
  if (i < count && a[i].view.kind == PACKET_WHOLE) flow_prefetch_slot(&e->flows, a[i].hash);
}

static void fetch_flow(const weir_engine *e, const arrival *a, size_t i, size_t count) {
  if (i >= count || a[i].view.kind != PACKET_WHOLE) return;
  flow_prefetch(&e->flows, a[i].hash);
  prefetch(a[i].view.body.at); /* another core may have written it */
}

void inspect_fetch(const weir_engine *e, const arrival *arrivals, size_t i, size_t count) {
  if (!i) {
    for (size_t k = 0; k < 2 * AHEAD; k++) fetch_slot(e, arrivals, k, count);
    for (size_t k = 0; k < AHEAD; k++) fetch_flow(e, arrivals, k, count);
  }
  fetch_arrival(arrivals, i + 3 * AHEAD, count);
  fetch_slot(e, arrivals, i + 2 * AHEAD, count);
  fetch_flow(e, arrivals, i + AHEAD, count);
}

/* False: the ring has too little room. */
static bool inspect_next(weir_engine *e, const arrival *a, weir_result *out) {
  if (!engine_has_room(e)) return false;
  set_clock(e, a->now_us);
  if (!expire(e)) return false;
  inspect_one(e, a, out);
  return true;
}

size_t inspect_arrivals(weir_engine *e, const arrival *arrivals, size_t count,
                        weir_result *results) {
  for (size_t i = 0; i < count; i++) {
    inspect_fetch(e, arrivals, i, count);
    if (!inspect_next(e, &arrivals[i], &results[i])) return i;
  }
  return count;
}

size_t inspect_arrivals_opened(weir_engine *e, const arrival *arrivals, size_t count,
                               const struct quic_opened *opened, weir_result *results) {
  e->opened = opened;
  size_t done = inspect_arrivals(e, arrivals, count, results);
  e->opened = NULL;
  return done;
}

void inspect_lossy(weir_engine *e, const arrival *a, weir_result *out) {
  e->lossy = true;
  inspect_next(e, a, out);
  e->lossy = false;
}

/* The headers of a batch to come: another core may have written them. */
static void fetch_packets(const weir_packet *packets, size_t from, size_t count) {
  for (size_t i = from; i < count && i < from + BATCH; i++) prefetch(packets[i].data);
}

size_t weir_inspect(weir_engine *e, const weir_packet *packets, size_t count,
                    weir_result *results) {
  arrival batch[BATCH];
  for (size_t done = 0; done < count;) {
    size_t n = count - done < BATCH ? count - done : BATCH;
    fetch_packets(packets, done + BATCH, count);
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
    lifetime_end(e, index, WEIR_CLOSE_FINISH);
  }
  return true;
}
