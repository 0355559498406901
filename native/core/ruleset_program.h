/* ruleset_program.h -- one pattern against one text.  Format: native/RULESET.md, Patterns. */
#ifndef WEIR_RULESET_PROGRAM_H
#define WEIR_RULESET_PROGRAM_H

#include "reader.h"
#include "weir.h"

/* Whether the pattern that `program` begins with matches `text`, of at most WEIR_NAME_MAX bytes.
 * False for whatever is no program.  Reads each byte of the text once for an automaton, at most
 * 253 * 253 for a wildcard. */
bool program_matches(reader program, weir_bytes text);

#endif
