/* observe_tcp.h -- segments into order, and what each stage of a flow reads of them. */
#ifndef WEIR_OBSERVE_TCP_H
#define WEIR_OBSERVE_TCP_H

#include "look.h"

void observe_segment(look *l);

/* Sequence numbers out of a SYN. */
void observe_syn(look *l);

/* No more bytes will come: what lies in the block is looked at, holes or not. */
void observe_flush(look *l);

#endif
