/* judge.h -- what the ruleset says of a name or an address, and what follows for a flow. */
#ifndef WEIR_JUDGE_H
#define WEIR_JUDGE_H

#include "engine.h"
#include "name.h"

typedef struct judgement {
  uint32_t rule; /* WEIR_NO_RULE: none spoke */
  uint8_t verdict, action, reason;
} judgement;

judgement judge_name(const weir_engine *e, const name *n);
judgement judge_address(const weir_engine *e, const uint8_t address[16]);

/* The flow takes `j` over unless it is decided already: a block or warning decides it for
 * good; an allow or audit rule only annotates. */
void judge_flow(inspection *in, judgement j);

/* The same for this one packet of a flow that goes on, as a DNS query is. The flow's record keeps the
 * first block. */
void judge_packet(inspection *in, judgement j);

#endif
