#include "observe_tcp.h"

#include "carrier.h"
#include "identify.h"
#include "learn.h"
#include "observe_dns.h"
#include "observe_http.h"
#include "tls.h"

/* ---- one look at bytes in order -------------------------------------------- */

static look_outcome look_tls(look *l, reader *left) {
  weir_engine *e = l->in->engine;
  tls_server server;
  size_t need = 0;
  if (l->down) {
    switch (tls_server_hello(*left, e->scratch, ENGINE_SCRATCH, &server, &need)) {
      case PARSE_NEED_MORE: l->observer->need[1] = (uint32_t)need; return LOOK_WAIT;
      case PARSE_PARSED:
        if (server.version) l->in->facts->tls_version = server.version;
        break;
      default: break;
    }
    l->in->flow->stage = STAGE_DONE;
  }
  left->left = 0;
  return LOOK_DONE;
}

static look_outcome look_dns(look *l, reader *left) {
  dns_message m;
  size_t need = 0;
  switch (dns_stream(left, &m, &need)) {
    case PARSE_PARSED:
      learn_settled(l->in);
      observe_dns_message(l->in, &m);
      return LOOK_AGAIN;
    case PARSE_NEED_MORE: l->observer->need[l->down] = (uint32_t)need; return LOOK_WAIT;
    case PARSE_MALFORMED: l->in->engine->counters.parse_malformed++; return LOOK_AGAIN;
    default: left->left = 0; return LOOK_DONE;
  }
}

static look_outcome look_carrier(look *l, reader *left) {
  observer *o = l->observer;
  flow *f = l->in->flow;
  if (l->down) { /* the client's next bytes tell whether the server agreed */
    left->left = 0;
    return LOOK_DONE;
  }
  switch (carrier_step(o->carrier, left, &o->carrier_state)) {
    case PARSE_NEED_MORE: return left->left ? LOOK_WAIT : LOOK_DONE;
    case PARSE_PARSED:
      f->stage = STAGE_IDENTIFY;
      o->inner = 1;
      o->dead[0] = o->carrier == WEIR_PROTOCOL_SOCKS ? 0 : identify_only_tls();
      o->dead[1] = ~(uint64_t)0;
      return LOOK_AGAIN;
    default:
      f->stage = STAGE_DONE;
      learn_settled(l->in);
      return LOOK_DONE;
  }
}

static look_outcome look_once(look *l, reader *left) {
  switch (l->in->flow->stage) {
    case STAGE_IDENTIFY: return identify_stream(l, left);
    case STAGE_TLS: return look_tls(l, left);
    case STAGE_HTTP: return observe_http(l, left);
    case STAGE_HTTP2: return observe_http2(l, left);
    case STAGE_DNS: return look_dns(l, left);
    case STAGE_CARRIER: return look_carrier(l, left);
    default: left->left = 0; return LOOK_DONE;
  }
}

/* Looks until nothing more comes of the bytes; returns how many are done with. */
static size_t look_at(look *l, reader bytes) {
  reader left = bytes;
  look_outcome outcome = LOOK_AGAIN;
  while (outcome == LOOK_AGAIN && left.left && !l->skip) outcome = look_once(l, &left);
  if (l->in->flow->stage == STAGE_DONE || outcome == LOOK_DONE) left.left = 0;
  return bytes.left - left.left;
}

static void resync(look *l) {
  observer *o = l->observer;
  flow *f = l->in->flow;
  o->need[l->down] = 0;
  switch (f->stage) {
    case STAGE_IDENTIFY:
      o->lost = 1;
      o->dead[l->down] = o->inner ? o->dead[l->down] : 0;
      break;
    case STAGE_HTTP:
      if (!l->down) observe_http_lost(l);
      break;
    case STAGE_TLS:
      if (l->down) f->stage = STAGE_DONE;
      break;
    default: f->stage = STAGE_DONE; learn_settled(l->in);
  }
}

/* ---- bytes into order ------------------------------------------------------ */

static void advance(look *l, unsigned down, uint64_t n) {
  flow *f = l->in->flow;
  observers *t = &l->in->engine->observers;
  observer *o = l->observer;
  f->next_seq[down] += (uint32_t)n;
  if (o->block[down] == OBSERVER_NONE || (f->stage == STAGE_HTTP2 && down)) return;
  block *b = &t->blocks[o->block[down]];
  assembler_drop(&b->runs, block_bytes(t, o->block[down]), (size_t)n);
  if (!b->runs.count) look_release(l, down);
}

/* A body that nobody needs is passed over by its sequence numbers alone. */
static void pass_over(look *l) {
  advance(l, l->down, l->skip);
  l->skip = 0;
}

/* Looks at what is in order in the block, again and again as it moves. */
static void look_at_block(look *l) {
  observers *t = &l->in->engine->observers;
  observer *o = l->observer;
  while (o->block[l->down] != OBSERVER_NONE && !(l->in->flow->stage == STAGE_HTTP2 && l->down)) {
    uint32_t index = o->block[l->down];
    size_t ready = assembler_ready(&t->blocks[index].runs);
    if (!ready || (ready < o->need[l->down] && !l->last)) return;
    size_t done = look_at(l, reader_of(block_bytes(t, index), ready));
    if (done) o->need[l->down] = 0;
    advance(l, l->down, done);
    if (!done && !l->skip) return;
    pass_over(l);
  }
}

/* The block is full: of a hole that nobody fills, or of a message beyond the budget. */
static void make_room(look *l) {
  observers *t = &l->in->engine->observers;
  observer *o = l->observer;
  assembler *runs = &t->blocks[o->block[l->down]].runs;
  size_t hole = assembler_first(runs);
  if (!hole) {
    l->in->engine->counters.assemblers_full++;
    l->last = true;
    look_at_block(l);
    l->last = false;
    if (o->block[l->down] == OBSERVER_NONE || l->in->flow->stage == STAGE_DONE) return;
    hole = assembler_ready(runs);
  }
  advance(l, l->down, hole);
  resync(l);
  look_at_block(l);
}

static void keep(look *l, uint64_t ahead, reader piece) {
  observers *t = &l->in->engine->observers;
  observer *o = l->observer;
  for (unsigned turn = 0; turn < 2 && piece.left && l->in->flow->stage != STAGE_DONE; turn++) {
    if (!look_block(l, l->down)) return;
    uint32_t index = o->block[l->down], before = l->in->flow->next_seq[l->down];
    assembler_result r =
        assembler_put(&t->blocks[index].runs, block_bytes(t, index), t->block_bytes, ahead, piece);
    look_at_block(l);
    if (r == ASSEMBLER_OK) return;
    if (o->block[l->down] != OBSERVER_NONE && l->in->flow->stage != STAGE_DONE) make_room(l);
    uint32_t moved = l->in->flow->next_seq[l->down] - before;
    if (moved <= ahead) {
      ahead -= moved;
    } else {
      if (!skip(&piece, moved - (size_t)ahead)) return;
      ahead = 0;
    }
  }
}

/* Bytes that come next where none are kept: most need no buffer. */
static void look_at_piece(look *l, reader piece) {
  flow *f = l->in->flow;
  uint64_t passed;
  do {
    size_t done = look_at(l, piece);
    if (done) l->observer->need[l->down] = 0;
    f->next_seq[l->down] += (uint32_t)done;
    skip(&piece, done);
    passed = l->skip;
    pass_over(l);
    if (!skip(&piece, (size_t)passed)) return; /* the body goes on in the next segments */
  } while (passed && piece.left && f->stage != STAGE_DONE);
  if (piece.left && f->stage != STAGE_DONE) keep(l, 0, piece);
}

/* Bytes from before the first ones seen: the flow's start was missed, or came late. */
static bool rebase(look *l, uint32_t behind) {
  observers *t = &l->in->engine->observers;
  flow *f = l->in->flow;
  observer *o = l->observer;
  if (f->stage != STAGE_IDENTIFY || f->flags & FLOW_SEEN_SYN || o->inner) return false;
  if (o->block[l->down] != OBSERVER_NONE) {
    uint32_t index = o->block[l->down];
    if (!assembler_shift(&t->blocks[index].runs, block_bytes(t, index), t->block_bytes, behind))
      return false;
  } else if (behind > t->block_bytes) {
    return false;
  }
  f->next_seq[l->down] -= behind;
  o->need[l->down] = o->seen[l->down] =
      0; /* another beginning: what it rules out is to be seen anew */
  o->dead[l->down] = 0;
  return true;
}

/* The snap length cut bytes off that went over the wire. */
static void lose(look *l, uint32_t missing) {
  observer *o = l->observer;
  if (l->in->flow->stage == STAGE_DONE) return;
  if (o->block[l->down] != OBSERVER_NONE) {
    l->last = true;
    look_at_block(l);
    l->last = false;
    look_release(l, l->down);
  }
  if (l->in->flow->stage == STAGE_DONE) return;
  const packet *p = l->in->packet;
  l->in->flow->next_seq[l->down] = p->seq + (uint32_t)p->body.left + missing;
  resync(l);
}

/* Some drivers count the padding of a short Ethernet frame (46 bytes of payload at
 * least) as IP's, so that a bare acknowledgement seems to carry zeros. As a flow's
 * first bytes they would hide what the server, which never got them, answers to. */
static bool is_padding(const packet *p) {
  if (p->ip_bytes > 46 || p->tcp_flags != TCP_ACK || p->body.left > 6) return false;
  for (size_t i = 0; i < p->body.left; i++)
    if (p->body.at[i]) return false;
  return true;
}

/* Zeros at the front wait for the segment that goes on behind them, and are data then, or that
 * begins where they do, and are forgotten. False: the packet's own zeros wait now. */
static bool settle_zeros(look *l, uint32_t ahead) {
  static const uint8_t zeros[6] = {0};
  observer *o = l->observer;
  const packet *p = l->in->packet;
  unsigned d = l->down;
  if (ahead == 0 && o->block[d] == OBSERVER_NONE && l->in->flow->stage == STAGE_IDENTIFY &&
      is_padding(p)) {
    o->zeros[d] = (uint8_t)p->body.left;
    return false;
  }
  if (o->zeros[d] && ahead >= o->zeros[d]) keep(l, 0, reader_of(zeros, o->zeros[d]));
  o->zeros[d] = 0;
  return true;
}

void observe_segment(look *l) {
  flow *f = l->in->flow;
  observer *o = l->observer;
  const packet *p = l->in->packet;
  unsigned d = l->down;
  uint8_t known = (uint8_t)(FLOW_SEQ_KNOWN_UP << d);
  uint32_t seq =
      p->seq +
      (p->tcp_flags & TCP_SYN ? 1 : 0); /* data of a SYN is numbered behind it (RFC 7413) */
  if (!(f->flags & known)) {
    f->next_seq[d] = seq;
    f->flags |= known;
  }
  reader piece = p->body;
  int32_t ahead = (int32_t)(seq - f->next_seq[d]);
  if (ahead < 0 && !rebase(l, (uint32_t)-ahead)) {
    if (!skip(&piece, (size_t) - (int64_t)ahead) || !piece.left) return;
    ahead = 0;
  } else if (ahead < 0) {
    ahead = 0;
  }
  if (!settle_zeros(l, (uint32_t)ahead)) return;
  ahead = (int32_t)(seq - f->next_seq[d]) > 0 ? (int32_t)(seq - f->next_seq[d]) : 0;
  if (ahead == 0 && o->block[d] == OBSERVER_NONE)
    look_at_piece(l, piece);
  else if (f->stage != STAGE_HTTP2 || !d)
    keep(l, (uint32_t)ahead, piece);
  if (p->body_wire > p->body.left) lose(l, p->body_wire - (uint32_t)p->body.left);
  if (f->stage == STAGE_DONE || o->block[!d] == OBSERVER_NONE) return;
  l->down = !d; /* what this direction told may make sense of the other's bytes */
  look_at_block(l);
}

void observe_syn(look *l) {
  flow *f = l->in->flow;
  const packet *p = l->in->packet;
  unsigned d = l->down;
  uint8_t known = (uint8_t)(FLOW_SEQ_KNOWN_UP << d), other = (uint8_t)(FLOW_SEQ_KNOWN_UP << !d);
  uint32_t first = p->seq + 1; /* the SYN takes a number of its own (RFC 9293 3.4) */
  bool silent = !l->observer && f->stage == STAGE_IDENTIFY;
  if (!(f->flags & known) || (silent && f->phase == FLOW_OPENING)) {
    f->next_seq[d] = first; /* a client that nobody answered may try another number */
  } else if (!silent && f->stage == STAGE_IDENTIFY && !(f->flags & FLOW_SEEN_SYN)) {
    uint32_t behind = f->next_seq[d] - first; /* data overtook the SYN */
    if (behind && behind < l->in->engine->observers.block_bytes) rebase(l, behind);
  } /* else one that no host would take any more (RFC 9293 3.10.7.4), or sent again */
  if (p->tcp_flags & TCP_ACK &&
      !(f->flags & other)) { /* the client's SYN is late: this says where it was */
    f->next_seq[!d] = p->ack;
    f->flags |= other;
  }
  f->flags |= known;
  f->flags |= FLOW_SEEN_SYN;
}

/* Bytes behind holes are looked at one run after the other. */
void observe_flush(look *l) {
  observers *t = &l->in->engine->observers;
  observer *o = l->observer;
  l->last = true;
  for (unsigned runs = 0; runs <= ASSEMBLER_RANGES; runs++) {
    look_at_block(l);
    uint32_t index = o->block[l->down];
    if (index == OBSERVER_NONE || l->in->flow->stage == STAGE_DONE) return;
    assembler *a = &t->blocks[index].runs;
    size_t gone = assembler_first(a) ? assembler_first(a) : assembler_ready(a);
    if (!gone) return;
    advance(l, l->down, gone);
    resync(l);
    l->is_start = false;
  }
}
