/* judge.h -- what the ruleset says of a name or an address, and what follows for a flow. */
#ifndef WEIR_JUDGE_H
#define WEIR_JUDGE_H

#include "engine.h"
#include "name.h"

typedef struct judgement {
  uint32_t rule;                   /* WEIR_NO_RULE: none spoke */
  uint8_t verdict, action, reason; /* reason NO_RULE: there is nothing to say */
  uint32_t overruled;              /* the strongest rule that spoke and lost, or WEIR_NO_RULE */
  uint64_t categories;             /* bits: weir_ruleset_category */
} judgement;

/* Stands, whatever other rules say of the same flow or packet; whether it drops is up to the mode. */
static inline bool judge_stops(uint8_t action) {
  return action == WEIR_ACTION_BLOCK || action == WEIR_ACTION_WARN;
}

judgement judge_name(const weir_engine *e, const name *n);
judgement judge_address(const weir_engine *e, const uint8_t address[16]);

/* What becomes of that which no rule speaks of. */
judgement judge_default(const weir_engine *e);
judgement judge_or_default(const weir_engine *e, judgement j);

/* A host the flow is for: the default, where a rule speaks neither of it nor of the address. */
judgement judge_host(const inspection *in, const name *host);

/* A flow as it begins, and begins anew when rules change: all there is to judge is its address. */
void judge_open(inspection *in);

/* The flow takes `j` over unless it is decided already: a block or warning decides it for
 * good; an allow or audit rule only annotates. */
void judge_flow(inspection *in, judgement j);

/* The same for this one packet of a flow that goes on, as a DNS query is. The flow's record keeps the
 * first block. */
void judge_packet(inspection *in, judgement j);

#endif
