/* flow_wheel.h -- the age of flows: which are idle, and in what order all of them end.
 *
 * A wheel of turns that is corrected lazily: a packet writes only its own flow's
 * line, and a flow moves to its true turn when the wheel comes by. */
#ifndef WEIR_FLOW_WHEEL_H
#define WEIR_FLOW_WHEEL_H

#include "flow.h"

#define FLOW_TURN_SHIFT 20 /* a turn is 2^20 us, a round of FLOW_WHEEL turns 71 minutes */

/* No flow is on it: the next turn is that of `now_us`. */
static inline void flow_wheel_start(flows *t, uint64_t now_us) {
  t->turn = now_us >> FLOW_TURN_SHIFT;
}
/* A flow comes or goes. */
void flow_wheel_put(flows *t, uint32_t index, uint64_t now_us);
void flow_wheel_take(flows *t, uint32_t index);

/* Its phase changed: its turn may come sooner now. */
void flow_replace_on_wheel(flows *t, uint32_t index, uint64_t now_us);

bool flow_is_idle(const flows *t, const flow *f, uint64_t now_us);

/* A turn has gone by: flow_expired has something to do. */
static inline bool flow_turn_is_over(const flows *t, uint64_t now_us) {
  return now_us >> FLOW_TURN_SHIFT > t->turn;
}

/* A flow idle at `now_us`, which the caller must remove; FLOW_NONE when none is
 * left. Costs O(flows that moved or ended). */
uint32_t flow_expired(flows *t, uint64_t now_us);

/* Earliest time at which flow_expired may find something. */
uint64_t flow_deadline(const flows *t);

/* The live flow with the least id, which the caller must remove; FLOW_NONE when none is left. */
uint32_t flow_first(flows *t);

#endif
