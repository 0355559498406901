/* engine.h -- all of an engine's memory, and what its parts share. */
#ifndef WEIR_ENGINE_H
#define WEIR_ENGINE_H

#include "bypass.h"
#include "ech.h"
#include "flow.h"
#include "fragment.h"
#include "hint.h"
#include "observer.h"
#include "pending.h"
#include "profile.h"
#include "ring.h"
#include "text.h"
#include "weir.h"

/* Records that one packet, or the end of one flow, may make: inspect stops for the reader when the
 * ring has less room. What would be more is lost and counted, however much room there is: what a
 * packet makes must not hang on when the reader came. See weir_inspect. */
#define ENGINE_ROOM_MAX 1024u

/* A message pulled out of records or packets, while one packet is looked at. */
#define ENGINE_SCRATCH 20480u

/* ICMP messages that may still be sent. */
typedef struct answer_allowance {
  uint64_t left, since_us;
} answer_allowance;

struct weir_engine {
  weir_config config;
  weir_counters counters;
  weir_ruleset rules;
  bool has_rules;
  uint8_t protection, default_action;
  uint16_t generation; /* of these four */
  bool lossy;          /* a full ring loses records, and stops nothing */
  uint32_t room;       /* records that each packet, and each end of a flow, may make */
  uint32_t budget;     /* records left of those */
  uint64_t now_us;     /* only grows; capture clocks may not */
  uint64_t clock_us;   /* the time of the packets that now_us stands for */
  uint64_t raw_us;     /* the last packet's own time */
  flows flows;
  fragments fragments;
  texts texts;
  profiles profiles;
  hints *hints;
  ech_names ech;
  observers observers;
  pendings pendings;
  bypasses bypasses;
  ring ring;
  const struct quic_opened *opened; /* ahead, of the arrivals at hand; NULL: none */
  uint8_t *scratch;
  uint8_t *trim_map;       /* a bit for each flow or chunk of text; while weir_trim() runs */
  uint64_t tcp_candidates; /* identify.h */
  weir_answers answers;
  answer_allowance allowance;
  uint64_t telling_since_us; /* the second that `telling_left` of JUDGED records are for */
  uint32_t telling_left;
};

/* One packet on its way through inspect. */
typedef struct inspection {
  weir_engine *engine;
  const packet *packet;
  const struct quic_opened *opened; /* its QUIC packet, ahead; NULL: not opened yet */
  flow *flow;
  facts *facts;
  uint32_t index;           /* of the flow */
  unsigned down;            /* 0: from the client, 1: from the server */
  uint32_t rule, overruled; /* the deciding rule of this packet, or WEIR_NO_RULE; judge.h */
  uint64_t categories;
  uint8_t verdict, action, reason; /* of this packet */
} inspection;

static inline const details *inspection_details(const inspection *in) {
  return flow_details(&in->engine->flows, in->index);
}

static inline details *inspection_own_details(inspection *in) {
  return flow_own_details(&in->engine->flows, in->index);
}

/* Asked before each packet and each end of a flow; on true, its budget is there. */
static inline bool engine_has_room(weir_engine *e) {
  e->budget = e->room;
  return e->lossy || ring_room(&e->ring) >= e->room;
}

#endif
