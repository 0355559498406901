/* answer.c -- what the sender of a refused packet is told at once, so that it need not wait.
 *
 * An answer follows from the packet, its result and its flow's host, and from no earlier answer: a
 * packet that is sent once more gets the same one again. */
#include "answer_dns.h"
#include "answer_icmp.h"
#include "answer_page.h"
#include "answer_quic.h"
#include "arrival.h"
#include "engine.h"
#include "judge.h"
#include "learn.h"
#include "record.h"
#include "reply.h"
#include "warn.h"

#define DNS_LENGTH 2     /* in front of a message over TCP (RFC 1035 4.2.2) */
#define DNS_MAX    65535 /* that such a message may have */

typedef struct refusal {
  weir_engine *engine;
  const weir_packet *whole;
  const weir_result *result;
  const packet *packet;
  uint32_t flow; /* FLOW_NONE: it gave way to another meanwhile */
  uint8_t *out;
  size_t room;
} refusal;

/* ---- ICMP -------------------------------------------------------------------- */

/* So many a second, and as many at once (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)). */
static bool may_complain(weir_engine *e) {
  const uint64_t second = 1000000;
  answer_allowance *a = &e->allowance;
  uint64_t rate = e->answers.unreachable_rate, passed = e->now_us - a->since_us;
  if (!rate) return false;
  if (passed >= second) {
    a->left = rate;
    a->since_us = e->now_us;
  } else {
    uint64_t more = passed * rate / second;
    if (more) a->since_us += more * second / rate;
    a->left = a->left + more < rate ? a->left + more : rate;
  }
  return a->left && a->left--;
}

static size_t complain(const refusal *r, unreachable why) {
  if (!may_complain(r->engine)) return 0;
  return answer_icmp(r->packet, (weir_bytes){r->whole->data, r->whole->len}, why, r->out, r->room);
}

/* ---- TCP --------------------------------------------------------------------- */

/* What the sender's next byte is numbered: SYN and FIN count (RFC 9293 3.4). */
static uint32_t next_seq(const packet *p) {
  return p->seq + p->body_wire + !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN);
}

/* RFC 9293 3.10.7.1: a number that the sender must believe (RFC 5961 3.2). */
static size_t reset(const refusal *r) {
  reply back;
  const packet *p = r->packet;
  if (!reply_open(&back, p, TRANSPORT_TCP, r->out, r->room)) return 0;
  if (p->tcp_flags & TCP_ACK) return reply_tcp(&back, p->ack, 0, TCP_RST, 0);
  return reply_tcp(&back, 0, next_seq(p), TCP_RST | TCP_ACK, 0);
}

/* `len` bytes and the end of the flow, in the server's place. */
static size_t say_and_close(const reply *back, const packet *p, size_t len) {
  if (!len) return 0;
  return reply_tcp(back, p->ack, next_seq(p), TCP_PSH | TCP_ACK | TCP_FIN, len);
}

/* The deciding rule's list, and the first of its categories. */
static void name_rule(const refusal *r, page_facts *shown) {
  const weir_ruleset *rules = &r->engine->rules;
  weir_match match;
  uint32_t line;
  if (!weir_ruleset_provenance(rules, r->result->rule, &shown->list, &line)) return;
  if (!weir_ruleset_rule(rules, r->result->rule, &match) || !match.categories) return;
  shown->category = weir_ruleset_category(rules, (unsigned)__builtin_ctzll(match.categories));
}

/* The host that the rule spoke of, else whatever the flow is known by. */
static bool judged_host(const refusal *r, name *out) {
  inspection in = {
      .engine = r->engine, .facts = &r->engine->flows.facts[r->flow], .index = r->flow};
  if (learn_judged_host(&in, out)) return true;
  learn_get_host(&in, out);
  return false;
}

static size_t put_page(const refusal *r, const reply *back) {
  static const uint8_t head[] = {'H', 'E', 'A', 'D', ' '};
  const packet *p = r->packet;
  weir_engine *e = r->engine;
  uint8_t link[WARN_LINK_LEN];
  name host = {0};
  page_facts shown = {
      .warns = r->result->action == WEIR_ACTION_WARN,
      .is_head = p->body.left >= sizeof head && !memcmp(p->body.at, head, sizeof head)};
  if (r->flow != FLOW_NONE && judged_host(r, &host) && shown.warns &&
      warn_link(e, r->flow, &host, link))
    shown.link = (weir_bytes){link, sizeof link};
  shown.host = (weir_bytes){(const uint8_t *)host.text, host.len};
  if (e->has_rules && r->result->rule != WEIR_NO_RULE) name_rule(r, &shown);
  size_t len = answer_page(&shown, shown.warns ? e->answers.warn_page : e->answers.page,
                           back->payload, back->room);
  if (len && !shown.is_head && r->flow != FLOW_NONE) record_page(e, r->flow, &host);
  return len;
}

/* In the place of what was asked for; behind a good link of a page's, the way there. */
static size_t block_page(const refusal *r) {
  reply back;
  if (!reply_open(&back, r->packet, TRANSPORT_TCP, r->out, r->room)) return 0;
  bool granted = r->flow != FLOW_NONE && r->engine->flows.facts[r->flow].granted;
  return say_and_close(
      &back, r->packet,
      granted ? answer_page_see_other(back.payload, back.room) : put_page(r, &back));
}

/* A request is answered; what comes after it is what ends the flow. */
static size_t answer_http(const refusal *r) {
  reply back;
  const packet *p = r->packet;
  if (p->tcp_flags & TCP_SYN) return reset(r);
  if (p->body.left) return block_page(r);
  if (!(p->tcp_flags & TCP_FIN) || !reply_open(&back, p, TRANSPORT_TCP, r->out, r->room)) return 0;
  return reply_tcp(&back, p->ack, next_seq(p), TCP_ACK, 0);
}

/* A query that is whole in its segment, as stubs send it; any other gets a reset. */
static size_t answer_dns_stream(const refusal *r) {
  reply back;
  reader message, body = r->packet->body;
  if (!get_block(&body, DNS_LENGTH, &message) ||
      !reply_open(&back, r->packet, TRANSPORT_TCP, r->out, r->room) || back.room < DNS_LENGTH)
    return reset(r);
  uint8_t *at = back.payload + DNS_LENGTH;
  size_t len = answer_dns(message, &r->engine->answers.dns, DNS_MAX, at, back.room - DNS_LENGTH);
  if (!len) return reset(r);
  at[-2] = (uint8_t)(len >> 8);
  at[-1] = (uint8_t)len;
  return say_and_close(&back, r->packet, DNS_LENGTH + len);
}

static size_t answer_tcp(const refusal *r) {
  if (r->packet->tcp_flags & TCP_RST) return 0; /* RFC 9293 3.10.7.1 */
  switch (r->result->protocol) {
    case WEIR_PROTOCOL_HTTP: return answer_http(r);
    case WEIR_PROTOCOL_DNS:
      if (r->packet->body.left) return answer_dns_stream(r);
      return reset(r);
    default: return reset(r);
  }
}

/* ---- UDP --------------------------------------------------------------------- */

static size_t answer_quic(const refusal *r) {
  reply back;
  weir_engine *e = r->engine;
  if (!e->config.crypto || !reply_open(&back, r->packet, TRANSPORT_UDP, r->out, r->room) ||
      back.room < ANSWER_QUIC_MAX)
    return complain(r, UNREACHABLE_PORT);
  size_t len = answer_quic_close(r->packet->body, e->config.crypto, e->scratch, ENGINE_SCRATCH,
                                 back.payload);
  return len ? reply_udp(&back, len) : complain(r, UNREACHABLE_PORT);
}

static size_t answer_udp(const refusal *r) {
  reply back;
  switch (r->result->protocol) {
    case WEIR_PROTOCOL_DNS:
      if (!reply_open(&back, r->packet, TRANSPORT_UDP, r->out, r->room)) return 0;
      size_t len = answer_dns(r->packet->body, &r->engine->answers.dns, REPLY_PAYLOAD_MAX,
                              back.payload, back.room);
      return len ? reply_udp(&back, len) : 0;
    case WEIR_PROTOCOL_QUIC:
    case WEIR_PROTOCOL_HTTP3:
    case WEIR_PROTOCOL_DOQ: return answer_quic(r);
    case WEIR_PROTOCOL_MDNS:
    case WEIR_PROTOCOL_LLMNR: return 0; /* nobody need answer these (RFC 6762 6, RFC 4795 2.3) */
    default: return complain(r, UNREACHABLE_PROHIBITED);
  }
}

/* ---- public ------------------------------------------------------------------ */

void weir_engine_answers(weir_engine *engine, const weir_answers *answers) {
  engine->answers = *answers;
}

void weir_answers_init(weir_answers *out) {
  *out = (weir_answers){.dns = {.mode = WEIR_DNS_NXDOMAIN, .extended_error = 15, .ttl = 60},
                        .unreachable_rate = 100};
}

/* Whether it came from the flow's client: servers are not told that they are blocked. */
static bool is_from_client(const weir_engine *e, const arrival *a, uint32_t index) {
  if (a->direction == WEIR_DIRECTION_INBOUND) return false;
  return index == FLOW_NONE || !flow_is_down(&e->flows.flow[index], a->reversed);
}

static bool is_refused(const weir_result *result) {
  return result->verdict == WEIR_VERDICT_DROP && judge_stops(result->action);
}

size_t arrival_answer(weir_engine *engine, const arrival *a, const weir_packet *in,
                      const weir_result *result, uint8_t *out, size_t room) {
  if (!is_refused(result) || a->view.kind != PACKET_WHOLE) return 0;
  refusal r = {engine, in,  result, &a->view, flow_find(&engine->flows, &a->key, a->hash),
               out,    room};
  if (!is_from_client(engine, a, r.flow)) return 0;
  if (a->view.transport == TRANSPORT_TCP) return answer_tcp(&r);
  if (a->view.transport == TRANSPORT_UDP) return answer_udp(&r);
  return complain(&r, UNREACHABLE_PROHIBITED);
}

size_t weir_answer(weir_engine *engine, const weir_packet *in, const weir_result *result,
                   uint8_t *out, size_t room) {
  arrival a;
  if (!is_refused(result)) return 0;
  arrival_of(&a, in, engine->flows.seed);
  return arrival_answer(engine, &a, in, result, out, room);
}
