#include "capture.h"

#include <string.h>

#include "format.h"

void capture_init(capture *c) { memset(c, 0, sizeof *c); }

/* Only the file header of pcap is consumed: pcapng begins with a block like any other. */
static parse_outcome detect(capture *c, reader *in) {
  reader probe = *in;
  uint32_t magic;
  if (!get_order32(&probe, true, &magic)) return capture_want(c, 4);
  if (capture_is_pcapng(magic)) {
    c->format = CAPTURE_PCAPNG;
    return PARSE_PARSED;
  }
  if (capture_is_pcap(magic)) return capture_pcap_header(c, in);
  capture_damaged(c, "not a pcap or pcapng capture");
  return PARSE_NOT_MINE;
}

static parse_outcome next(capture *c, reader *in, capture_packet *out) {
  if (c->format == CAPTURE_UNKNOWN) {
    parse_outcome detected = detect(c, in);
    if (detected != PARSE_PARSED) return detected;
  }
  return c->format == CAPTURE_PCAP ? capture_pcap_record(c, in, out)
                                   : capture_pcapng_packet(c, in, out);
}

parse_outcome capture_next(capture *c, reader *in, capture_packet *out) {
  if (c->message) return (parse_outcome)c->outcome;
  parse_outcome outcome = next(c, in, out);
  if (outcome == PARSE_PARSED)
    c->packets++;
  else if (outcome != PARSE_NEED_MORE)
    c->outcome = (uint8_t)outcome;
  return outcome;
}

parse_outcome capture_end(capture *c, reader rest) {
  if (c->message) return (parse_outcome)c->outcome;
  if (c->format == CAPTURE_UNKNOWN) {
    bool begun = rest.left >= 4; /* else not even the magic number is there */
    capture_damaged(c, begun ? "cut short in the file header" : "too short to be a capture");
    c->outcome = begun ? PARSE_MALFORMED : PARSE_NOT_MINE;
  } else if (rest.left || c->skip || c->trailer) {
    if (c->trailer) c->offset = c->block_at;
    capture_damaged(c,
                    c->format == CAPTURE_PCAP ? "cut short in a packet" : "cut short in a block");
    c->outcome = PARSE_MALFORMED;
  } else {
    return PARSE_PARSED;
  }
  return (parse_outcome)c->outcome;
}
