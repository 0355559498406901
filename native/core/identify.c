/* identify.c -- which protocol do these bytes speak?
 *
 * Every protocol that is still possible is a bit. The first in order of the
 * table that says PARSED is the flow's, but never before a stronger one that
 * still says NEED_MORE: how a sender cuts its bytes must not change the answer. */
#include "identify.h"

#include "http2.h"
#include "learn.h"
#include "observe_http.h"
#include "tls.h"

/* Bits of observer.dead, tried from the lowest up; sniff rows follow. DNS over TCP begins
 * with two weak bytes: it comes last, but first on its own port. */
enum {
  TRY_TLS,
  TRY_HTTP2,
  TRY_HTTP,
  TRY_TLS_RECORD, /* a record that is no hello: the flow's start was not seen */
  TRY_RESPONSE,
  TRY_SNIFF,
  TRY_DNS = 63
};

#define SEEK_MAX      4096u /* bytes from the client before a hello that is still found */
#define TLS_HANDSHAKE 22u
#define ALL_DEAD      (~(uint64_t)0)

typedef struct attempt {
  parse_outcome outcome;
  reader rest; /* behind what was parsed */
  size_t need;
  union {
    hello hello;
    http_head head;
    dns_message dns;
  } u;
} attempt;

static bool is_dns_port(uint16_t port) { return port == 53 || port == 5353 || port == 5355; }

bool identify_on_dns_port(const look *l) {
  return is_dns_port(look_port(l, true)) || is_dns_port(look_port(l, false));
}

uint8_t identify_dns_label(const look *l) {
  uint16_t server = look_port(l, true), client = look_port(l, false);
  if (server == 5353 || client == 5353) return WEIR_PROTOCOL_MDNS;
  return server == 5355 || client == 5355 ? WEIR_PROTOCOL_LLMNR : WEIR_PROTOCOL_DNS;
}

/* ---- TCP ------------------------------------------------------------------- */

static parse_outcome try_tls_record(const look *l, reader left) {
  /* With its start seen, a client's TLS begins with a hello; only the server's side may tell by a record. */
  if (l->is_start && !l->down) return PARSE_NOT_MINE;
  if (!tls_looks_like_record(left)) return PARSE_NOT_MINE;
  return left.left < 6 ? PARSE_NEED_MORE : PARSE_PARSED;
}

sniff_input identify_sniff_input(const look *l, reader bytes) {
  return (sniff_input){.bytes = bytes,
                       .memory = &l->observer->memory,
                       .client_port = look_port(l, false),
                       .server_port = look_port(l, true),
                       .transport = l->in->flow->key.transport,
                       .from_client = !l->down,
                       .is_start = l->is_start};
}

static void try_one(const look *l, unsigned bit, reader left, const sniff_input *in, attempt *a) {
  weir_engine *e = l->in->engine;
  bool client = !l->down || !l->is_start; /* whose first packet was missed may be either */
  bool server = l->down || !l->is_start;
  a->rest = left;
  a->need = left.left + 1;
  a->outcome = PARSE_NOT_MINE;
  switch (bit) {
    case TRY_TLS:
      if (!client) break;
      a->outcome = tls_client_hello(left, e->scratch, ENGINE_SCRATCH, e->config.crypto, &a->u.hello,
                                    &a->need);
      /* The wire had the whole hello, the capture has its beginning. One that never ended is none. */
      if (a->outcome == PARSE_NEED_MORE && l->last && l->in->packet &&
          tls_host_of_cut(left, &a->u.hello))
        a->outcome = PARSE_PARSED;
      break;
    case TRY_HTTP2: {
      static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
      size_t n = left.left < sizeof preface - 1 ? left.left : sizeof preface - 1, same = 0;
      while (same < n && left.at[same] == (uint8_t)preface[same]) same++;
      if (same == n && client)
        a->outcome = n == sizeof preface - 1 ? PARSE_PARSED : PARSE_NEED_MORE;
      break;
    }
    case TRY_HTTP:
      if (client) a->outcome = http1_request(&a->rest, &a->u.head, &a->need);
      break;
    case TRY_RESPONSE:
      if (server) a->outcome = http1_response(&a->rest, &a->u.head, &a->need);
      break;
    case TRY_DNS:
      a->outcome = dns_stream(&a->rest, &a->u.dns, &a->need);
      if (a->outcome == PARSE_PARSED && !dns_plausible(&a->u.dns, identify_on_dns_port(l)))
        a->outcome = PARSE_NOT_MINE;
      break;
    case TRY_TLS_RECORD: a->outcome = try_tls_record(l, left); break;
    default: a->outcome = sniff_table[bit - TRY_SNIFF].sniff(in);
  }
}

static bool hands_over(uint8_t protocol) {
  switch (protocol) {
    case WEIR_PROTOCOL_SMTP:
    case WEIR_PROTOCOL_IMAP:
    case WEIR_PROTOCOL_POP3:
    case WEIR_PROTOCOL_FTP:
    case WEIR_PROTOCOL_XMPP:
    case WEIR_PROTOCOL_POSTGRESQL:
    case WEIR_PROTOCOL_MYSQL:
    case WEIR_PROTOCOL_LDAP:
    case WEIR_PROTOCOL_RDP:
    case WEIR_PROTOCOL_SOCKS: return true;
    default: return false;
  }
}

/* TLS told by a record: the hello may still lie in the client's buffer behind a lost segment. */
static look_outcome adopt_tls_record(look *l, reader *left) {
  inspection *in = l->in;
  observer *o = l->observer;
  uint16_t port = look_port(l, true);
  if (in->flow->protocol == WEIR_PROTOCOL_UNKNOWN)
    learn_protocol(in,
                   port == 853   ? WEIR_PROTOCOL_DOT
                   : port == 443 ? WEIR_PROTOCOL_HTTPS
                                 : WEIR_PROTOCOL_TLS,
                   WEIR_EVIDENCE_PAYLOAD);
  tls_server server;
  size_t need = 0;
  parse_outcome outcome =
      tls_server_hello(*left, in->engine->scratch, ENGINE_SCRATCH, &server, &need);
  if (outcome == PARSE_NEED_MORE && l->down && l->is_start && !l->last) {
    o->need[1] = (uint32_t)need;
    return LOOK_WAIT;
  }
  if (outcome == PARSE_PARSED && server.version) in->facts->tls_version = server.version;
  o->dead[l->down] = ALL_DEAD;
  o->dead[!l->down] |= ~((uint64_t)1 << TRY_TLS);
  left->left = 0;
  return LOOK_DONE;
}

/* A request head that will never be whole, but whose Host is. */
static look_outcome adopt_cut_request(look *l, const attempt *a, reader *left) {
  learn_protocol(l->in, WEIR_PROTOCOL_HTTP, WEIR_EVIDENCE_PAYLOAD);
  l->in->flow->stage = STAGE_HTTP;
  learn_host(l->in, &a->u.head.target_host, WEIR_HOST_HTTP_HOST);
  learn_host(l->in, &a->u.head.host, WEIR_HOST_HTTP_HOST);
  left->left = 0;
  return LOOK_DONE;
}

/* What a carrier handed over to has a label now. */
static void leave_carrier(look *l) {
  observer *o = l->observer;
  if (!o->inner) return;
  inspection_own_details(l->in)->via = o->carrier;
  o->inner = 0;
  l->in->facts->settled = 0;
}

static look_outcome adopt_stream(look *l, unsigned bit, attempt *a, reader *left) {
  inspection *in = l->in;
  flow *f = in->flow;
  observer *o = l->observer;
  o->need[0] = o->need[1] = 0;
  leave_carrier(l);
  switch (bit) {
    case TRY_TLS:
      learn_hello(in, &a->u.hello, WEIR_HOST_TLS_SNI);
      f->stage = inspection_details(in)->via ? STAGE_DONE : STAGE_TLS;
      left->left = 0;
      return LOOK_DONE;
    case TRY_HTTP2:
      look_release(l, 1);
      f->stage = STAGE_HTTP2;
      return LOOK_AGAIN;
    case TRY_HTTP:
      learn_protocol(in, WEIR_PROTOCOL_HTTP, WEIR_EVIDENCE_PAYLOAD);
      if (inspection_details(in)->via == WEIR_PROTOCOL_HTTP)
        inspection_own_details(in)->via = WEIR_PROTOCOL_UNKNOWN; /* the proxy again */
      f->stage = STAGE_HTTP;
      *left = a->rest;
      return observe_http_request(l, &a->u.head);
    case TRY_RESPONSE:
      learn_protocol(in, WEIR_PROTOCOL_HTTP, WEIR_EVIDENCE_PAYLOAD);
      f->stage = STAGE_HTTP;
      left->left = 0;
      return LOOK_DONE;
    case TRY_DNS:
      learn_protocol(in, identify_dns_label(l), WEIR_EVIDENCE_PAYLOAD);
      f->stage = STAGE_DNS;
      return LOOK_AGAIN; /* parsed again there: the first of maybe many */
    case TRY_TLS_RECORD: return adopt_tls_record(l, left);
    default: {
      uint8_t protocol = sniff_table[bit - TRY_SNIFF].protocol;
      learn_protocol(in, protocol, WEIR_EVIDENCE_PAYLOAD);
      if (!hands_over(protocol)) {
        f->stage = STAGE_DONE;
        learn_settled(in);
        return LOOK_DONE;
      }
      o->carrier = protocol;
      f->stage = STAGE_CARRIER;
      return LOOK_AGAIN;
    }
  }
}

void identify_give_up(look *l) {
  inspection *in = l->in;
  flow *f = in->flow;
  f->stage = STAGE_DONE;
  if (f->protocol == WEIR_PROTOCOL_UNKNOWN) {
    uint8_t label = sniff_port_label(f->key.transport, look_port(l, true));
    if (label == WEIR_PROTOCOL_UNKNOWN &&
        !(f->flags & FLOW_SEEN_SYN)) /* the server may have spoken first */
      label = sniff_port_label(f->key.transport, look_port(l, false));
    learn_protocol(in, label,
                   label == WEIR_PROTOCOL_UNKNOWN ? WEIR_EVIDENCE_NONE : WEIR_EVIDENCE_PORT);
    in->engine->counters.observers_gave_up++;
  }
  learn_settled(in);
}

uint64_t identify_only_tls(void) { return ~((uint64_t)1 << TRY_TLS); }

/* The flow's first bytes are of no protocol. TLS may still follow a preface that nobody
 * knows, and how the sender cut that tells nothing: a hello is sought at every byte. */
static look_outcome seek_hello(look *l, reader *left) {
  observer *o = l->observer;
  size_t n = left->left;
  o->need[l->down] = o->seen[l->down] = 0;
  o->dead[l->down] = l->down ? ALL_DEAD : identify_only_tls();
  if (!l->down) n = 1 + find_byte(reader_of(left->at + 1, left->left - 1), TLS_HANDSHAKE);
  skip(left, n);
  if (!l->down && (o->sought += (uint32_t)n) >= SEEK_MAX) identify_give_up(l);
  return left->left ? LOOK_AGAIN : LOOK_DONE;
}

/* Nothing fits here. Where the flow's start was missed, a message may begin with any of the next segments. */
static look_outcome no_protocol(look *l, reader *left) {
  observer *o = l->observer;
  if (l->is_start && !o->inner) return seek_hello(l, left);
  size_t stale = o->seen[l->down]; /* what came in later segments is looked at by itself */
  o->need[l->down] = o->seen[l->down] = 0;
  o->dead[l->down] = o->inner ? ALL_DEAD : 0;
  o->lost |= !o->inner;
  if (o->inner || ++o->looks >= IDENTIFY_LOOKS_MAX) identify_give_up(l);
  if (o->inner || !stale || stale >= left->left) stale = left->left;
  skip(left, stale);
  l->is_start = false;
  return left->left ? LOOK_AGAIN : LOOK_DONE;
}

uint64_t identify_tcp_candidates(void) {
  uint64_t candidates = (((uint64_t)1 << TRY_SNIFF) - 1) | (uint64_t)1 << TRY_DNS;
  for (unsigned row = 0; row < sniff_table_len; row++)
    if (sniff_table[row].transports & SNIFF_TCP) candidates |= (uint64_t)1 << (TRY_SNIFF + row);
  return candidates;
}

static unsigned next_candidate(uint64_t live, bool dns_first) {
  return dns_first && live >> TRY_DNS ? TRY_DNS : (unsigned)__builtin_ctzll(live);
}

look_outcome identify_stream(look *l, reader *left) {
  observer *o = l->observer;
  bool dns_first = identify_on_dns_port(l), waiting = false;
  bool silent = o->inner && l->down; /* a carrier's reply, of no interest */
  size_t least = SIZE_MAX;
  const sniff_input in = identify_sniff_input(l, *left);
  uint64_t live = l->in->engine->tcp_candidates & ~o->dead[l->down], bit;
  for (; live; live &= ~bit) {
    unsigned number = next_candidate(live, dns_first);
    bit = (uint64_t)1 << number;
    attempt a;
    try_one(l, number, *left, &in, &a);
    if (a.outcome == PARSE_PARSED) {
      if (!waiting || l->last) return adopt_stream(l, number, &a, left);
    } else if (a.outcome == PARSE_NEED_MORE && !l->last) {
      if (a.need < least) least = a.need;
      waiting = true;
    } else {
      if (a.outcome == PARSE_NEED_MORE && number == TRY_HTTP && a.u.head.host.len)
        return adopt_cut_request(l, &a, left);
      o->dead[l->down] |= bit;
    }
  }
  if (waiting) {
    o->need[l->down] = (uint32_t)least;
    o->seen[l->down] = (uint32_t)left->left;
    return LOOK_WAIT;
  }
  if (!silent) return no_protocol(l, left);
  left->left = 0;
  return LOOK_DONE;
}

void identify_end(look *l) {
  if (l->in->flow->stage == STAGE_IDENTIFY) identify_give_up(l);
}
