/* observe_dns.h -- DNS messages of a flow: transactions, hints, verdicts of names. */
#ifndef WEIR_OBSERVE_DNS_H
#define WEIR_OBSERVE_DNS_H

#include "dns.h"
#include "engine.h"

void observe_dns_message(inspection *in, const dns_message *m);

/* Queries that no response came for become records; the flow ends. */
void observe_dns_end(weir_engine *e, uint32_t index);

/* The oldest query of all waits no more; there is one. */
void observe_dns_evict(weir_engine *e);

#endif
