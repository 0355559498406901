/* inspect_fragment.c -- datagrams in pieces on their way through the engine. */
#include "inspect_fragment.h"

#include "inspect.h"

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

bool inspect_expire_datagrams(weir_engine *e) {
  fragment_whole whole;
  while (engine_has_room(e)) {
    if (!fragment_give_up(&e->fragments, e->now_us, &whole)) return true;
    e->counters.fragments_expired++;
    inspect_incomplete(e, &whole);
  }
  return false;
}

void inspect_fragment(weir_engine *e, const arrival *a, weir_result *out) {
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
      inspect_refuse(e, &whole.packet, out);
  }
}
