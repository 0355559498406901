/* parse.h -- what every protocol parser says of untrusted bytes. */
#ifndef WEIR_PARSE_H
#define WEIR_PARSE_H

#include "reader.h"

/* Every strict prefix of a valid message says NEED_MORE; that is the fuzz
 * oracle.  NOT_MINE: these bytes can never begin a message of this protocol.
 * MALFORMED: they began as one and broke its rules. */
typedef enum { PARSE_NOT_MINE = 0, PARSE_PARSED, PARSE_NEED_MORE, PARSE_MALFORMED } parse_outcome;

#endif
