/* answer_dns.h -- what a resolver's client is told of a name that is blocked. */
#ifndef WEIR_ANSWER_DNS_H
#define WEIR_ANSWER_DNS_H

#include "parse.h"
#include "weir.h"

/* Bytes that an answer is longer than its query, at most: an address or a SOA record, and an OPT record with
 * an extended error.  An answer never is a multiple of what was asked. */
#define ANSWER_DNS_GROWTH 96u

/* Writes the answer to the message `query` (without the length that TCP puts in front of it), as
 * `policy` has it; its length, at most query.left + ANSWER_DNS_GROWTH.  0: it is no sound query, or an answer itself,
 * or `room` is too small.  `limit`: what the transport takes; beyond it, or beyond what the
 * client says it takes (RFC 6891 6.2.3), the answer says only that it was cut. */
size_t answer_dns(reader query, const weir_dns_policy *policy, size_t limit, uint8_t *out,
                  size_t room);

#endif
