#include "record.h"

#include <string.h>

#include "learn.h"

#define ANSWERS_MAX 32u  /* ANSWER records kept for one DNS record */
#define JUDGED_MAX  128u /* JUDGED records a second */

static bool reserve(weir_engine *e, uint32_t count) {
  if (count <= e->budget && ring_room(&e->ring) >= count) {
    e->budget -= count;
    e->counters.records_written += count;
    return true;
  }
  e->counters.records_lost += count;
  return false;
}

static void put_tuple(weir_tuple *out, const flow *f) {
  unsigned client = f->flags & FLOW_CLIENT_IS_1 ? 1 : 0;
  memcpy(out->client.octets, f->key.address[client], 16);
  memcpy(out->server.octets, f->key.address[!client], 16);
  out->client_port = f->key.port[client];
  out->server_port = f->key.port[!client];
  out->transport = f->key.transport;
  out->ip_version = f->key.version;
}

static weir_record *start(weir_engine *e, const flow *f, uint8_t kind) {
  weir_record *r = ring_next(&e->ring);
  r->flow_id = f->id;
  r->start_us = f->start_us;
  r->end_us = f->end_us;
  r->kind = kind;
  r->protocol = f->protocol;
  r->evidence = f->evidence;
  put_tuple(&r->tuple, f);
  return r;
}

static void put_names(weir_engine *e, const flow *f, const details *d) {
  /* The chain runs from the newest; the oldest comes out first. */
  for (unsigned wanted = d->name_count; wanted > 0; wanted--) {
    name host;
    uint32_t chain = d->names;
    uint8_t source = 0;
    for (unsigned i = 0; i < wanted; i++) source = learn_next_name(&e->texts, &chain, &host);
    weir_record *r = start(e, f, WEIR_RECORD_NAME);
    r->host_source = source;
    r->name_len = host.len;
    memcpy(r->name, host.text, host.len);
  }
}

static void put_rules(weir_record *r, uint32_t rule, uint32_t overruled, uint64_t categories) {
  bool spoke = rule != WEIR_NO_RULE;
  r->rule = rule;
  r->overruled = spoke ? overruled : WEIR_NO_RULE;
  r->categories = spoke ? categories : 0;
}

static void put_profile(const weir_engine *e, weir_record *r, uint32_t number) {
  if (number == PROFILE_NONE) return;
  const profile *p = profile_at(&e->profiles, number);
  r->ja4_len = p->has_ja4 ? WEIR_JA4_MAX : 0;
  if (p->has_ja4) ja4_unpack(r->ja4, p->ja4);
  r->alpn_len = (uint8_t)text_get(&e->texts, p->alpn, r->alpn, sizeof r->alpn, p->alpn_len);
}

static void put_flow(weir_engine *e, uint32_t index, uint8_t kind, weir_close close) {
  const flow *f = &e->flows.flow[index];
  const facts *x = &e->flows.facts[index];
  const details *d = flow_details(&e->flows, index);
  weir_record *r = start(e, f, kind);
  r->via = d->via;
  r->host_source = x->host_source;
  r->verdict = f->verdict;
  r->action = x->action;
  r->reason = x->reason;
  r->close = (uint8_t)close;
  r->flags = x->flags;
  put_rules(r, d->rule, d->overruled, d->categories);
  r->generation = f->generation;
  r->packets_up = f->packets[0];
  r->packets_down = f->packets[1];
  r->bytes_up = f->bytes[0];
  r->bytes_down = f->bytes[1];
  r->quic_version = d->quic_version;
  r->tls_version = x->tls_version;
  put_profile(e, r, x->profile);
  r->name_len = (uint8_t)text_get(&e->texts, x->host, r->name, sizeof r->name, x->host_len);
}

void record_flow(weir_engine *e, uint32_t index, weir_close close) {
  const details *d = flow_details(&e->flows, index);
  if (!reserve(e, d->name_count + 1u)) return;
  put_names(e, &e->flows.flow[index], d);
  put_flow(e, index, WEIR_RECORD_FLOW, close);
}

/* What only watchers want may not cost others their records: few a second, and never the last room. */
static bool may_tell(weir_engine *e) {
  const uint64_t second = 1000000;
  if (e->now_us - e->telling_since_us >= second) {
    e->telling_since_us = e->now_us;
    e->telling_left = JUDGED_MAX;
  }
  return e->telling_left && ring_room(&e->ring) > e->ring.mask / 2 + 1;
}

void record_judged(inspection *in) {
  weir_engine *e = in->engine;
  in->facts->told = true;
  if (!may_tell(e)) return;
  e->telling_left--;
  e->counters.records_written++;
  put_flow(e, in->index, WEIR_RECORD_JUDGED, WEIR_CLOSE_NONE);
}

/* ---- DNS ------------------------------------------------------------------- */

static unsigned count_answers(const dns_message *m) {
  uint32_t whole = m->answers < m->whole_records ? m->answers : m->whole_records;
  return whole < ANSWERS_MAX ? whole : ANSWERS_MAX;
}

static void put_answers(weir_engine *e, const flow *f, const dns_message *m, unsigned count) {
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  dns_cursor at = {.message = m, .without_owners = true};
  dns_record rr;
  while (count-- && dns_next_record(&at, &rr)) {
    weir_record *r = start(e, f, WEIR_RECORD_ANSWER);
    r->dns_id = m->id;
    r->qtype = rr.type;
    r->ttl = rr.ttl;
    if (rr.has_address) {
      memcpy(r->address, rr.address.octets, 16);
      if (!memcmp(r->address, mapped, 12)) r->flags |= WEIR_FLAG_ADDRESS_IS_IPV4;
    }
    r->name_len = rr.target.len;
    memcpy(r->name, rr.target.text, rr.target.len);
  }
}

void record_dns(weir_engine *e, uint32_t index, const pending *query, const dns_message *response,
                const dns_question *question, const inspection *in) {
  const flow *f = &e->flows.flow[index];
  unsigned answers = response ? count_answers(response) : 0;
  if (!reserve(e, answers + 1)) return;
  if (answers) put_answers(e, f, response, answers);
  weir_record *r = start(e, f, WEIR_RECORD_DNS);
  r->end_us = response ? e->raw_us : query->start_us;
  r->start_us = query ? query->start_us : e->raw_us;
  if (r->end_us < r->start_us) r->end_us = r->start_us; /* a clock set back in between */
  r->dns_id = query ? query->id : response->id;
  r->qtype = query ? query->qtype : question->type;
  r->flags = (uint8_t)((query ? WEIR_FLAG_QUERY : 0) | (response ? WEIR_FLAG_RESPONSE : 0));
  r->verdict = query ? query->verdict : in->verdict;
  r->action = query ? query->action : in->action;
  r->reason = query ? query->reason : in->reason;
  if (query)
    put_rules(r, query->rule, query->overruled, query->categories);
  else
    put_rules(r, in->rule, in->overruled, in->categories);
  r->generation = query ? query->generation : e->generation;
  if (response) {
    r->rcode = response->rcode;
    r->answers = response->answers;
  }
  name asked = question ? question->name : (name){.len = query->name_len};
  if (query) text_get(&e->texts, query->name, asked.text, sizeof asked.text, query->name_len);
  r->host_source = dns_is_host(&asked) ? WEIR_HOST_DNS_QNAME : WEIR_HOST_NONE;
  r->name_len = asked.len;
  memcpy(r->name, asked.text, asked.len);
}

/* What was done about a flow now, and which rule asked for it. */
static weir_record *start_action(weir_engine *e, uint32_t index, uint8_t kind, const name *host) {
  const flow *f = &e->flows.flow[index];
  const details *d = flow_details(&e->flows, index);
  weir_record *r = start(e, f, kind);
  r->start_us = r->end_us = e->raw_us;
  r->action = e->flows.facts[index].action;
  put_rules(r, d->rule, d->overruled, d->categories);
  r->generation = f->generation;
  r->name_len = host->len;
  memcpy(r->name, host->text, host->len);
  return r;
}

void record_bypass(inspection *in, const name *host) {
  weir_engine *e = in->engine;
  if (!reserve(e, 1)) return;
  weir_record *r = start_action(e, in->index, WEIR_RECORD_BYPASS, host);
  r->reason = WEIR_REASON_BYPASS;
  r->verdict = WEIR_VERDICT_PASS;
  r->ttl = e->config.bypass_s;
}

void record_page(weir_engine *e, uint32_t index, const name *host) {
  facts *x = &e->flows.facts[index];
  if (x->shown) return;
  x->shown = true;
  if (!reserve(e, 1)) return;
  start_action(e, index, WEIR_RECORD_PAGE, host)->reason = x->reason;
}
