/* format.h -- what the readers of the capture formats share; private to this folder. */
#ifndef WEIR_CAPTURE_FORMAT_H
#define WEIR_CAPTURE_FORMAT_H

#include "capture.h"
#include "order.h"

#define NS_PER_S 1000000000ull

/* `in` holds too little: it must hold `bytes`. */
static inline parse_outcome capture_want(capture *c, size_t bytes) {
  c->need = bytes;
  return PARSE_NEED_MORE;
}

/* Ends the capture for good.  c->offset is where the damaged record begins. */
static inline parse_outcome capture_damaged(capture *c, const char *message) {
  c->message = message;
  c->bad_offset = c->offset;
  return PARSE_MALFORMED;
}

/* The record at the front of `in` is dealt with: the reader and the stream's offset go on. */
static inline void capture_advance(capture *c, reader *in, size_t bytes) {
  if (skip(in, bytes)) c->offset += bytes;
}

/* First bytes of each format, as a big-endian number. */
bool capture_is_pcap(uint32_t magic);
bool capture_is_pcapng(uint32_t magic);

parse_outcome capture_pcap_header(capture *c, reader *in);
parse_outcome capture_pcap_record(capture *c, reader *in, capture_packet *out);
parse_outcome capture_pcapng_packet(capture *c, reader *in, capture_packet *out);

#endif
