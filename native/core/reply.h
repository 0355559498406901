/* reply.h -- one packet back to the sender of another, in the place of whom it was sent to. */
#ifndef WEIR_REPLY_H
#define WEIR_REPLY_H

#include "packet.h"

#define REPLY_HEADERS_MAX 60u /* IPv6 and TCP without options */

/* Bytes of the transport's payload that fit any link without being cut (RFC 8200 5). */
#define REPLY_PAYLOAD_MAX (1280u - REPLY_HEADERS_MAX)

/* Where a packet is being written: its payload goes to `payload`, at most `room` bytes of it, before
 * one of the calls below puts the headers in front. */
typedef struct reply {
  const packet *to;
  uint8_t *base, *payload;
  size_t room;
} reply;

/* False: the packet must not be answered, being to or from a group, everybody or nobody (RFC 1122
 * 3.2.1.3, RFC 4443 2.4), or `room` is below REPLY_HEADERS_MAX. */
bool reply_open(reply *out, const packet *to, uint8_t transport, uint8_t *base, size_t room);

/* Each gives the length of the whole packet, `len` bytes being its payload; checksums are filled. */
size_t reply_tcp(const reply *r, uint32_t seq, uint32_t ack, uint8_t flags, size_t len);
size_t reply_udp(const reply *r, size_t len);
/* Payload is what follows the checksum. */
size_t reply_icmp(const reply *r, uint8_t type, uint8_t code, size_t len);

#endif
