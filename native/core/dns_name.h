/* dns_name.h -- names and addresses in DNS messages; behind dns.h. */
#ifndef WEIR_DNS_NAME_H
#define WEIR_DNS_NAME_H

#include "name.h"

#define DNS_HEADER    12
#define DNS_LABEL_MAX 63

typedef enum { DNS_STEP_OK, DNS_STEP_CUT, DNS_STEP_BAD } dns_step;

/* Takes the name at the front of `*in`, a part of `whole`; its text goes to
 * `out` unless that is NULL, and `*is_short` tells that labels went.  What a pointer leads
 * to ends where the run of labels that the pointer ends began: so names cannot loop (RFC 1035 4.1.4). */
dns_step dns_take_name(reader whole, reader *in, name *out, bool *is_short);

/* IPv4 as ::ffff:a.b.c.d; false for any other length of address. */
bool dns_put_address(reader octets, weir_addr *out);

#endif
