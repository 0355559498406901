/* sniff.h -- protocols told by their first bytes: one row in the table, one file in sniff/. */
#ifndef WEIR_SNIFF_H
#define WEIR_SNIFF_H

#include "parse.h"
#include "weir.h"

/* What a flow remembers between packets for sniffers that need several. */
typedef struct sniff_memory {
  uint32_t word; /* e.g. RTP's SSRC */
  uint16_t half; /* e.g. RTP's sequence number */
  uint8_t owner; /* weir_protocol that wrote here; others leave it alone */
  uint8_t count;
} sniff_memory;

typedef struct sniff_input {
  reader bytes;         /* UDP: the datagram; TCP: this direction from its first byte, contiguous */
  sniff_memory *memory; /* zeroed for a new flow */
  uint16_t client_port, server_port;
  uint8_t transport; /* IP protocol number */
  bool from_client;
  bool is_start; /* TCP: bytes begin where the flow began (handshake seen); weak
                           signatures refuse without it */
} sniff_input;

#define SNIFF_TCP 1u
#define SNIFF_UDP 2u

/* What a row says of one side of a flow (parse.h); never MALFORMED.
 *   PARSED    the evidence is enough, and stays so whatever follows
 *   NEED_MORE TCP: `bytes` is a strict prefix of something acceptable, at most
 *             SNIFF_STREAM_MAX bytes; UDP: another datagram of the flow may tell
 *   NOT_MINE  this side's bytes are not it; the other side's still may be
 * A row is a pure function but for `memory`, which it writes only when `owner`
 * is zero or its own. */
#define SNIFF_STREAM_MAX 3000u

typedef struct sniff_row {
  uint8_t protocol;   /* weir_protocol */
  uint8_t transports; /* SNIFF_TCP | SNIFF_UDP */
  parse_outcome (*sniff)(const sniff_input *in);
} sniff_row;

/* Tried in this order; a strong signature stands before a weak one.  A caller
 * keeps a bit for each row, and some of 64 for its own parsers. */
#define SNIFF_ROWS_MAX 56u
extern const sniff_row sniff_table[];
extern const unsigned sniff_table_len;

/* What a well-known server port suggests when no payload told; UNKNOWN otherwise. */
uint8_t sniff_port_label(uint8_t transport, uint16_t port);

#endif
