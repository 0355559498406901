/* answer_icmp.h -- "unreachable", for what no transport can answer (RFC 792, RFC 4443 3.1). */
#ifndef WEIR_ANSWER_ICMP_H
#define WEIR_ANSWER_ICMP_H

#include "reply.h"

typedef enum { UNREACHABLE_PROHIBITED, UNREACHABLE_PORT } unreachable;

/* Writes the message with as much of the packet `whole` as belongs into it; its length, 0 when the
 * packet must not be answered by ICMP: an error of ICMP's itself, a later fragment, or to or from more
 * than one host (RFC 1122 3.2.2, RFC 4443 2.4). */
size_t answer_icmp(const packet *to, weir_bytes whole, unreachable why, uint8_t *out, size_t room);

#endif
