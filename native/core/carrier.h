/* carrier.h -- protocols that hand the flow over to another one: STARTTLS and SOCKS. */
#ifndef WEIR_CARRIER_H
#define WEIR_CARRIER_H

#include "parse.h"
#include "weir.h"

#define CARRIER_UNIT_MAX  2048 /* bytes of a line, tag or message; a caller need not keep more */
#define CARRIER_UNITS_MAX 128  /* taken before it is given up */

/* Takes whole protocol units off the front of `stream`, the client's bytes, which begin where the
 * last call left off.  `state` is zero at first.
 *   PARSED    the hand-over was asked for, and everything before the inner protocol's first byte
 *             is consumed
 *   NEED_MORE what is left is an incomplete unit, or nothing
 *   NOT_MINE  no hand-over can come any more, or not within the bounds above: stop looking
 *   MALFORMED the protocol's rules were broken: stop looking
 * The server is not asked: where it refuses, the client's next bytes are no TLS.
 * `protocol`: WEIR_PROTOCOL_SMTP, IMAP, POP3, FTP, XMPP, POSTGRESQL, MYSQL,
 * LDAP, RDP (STARTTLS and its like) or SOCKS (4, 4a and 5); NOT_MINE for others. */
parse_outcome carrier_step(uint8_t protocol, reader *stream, uint32_t *state);

#endif
