/* literal.h -- a host that is an address: 192.0.2.1 or 2001:db8::1 (RFC 3986 3.2.2). */
#ifndef WEIR_LITERAL_H
#define WEIR_LITERAL_H

#include "name.h"

/* `host` without brackets. False when it is a name, and for other spellings of
 * IPv4 (octal, hexadecimal, one number), which are names here. */
bool literal_parse(const name *host, weir_addr *out);

#endif
