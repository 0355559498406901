/* ech.h -- public names of Encrypted ClientHello: whose hello is an outer one?
 *
 * Browsers send a GREASE ECH extension in hellos whose SNI is the true host,
 * made so that nobody can tell it from a real one (RFC 9849 6.2). What tells
 * is the name: an outer hello carries the configuration's public name, which
 * the client had from DNS. */
#ifndef WEIR_ECH_H
#define WEIR_ECH_H

#include "name.h"

#define ECH_LEARNED 16u

typedef struct ech_names {
  name learned[ECH_LEARNED]; /* from HTTPS records seen; the oldest gives way */
  uint32_t next;
} ech_names;

/* True: another was forgotten for it. */
bool ech_learn(ech_names *t, const name *public_name);

/* The name is one that only outer hellos carry: learned, or known of a large provider. */
bool ech_is_public_name(const ech_names *t, const name *host);

#endif
