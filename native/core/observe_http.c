#include "observe_http.h"

#include "http2.h"
#include "learn.h"
#include "warn.h"

/* observer.http_phase: what the client's next byte belongs to. */
enum {
  PHASE_HEAD,
  PHASE_CHUNKED,
  PHASE_UPGRADE, /* a head, or what the upgrade asked for */
  PHASE_LOST     /* framing is lost: a segment that begins a request finds it again */
};

/* Sequence numbers compare within 2^31: a longer body is watched for the next request instead. */
#define SKIP_MAX (UINT64_C(1) << 30)

static void learn_head(look *l, const http_head *head) {
  inspection *in = l->in;
  if (head->host_refused) in->engine->counters.names_refused++;
  learn_host(in, &head->target_host, WEIR_HOST_HTTP_HOST);
  learn_host(in, &head->host, WEIR_HOST_HTTP_HOST);
}

/* RFC 9110 9.3.6: behind CONNECT the flow is another protocol's. */
static look_outcome enter_tunnel(look *l) {
  observer *o = l->observer;
  o->carrier = WEIR_PROTOCOL_HTTP;
  o->inner = 1;
  l->in->flow->stage = STAGE_IDENTIFY;
  o->dead[0] = 0;
  o->dead[1] = ~(uint64_t)0; /* the proxy's answer comes first there */
  o->need[0] = 0;
  return LOOK_AGAIN;
}

void observe_http_lost(look *l) { l->observer->http_phase = PHASE_LOST; }

look_outcome observe_http_request(look *l, const http_head *head) {
  observer *o = l->observer;
  learn_head(l, head);
  learn_settled(l->in);
  warn_request(l->in, head);
  o->http_phase = PHASE_HEAD;
  if (head->is_connect) return enter_tunnel(l);
  switch (head->body) {
    case HTTP_BODY_LENGTH:
      if (head->length < SKIP_MAX)
        l->skip = head->length;
      else
        o->http_phase = PHASE_LOST;
      break;
    case HTTP_BODY_CHUNKED:
      o->http_phase = PHASE_CHUNKED;
      o->body_left = 0;
      break;
    case HTTP_BODY_TO_CLOSE: o->http_phase = PHASE_LOST; break;
    default: break;
  }
  if (head->upgrade == HTTP_UPGRADE_WEBSOCKET || head->upgrade == HTTP_UPGRADE_H2C)
    o->http_phase = PHASE_UPGRADE;
  return LOOK_AGAIN;
}

static look_outcome next_request(look *l, reader *left) {
  http_head head;
  size_t need = 0;
  observer *o = l->observer;
  switch (http1_request(left, &head, &need)) {
    case PARSE_PARSED: return observe_http_request(l, &head);
    case PARSE_NEED_MORE:
      if (l->last) learn_head(l, &head);
      o->need[0] = (uint32_t)need;
      return LOOK_WAIT;
    default:
      o->http_phase = PHASE_LOST;
      left->left = 0;
      return LOOK_DONE;
  }
}

/* RFC 9113 3.2, RFC 6455 4.1: the client goes on in the new protocol once the server agreed. */
static bool is_preface(reader left, bool *whole) {
  static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  size_t n = left.left < sizeof preface - 1 ? left.left : sizeof preface - 1;
  *whole = n == sizeof preface - 1;
  for (size_t i = 0; i < n; i++)
    if (left.at[i] != (uint8_t)preface[i]) return false;
  return n > 0;
}

static look_outcome client_bytes(look *l, reader *left) {
  observer *o = l->observer;
  bool whole;
  if (o->http_phase == PHASE_CHUNKED) {
    if (http1_chunks(left, &o->body_left) == PARSE_PARSED) {
      o->http_phase = PHASE_HEAD;
      return LOOK_AGAIN;
    }
    return left->left ? LOOK_WAIT : LOOK_DONE;
  }
  if (o->http_phase != PHASE_CHUNKED && is_preface(*left, &whole)) {
    if (!whole) {
      o->need[0] = (uint32_t)left->left + 1;
      return LOOK_WAIT;
    }
    look_release(l, 1);
    l->in->flow->stage = STAGE_HTTP2;
    return LOOK_AGAIN;
  }
  return next_request(l, left);
}

/* The server is asked one thing only: did it grant the upgrade? */
static look_outcome server_bytes(look *l, reader *left) {
  http_head head;
  size_t need = 0;
  observer *o = l->observer;
  if (o->http_phase == PHASE_UPGRADE) {
    switch (http1_response(left, &head, &need)) {
      case PARSE_NEED_MORE: o->need[1] = (uint32_t)need; return LOOK_WAIT;
      case PARSE_PARSED:
        if (head.status == 101 && head.upgrade == HTTP_UPGRADE_WEBSOCKET) {
          learn_protocol(l->in, WEIR_PROTOCOL_WEBSOCKET, WEIR_EVIDENCE_PAYLOAD);
          l->in->flow->stage = STAGE_DONE;
        } else if (head.status < 200 && head.status != 101) {
          return LOOK_AGAIN;
        }
        o->http_phase = PHASE_HEAD;
        break;
      default: break;
    }
  }
  left->left = 0;
  return LOOK_DONE;
}

look_outcome observe_http(look *l, reader *left) {
  return l->down ? server_bytes(l, left) : client_bytes(l, left);
}

look_outcome observe_http2(look *l, reader *left) {
  name authority;
  if (l->down) {
    left->left = 0;
    return LOOK_DONE;
  }
  if (l->in->flow->protocol != WEIR_PROTOCOL_HTTP2)
    learn_protocol(l->in, WEIR_PROTOCOL_HTTP2, WEIR_EVIDENCE_PAYLOAD);
  /* The server's bytes are not kept in this stage: its block holds the state. */
  uint8_t *state = look_state(l, 1, HTTP2_STATE_MAX);
  if (!state) {
    l->in->flow->stage = STAGE_DONE;
    return LOOK_DONE;
  }
  switch (http2_client((http2_state *)(void *)state, left, &authority)) {
    case PARSE_PARSED: learn_host(l->in, &authority, WEIR_HOST_HTTP_HOST); return LOOK_AGAIN;
    case PARSE_NEED_MORE:
      if (l->last) learn_settled(l->in);
      return left->left ? LOOK_WAIT : LOOK_DONE;
    default:
      l->in->engine->counters.parse_malformed++;
      l->in->flow->stage = STAGE_DONE;
      return LOOK_DONE;
  }
}
