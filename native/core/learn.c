#include "learn.h"

#include <string.h>

#include "doh.h"
#include "judge.h"

void learn_protocol(inspection *in, uint8_t protocol, uint8_t evidence) {
  in->flow->protocol = protocol;
  in->flow->evidence = evidence;
}

/* ---- hosts ----------------------------------------------------------------- */

/* A further host as a text: number of the next one's text, source, length, bytes. */
#define NAME_HEAD 6u

static void read_head(const uint8_t *head, uint32_t *next, uint8_t *source, uint8_t *len) {
  *next = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
  *source = head[4];
  *len = head[5];
}

uint8_t learn_next_name(const texts *t, uint32_t *chain, name *out) {
  uint8_t bytes[NAME_HEAD + WEIR_NAME_MAX], source;
  if (!*chain) return 0;
  text_get(t, *chain, bytes, sizeof bytes, NAME_HEAD);
  uint32_t next;
  read_head(bytes, &next, &source, &out->len);
  text_get(t, *chain, bytes, sizeof bytes, NAME_HEAD + (size_t)out->len);
  memcpy(out->text, bytes + NAME_HEAD, out->len);
  *chain = next;
  return source;
}

void learn_get_host(const inspection *in, name *out) {
  out->len = in->facts->host_len;
  text_get(&in->engine->texts, in->facts->host, out->text, sizeof out->text, out->len);
}

bool learn_judged_host(const inspection *in, name *out) {
  const weir_engine *e = in->engine;
  const details *d = inspection_details(in);
  uint32_t chain = d->names;
  learn_get_host(in, out);
  do {
    judgement j = judge_name(e, out);
    if (j.rule == d->rule && j.rule != WEIR_NO_RULE) return true;
  } while (learn_next_name(&e->texts, &chain, out));
  return false;
}

static bool is_further(const inspection *in, const name *host) {
  name other;
  for (uint32_t chain = inspection_details(in)->names;
       learn_next_name(&in->engine->texts, &chain, &other);)
    if (name_equal(&other, host)) return true;
  return false;
}

static void keep_further(inspection *in, const name *host, uint8_t source) {
  weir_engine *e = in->engine;
  details *d = inspection_own_details(in);
  uint8_t bytes[NAME_HEAD + WEIR_NAME_MAX];
  uint32_t text = TEXT_NONE;
  if (d->name_count < LEARN_NAMES_MAX) {
    for (unsigned i = 0; i < 4; i++) bytes[i] = (uint8_t)(d->names >> (24 - 8 * i));
    bytes[4] = source;
    bytes[5] = host->len;
    memcpy(bytes + NAME_HEAD, host->text, host->len);
    text = text_put(&e->texts, reader_of(bytes, NAME_HEAD + (size_t)host->len));
  }
  if (text == TEXT_NONE) {
    e->counters.names_dropped++;
    return;
  }
  d->names = text;
  d->name_count++;
}

static void set_host(inspection *in, const name *host, uint8_t source) {
  facts *x = in->facts;
  texts *t = &in->engine->texts;
  text_free(t, x->host);
  x->host = text_put(t, reader_of(host->text, host->len));
  x->host_len = x->host ? host->len : 0;
  x->host_source = x->host ? source : WEIR_HOST_NONE;
  if (!x->host) in->engine->counters.names_dropped++;
}

void learn_host(inspection *in, const name *host, uint8_t source) {
  facts *x = in->facts;
  name before;
  bool unnamed = x->host_source == WEIR_HOST_NONE || x->host_source == WEIR_HOST_DNS_HINT;
  /* Each query has a record of its own: the flow is named for the first. */
  if (!host->len || (source == WEIR_HOST_DNS_QNAME && !unnamed)) return;
  learn_get_host(in, &before);
  if (unnamed) {
    x->flags &= (uint8_t)~WEIR_FLAG_HINT_AMBIGUOUS;
    set_host(in, host, source);
  } else if (name_equal(&before, host)) {
    if (source < x->host_source) x->host_source = source; /* better evidence of the same */
    return;
  } else if (is_further(in, host)) {
    return;
  } else if (source < x->host_source) { /* SNI over Host */
    keep_further(in, &before, x->host_source);
    set_host(in, host, source);
  } else {
    keep_further(in, host, source);
  }
  if (source == WEIR_HOST_DNS_QNAME) return; /* its transaction is judged, not the flow */
  judge_flow(in, judge_host(in, host));
}

void learn_hint(inspection *in, uint32_t place, const weir_addr *server) {
  weir_engine *e = in->engine;
  bool ambiguous = false;
  const name *hint = hints_find(e->hints, place, server, e->now_us, &ambiguous);
  if (!hint) return;
  set_host(in, hint, WEIR_HOST_DNS_HINT);
  if (ambiguous) in->facts->flags |= WEIR_FLAG_HINT_AMBIGUOUS;
}

void learn_judge_settled(inspection *in) {
  const facts *x = in->facts;
  /* A name that may be another's must not block: only a hint without rival is judged. */
  if (x->host_source == WEIR_HOST_DNS_HINT && !(x->flags & WEIR_FLAG_HINT_AMBIGUOUS)) {
    name host;
    learn_get_host(in, &host);
    judge_flow(in, judge_hint(in, &host));
  }
  /* Of DNS each query is judged. */
  if (x->reason == WEIR_REASON_NO_RULE && in->flow->protocol != WEIR_PROTOCOL_DNS)
    judge_flow(in, judge_nameless(in));
}

void learn_settled(inspection *in) {
  if (in->facts->settled) return;
  in->facts->settled = true;
  learn_judge_settled(in);
}

void learn_forget(weir_engine *e, uint32_t index) {
  texts *t = &e->texts;
  facts *x = &e->flows.facts[index];
  name ignored;
  text_free(t, x->host);
  profile_give(&e->profiles, t, x->profile);
  for (uint32_t text = flow_details(&e->flows, index)->names; text;) {
    uint32_t next = text;
    learn_next_name(t, &next, &ignored);
    text_free(t, text);
    text = next;
  }
  *x = (facts){0};
}

/* ---- hello ----------------------------------------------------------------- */

static bool alpn_offers(const hello *h, const char *protocol, size_t len) {
  for (size_t at = 0; at + len <= h->alpn_len;) {
    size_t end = at;
    while (end < h->alpn_len && h->alpn[end] != ',') end++;
    if (end - at >= len && !memcmp(h->alpn + at, protocol, len)) return true;
    at = end + 1;
  }
  return false;
}

static uint8_t label_tls(const inspection *in, const hello *h, uint8_t *evidence) {
  unsigned server = !(in->flow->flags & FLOW_CLIENT_IS_1);
  uint16_t port = in->flow->key.port[server];
  *evidence = WEIR_EVIDENCE_PAYLOAD;
  if (alpn_offers(h, "dot", 3) || port == 853) return WEIR_PROTOCOL_DOT; /* RFC 7858 */
  if (doh_is_resolver(&h->host)) {
    *evidence = WEIR_EVIDENCE_NAME;
    return WEIR_PROTOCOL_DOH;
  }
  if (port == 443 || alpn_offers(h, "h2", 2) || alpn_offers(h, "http/1.", 7))
    return WEIR_PROTOCOL_HTTPS;
  return WEIR_PROTOCOL_TLS;
}

static uint8_t label_quic(const inspection *in, const hello *h) {
  unsigned server = !(in->flow->flags & FLOW_CLIENT_IS_1);
  if (alpn_offers(h, "doq", 3) || in->flow->key.port[server] == 853)
    return WEIR_PROTOCOL_DOQ; /* RFC 9250 */
  return alpn_offers(h, "h3", 2) ? WEIR_PROTOCOL_HTTP3 : WEIR_PROTOCOL_QUIC;
}

static void label_hello(inspection *in, const hello *h, uint8_t source) {
  uint8_t evidence = WEIR_EVIDENCE_PAYLOAD;
  uint8_t via = inspection_details(in)->via;
  uint8_t protocol =
      via == WEIR_PROTOCOL_UNKNOWN || via == WEIR_PROTOCOL_HTTP || via == WEIR_PROTOCOL_SOCKS
          ? label_tls(in, h, &evidence)
          : WEIR_PROTOCOL_STARTTLS;
  if (source == WEIR_HOST_QUIC_SNI)
    protocol = label_quic(in, h);
  else if (in->flow->key.transport != TRANSPORT_TCP)
    protocol = WEIR_PROTOCOL_DTLS;
  learn_protocol(in, protocol, evidence);
}

void learn_hello(inspection *in, const hello *h, uint8_t source) {
  weir_engine *e = in->engine;
  facts *x = in->facts;
  label_hello(in, h, source);
  x->tls_version = h->version;
  if (h->esni) x->flags |= WEIR_FLAG_ESNI;
  if (h->ech) x->flags |= WEIR_FLAG_ECH;
  if (h->ech && ech_is_public_name(&e->ech, &h->host)) x->flags |= WEIR_FLAG_NAME_IS_OUTER;
  profile_give(&e->profiles, &e->texts, x->profile);
  x->profile = profile_take(&e->profiles, &e->texts, h->ja4_len == WEIR_JA4_MAX ? h->ja4 : NULL,
                            reader_of(h->alpn, h->alpn_len));
  if (h->host_refused) e->counters.names_refused++;
  learn_host(in, &h->host, source);
  learn_settled(in);
}
