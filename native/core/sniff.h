/* sniff.h -- protocols told by their first bytes: one row in the table, one file in sniff/. */
#ifndef WEIR_SNIFF_H
#define WEIR_SNIFF_H

#include "parse.h"
#include "weir.h"

/* What a flow remembers between packets for sniffers that need several. */
typedef struct sniff_memory {
  uint32_t word;  /* e.g. RTP's SSRC */
  uint16_t half;  /* e.g. RTP's sequence number */
  uint8_t owner;  /* weir_protocol that wrote here; others leave it alone */
  uint8_t count;
} sniff_memory;

typedef struct sniff_input {
  reader bytes;         /* UDP: the datagram; TCP: this direction from its first byte, contiguous */
  sniff_memory *memory; /* zeroed for a new flow */
  uint16_t client_port, server_port;
  uint8_t transport;    /* IP protocol number */
  bool from_client;
  bool is_start;        /* TCP: bytes begin where the flow began (handshake seen) */
} sniff_input;

#define SNIFF_TCP 1u
#define SNIFF_UDP 2u

typedef struct sniff_row {
  uint8_t protocol;   /* weir_protocol */
  uint8_t transports; /* SNIFF_TCP | SNIFF_UDP */
  parse_outcome (*sniff)(const sniff_input *in);
} sniff_row;

/* Tried in this order; a strong signature stands before a weak one. At most 64 rows. */
extern const sniff_row sniff_table[];
extern const unsigned sniff_table_len;

/* What a well-known server port suggests when no payload told; UNKNOWN otherwise. */
uint8_t sniff_port_label(uint8_t transport, uint16_t port);

#endif
