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

/* Nothing that comes later changes it: it stops, or would in another mode.  What a bypass lets go on, or a
 * query for a name that is warned about, does not stand. */
static inline bool judge_stands(uint8_t action, uint8_t verdict, uint8_t reason) {
  return judge_stops(action) && (verdict == WEIR_VERDICT_DROP || reason == WEIR_REASON_AUDIT_MODE);
}

/* What rules say; bypasses are not asked. */
judgement judge_name(const weir_engine *e, const name *n);
judgement judge_address(const weir_engine *e, const uint8_t address[16]);

/* The address of the flow's end that is not judged: whose bypasses count. */
const uint8_t *judge_client(const inspection *in);

/* A host the flow is for: the default, where a rule speaks neither of it nor of the address. */
judgement judge_host(const inspection *in, const name *host);

/* The host that DNS gave its address, where it has no other. */
judgement judge_hint(const inspection *in, const name *host);

/* A flow of which no rule speaks, and that will get no further name. */
judgement judge_nameless(const inspection *in);

/* A DNS query's name. */
judgement judge_query(const inspection *in, const name *asked);

/* A flow as it begins, and begins anew when rules change: all there is to judge is its address. */
void judge_open(inspection *in);

/* The flow takes `j` over unless it is decided already: a block or warning decides it for
 * good; an allow or audit rule only annotates.  What went on by a bypass may still be blocked for another name. */
void judge_flow(inspection *in, judgement j);

/* The same for this one packet of a flow that goes on, as a DNS query is. The flow's record keeps the
 * first block. */
void judge_packet(inspection *in, judgement j);

#endif
