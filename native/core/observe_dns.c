#include "observe_dns.h"

#include <string.h>

#include "judge.h"
#include "learn.h"
#include "record.h"

enum { TYPE_SVCB = 64, TYPE_HTTPS = 65 };

static void give_up(weir_engine *e, uint32_t number) {
  const pending *p = pending_at(&e->pendings, number);
  uint32_t index = p->flow;
  record_dns(e, index, p, NULL, NULL, NULL);
  pending_remove(&e->pendings, &e->texts, &flow_own_details(&e->flows, index)->pending, number);
}

void observe_dns_evict(weir_engine *e) {
  e->counters.dns_pending_evicted++;
  give_up(e, e->pendings.oldest);
}

static uint32_t oldest_of(const weir_engine *e, uint32_t head, unsigned *count) {
  uint32_t last = PENDING_NONE;
  for (*count = 0; head != PENDING_NONE; head = pending_at(&e->pendings, head)->next, (*count)++)
    last = head;
  return last;
}

void observe_dns_end(weir_engine *e, uint32_t index) {
  unsigned count;
  uint32_t oldest;
  while ((oldest = oldest_of(e, flow_details(&e->flows, index)->pending, &count)) != PENDING_NONE)
    give_up(e, oldest);
}

static void wait_for_response(inspection *in, const dns_message *m, const dns_question *q) {
  weir_engine *e = in->engine;
  uint32_t *head = &inspection_own_details(in)->pending;
  /* A query sent again is still one transaction. */
  if (pending_find(&e->pendings, &e->texts, *head, m->id, q->type, &q->name) != PENDING_NONE)
    return;
  unsigned count;
  uint32_t oldest = oldest_of(e, *head, &count);
  if (count == PENDING_PER_FLOW) {
    e->counters.dns_pending_evicted++;
    give_up(e, oldest);
  }
  uint32_t number = pending_add(&e->pendings, head, in->index);
  if (number == PENDING_NONE) {
    observe_dns_evict(e);
    number = pending_add(&e->pendings, head, in->index);
  }
  pending *p = pending_at(&e->pendings, number);
  p->start_us = e->raw_us;
  p->id = m->id;
  p->qtype = q->type;
  p->name = text_put(&e->texts, reader_of(q->name.text, q->name.len));
  p->name_len = p->name ? q->name.len : 0;
  p->verdict = in->verdict;
  p->action = in->action;
  p->reason = in->reason;
  p->rule = in->rule;
  p->overruled = in->overruled;
  p->categories = in->categories;
  p->generation = e->generation;
}

static void store_hints(inspection *in, const dns_message *m, const name *asked) {
  weir_engine *e = in->engine;
  dns_cursor at = {.message = m, .without_owners = true};
  dns_record rr;
  while (dns_next_record(&at, &rr) && rr.section == DNS_ANSWER) {
    if (rr.has_address) {
      e->counters.hints_stored++;
      e->counters.hints_evicted += hints_store(e->hints, &rr.address, asked, rr.ttl, e->now_us);
    }
    if (rr.type != TYPE_HTTPS && rr.type != TYPE_SVCB) continue;
    name public_name;
    if (dns_svcb_ech_public_name(&rr, &public_name))
      e->counters.ech_names_evicted += ech_learn(&e->ech, &public_name);
    weir_addr hint;
    for (unsigned i = 0; i < 16 && dns_svcb_hint(&rr, i, &hint); i++) {
      e->counters.hints_stored++;
      e->counters.hints_evicted += hints_store(e->hints, &hint, asked, rr.ttl, e->now_us);
    }
  }
}

/* What was said of a query holds for its response, unless rules or bypasses have changed: those may let one
 * of them through and not the other. */
static judgement judge_anew(const inspection *in, const dns_question *q, const pending *query) {
  const weir_engine *e = in->engine;
  bool holds = query && query->generation == e->generation && !e->bypasses.count &&
               query->reason != WEIR_REASON_BYPASS && query->action != WEIR_ACTION_WARN;
  if (!holds) return judge_query(in, &q->name);
  return (judgement){.rule = query->rule,
                     .verdict = query->verdict,
                     .action = query->action,
                     .reason = query->reason,
                     .overruled = query->overruled,
                     .categories = query->categories};
}

static void observe_question(inspection *in, const dns_message *m, const dns_question *q) {
  weir_engine *e = in->engine;
  if (q->refused) e->counters.names_refused++;
  uint8_t protocol = in->flow->protocol;
  bool judged = protocol == WEIR_PROTOCOL_DNS; /* mDNS and LLMNR names are the link's own */
  uint32_t number = PENDING_NONE;
  if (m->is_response)
    number = pending_find(&e->pendings, &e->texts, inspection_details(in)->pending, m->id, q->type,
                          &q->name);
  const pending *query = number == PENDING_NONE ? NULL : pending_at(&e->pendings, number);
  in->rule = WEIR_NO_RULE;
  if (judged) judge_packet(in, judge_anew(in, q, query));
  if (dns_is_host(&q->name)) learn_host(in, &q->name, WEIR_HOST_DNS_QNAME);
  if (!m->is_response) {
    wait_for_response(in, m, q);
    return;
  }
  record_dns(e, in->index, query, m, q, in);
  if (query) pending_remove(&e->pendings, &e->texts, &inspection_own_details(in)->pending, number);
}

void observe_dns_message(inspection *in, const dns_message *m) {
  dns_cursor at = {.message = m};
  dns_question q;
  inspection worst = *in; /* of all questions of all messages in the packet: one blocked stops it */
  while (dns_next_question(&at, &q)) {
    in->verdict = WEIR_VERDICT_PASS;
    in->action = WEIR_ACTION_NONE;
    in->reason = WEIR_REASON_NO_RULE;
    observe_question(in, m, &q);
    if (!judge_stands(worst.action, worst.verdict, worst.reason) &&
        in->reason != WEIR_REASON_NO_RULE)
      worst = *in;
    /* With several questions it is not said which address is whose. */
    if (m->is_response && m->answers && m->questions == 1 && !q.refused)
      store_hints(in, m, &q.name);
  }
  *in = worst;
}
