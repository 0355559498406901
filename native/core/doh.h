/* doh.h -- names of public DNS-over-HTTPS resolvers, whose TLS flows are labelled DoH. */
#ifndef WEIR_DOH_H
#define WEIR_DOH_H

#include "name.h"

bool doh_is_resolver(const name *host);

#endif
