/* packet.h -- the view of one IP packet: IPv4 (RFC 791), IPv6 (RFC 8200), TCP, UDP. */
#ifndef WEIR_PACKET_H
#define WEIR_PACKET_H

#include "reader.h"
#include "weir.h"

#define TRANSPORT_ICMP    1
#define TRANSPORT_IGMP    2
#define TRANSPORT_TCP     6
#define TRANSPORT_UDP     17
#define TRANSPORT_GRE     47
#define TRANSPORT_ESP     50
#define TRANSPORT_AH      51
#define TRANSPORT_ICMPV6  58
#define TRANSPORT_SCTP    132
#define TRANSPORT_UDPLITE 136

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10

typedef enum {
  PACKET_WHOLE,     /* addresses, ports and payload are there */
  PACKET_FRAGMENT,  /* `body` is a piece of a datagram's payload */
  PACKET_TRUNCATED, /* cut before its ports */
  PACKET_MALFORMED,
  PACKET_UNSUPPORTED /* neither IPv4 nor IPv6 */
} packet_kind;

/* Borrows from the packet's bytes. */
typedef struct packet {
  const uint8_t *source, *destination; /* 4 or 16 bytes each */
  reader body;        /* behind the IP headers; then, when WHOLE, the transport's payload */
  uint32_t ip_bytes;  /* from the IP header on, as it says */
  uint32_t body_wire; /* length of `body` on the wire; more than body.left when cut */
  uint32_t seq, ack;
  uint32_t fragment_id;
  uint32_t fragment_offset; /* bytes */
  uint16_t source_port, destination_port;
  uint8_t kind;    /* packet_kind */
  uint8_t version; /* 4 or 6 */
  uint8_t transport;
  uint8_t tcp_flags;
  bool more_fragments;
} packet;

void packet_parse(packet *out, const weir_packet *in);

/* A datagram put together from fragments: `body` begins behind the fragment
 * header, `transport` is the next header there. Never FRAGMENT. */
packet_kind packet_parse_joined(packet *p);

#endif
