/* rejudge.h -- rules changed while a flow lives. */
#ifndef WEIR_REJUDGE_H
#define WEIR_REJUDGE_H

#include "engine.h"

/* Judges the flow as if it began under the rules in use and everything that is known of it had been
 * told at once. What its DNS queries were judged to be is forgotten: each has its own record. */
void rejudge(inspection *in);

#endif
