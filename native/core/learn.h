/* learn.h -- observations become facts of a flow: its protocol, its hosts, its hello. */
#ifndef WEIR_LEARN_H
#define WEIR_LEARN_H

#include "engine.h"
#include "hello.h"

#define LEARN_NAMES_MAX 16u /* further hosts kept for one flow */

/* The label `protocol`, on `evidence`; what was the label becomes `via` when `carried`. */
void learn_protocol(inspection *in, uint8_t protocol, uint8_t evidence);

/* A host the flow is for, judged at once. The first of the best source is the flow's host; others are
 * kept as further hosts, each once. */
void learn_host(inspection *in, const name *host, uint8_t source);

/* What a ClientHello told, over TLS (`source` TLS_SNI), DTLS or QUIC (QUIC_SNI). */
void learn_hello(inspection *in, const hello *h, uint8_t source);

/* The name that DNS gave the server's address, for a flow just opened; `place` is of hints_place(). */
void learn_hint(inspection *in, uint32_t place, const weir_addr *server);

/* No name of its own will come: what there is decides. */
void learn_settled(inspection *in);
/* What that is. */
void learn_judge_settled(inspection *in);

/* The flow's host; empty when it has none. */
void learn_get_host(const inspection *in, name *out);

/* The one of its hosts that the rule which decided it spoke of; false: it spoke of the address. */
bool learn_judged_host(const inspection *in, name *out);

/* Walks the further hosts from the first: fills `out` and returns its source; 0 at the end. */
uint8_t learn_next_name(const texts *t, uint32_t *chain, name *out);

/* Gives back what is kept of a flow beside its slot. */
void learn_forget(weir_engine *e, uint32_t index);

#endif
