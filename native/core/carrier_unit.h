/* carrier_unit.h -- one protocol unit; behind carrier.h. */
#ifndef WEIR_CARRIER_UNIT_H
#define WEIR_CARRIER_UNIT_H

#include "carrier.h"

typedef struct carrier_state {
  uint8_t phase; /* each protocol's own, 0 at first */
  uint8_t units;
  uint16_t skip; /* bytes of a long message still to be passed over */
} carrier_state;

/* Takes one unit.  NEED_MORE with `stream` advanced: it was no hand-over, go
 * on; with `stream` as it was: the unit is not whole.  `stream` is not empty,
 * and no longer than CARRIER_UNIT_MAX. */
typedef parse_outcome carrier_unit(reader *stream, carrier_state *state);

/* carrier_text.c */
carrier_unit smtp_client, ftp_client, pop3_client, imap_client;
/* carrier_xmpp.c */
carrier_unit xmpp_client;
/* carrier_binary.c */
carrier_unit postgresql_client, mysql_client, ldap_client, rdp_client;
/* carrier_socks.c */
carrier_unit socks_client;

#endif
