/* capture.h -- packets out of pcap and pcapng captures, from buffers the caller fills.
 *
 * No I/O and no allocation: the caller reads the file (or pipe) piece by piece, calls
 * capture_next() until it says NEED_MORE, moves what is left to the front of its buffer,
 * appends more and goes on.  At the end of the input it calls capture_end().
 * A buffer of CAPTURE_RECORD_MAX bytes is enough for every capture.
 */
#ifndef WEIR_CAPTURE_H
#define WEIR_CAPTURE_H

#include "parse.h"

/* Bytes kept of one packet: libpcap's MAXIMUM_SNAPLEN.  A longer one is damage. */
#define CAPTURE_PACKET_MAX 262144u
/* A record that has to be in memory as a whole: a packet and its pcapng options. */
#define CAPTURE_RECORD_MAX (2u * CAPTURE_PACKET_MAX)
/* A pcapng block that is passed over; it is never buffered. */
#define CAPTURE_BLOCK_MAX (16u << 20)
/* Interfaces of one pcapng section; one more is damage. */
#define CAPTURE_INTERFACES_MAX 256u

typedef enum {
  CAPTURE_UNKNOWN = 0, /* too few bytes seen to tell */
  CAPTURE_PCAP,
  CAPTURE_PCAPNG
} capture_format;

typedef struct capture_interface {
  int64_t offset_s;   /* if_tsoffset, seconds */
  uint32_t snaplen;   /* 0: no limit */
  uint16_t link_type; /* LINKTYPE_ value */
  uint8_t resolution; /* if_tsresol as in the file: 6 is 10^-6 s, 0x8a is 2^-10 s */
} capture_interface;

/* Owned by the caller, about 6 KB, without pointers into any buffer.  The fields of the
 * first group may be read; the others are the parser's. */
typedef struct capture {
  uint64_t packets;    /* handed out so far */
  uint64_t offset;     /* in the stream, of the byte that the next call begins with */
  uint64_t bad_offset; /* after MALFORMED or NOT_MINE: of the record that is wrong */
  const char *message; /* after MALFORMED or NOT_MINE: what is wrong; static, English */
  size_t need;         /* after NEED_MORE: bytes that must lie before the next call, at least */
  uint32_t link_type;  /* pcap: of every packet; pcapng: of the section's first interface */
  uint32_t sections;   /* pcapng: begun so far */
  uint32_t interface_count; /* pcapng: of this section; pcap: 1 */
  uint8_t format;           /* capture_format */
  bool big_endian;          /* of this section */

  uint8_t outcome;       /* parse_outcome that ended the capture for good, or 0 */
  bool nanoseconds;      /* pcap */
  uint8_t minor;         /* pcap: minor version */
  uint8_t record_header; /* pcap: bytes */
  uint32_t skip;         /* pcapng: bytes of a block still to be passed over */
  uint32_t trailer;      /* pcapng: length that the block's end must repeat, 0 none is due */
  uint64_t block_at;     /* pcapng: offset of the block being passed over */
  uint64_t last_ns;
  capture_interface interfaces[CAPTURE_INTERFACES_MAX];
} capture;

typedef struct capture_packet {
  reader frame;       /* from the link header on; borrowed from the caller's buffer */
  uint64_t time_ns;   /* since 1970; where has_time is false, that of the packet before */
  uint32_t wire_len;  /* bytes on the wire, never less than frame.left */
  uint32_t interface; /* pcapng: index in its section; pcap: 0 */
  uint32_t link_type; /* LINKTYPE_ value, see link.h */
  bool has_time;      /* false for pcapng's simple packet block */
} capture_packet;

void capture_init(capture *c);

/* Takes one packet off the front of `in`.
 *   PARSED     `out` is set; its frame points into `in`'s memory
 *   NEED_MORE  what is left of `in` is the beginning of a record (or nothing);
 *              c->need bytes are needed from there on
 *   MALFORMED  damage: the packets before it stand, nothing can follow
 *   NOT_MINE   not a capture; only as the first answer
 * The last two are repeated by every later call. */
parse_outcome capture_next(capture *c, reader *in, capture_packet *out);

/* The input has ended with `rest` left over.  PARSED: at the end of a record.
 * MALFORMED: within one; NOT_MINE: nothing of a capture was there; both with a message. */
parse_outcome capture_end(capture *c, reader rest);

static inline uint64_t capture_us(const capture_packet *p) { return p->time_ns / 1000; }

#endif
