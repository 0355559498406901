/* alpn.h -- protocol names of ALPN (RFC 7301) as text that is safe to log. */
#ifndef WEIR_ALPN_H
#define WEIR_ALPN_H

#include "reader.h"
#include "weir.h"

/* Appends `protocol` to the list `text` of `*len` bytes, behind a comma unless
 * it is the first.  The registered names are bytes, not text: everything but
 * printable ASCII, and comma and backslash, is written as \xNN in lower case.
 * False, with the list untouched, when the whole name does not fit. */
bool alpn_append(char text[WEIR_ALPN_MAX], uint8_t *len, reader protocol);

#endif
