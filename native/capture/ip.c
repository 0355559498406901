#include "ip.h"

#include "link.h"

parse_outcome capture_next_ip(capture *c, capture_counts *counts, reader *in, weir_packet *out) {
  capture_packet p;
  parse_outcome outcome;
  while ((outcome = capture_next(c, in, &p)) == PARSE_PARSED) {
    reader ip;
    link_outcome link = link_to_ip(p.link_type, p.frame, &ip);
    counts->frames++;
    if (link == LINK_IP) {
      size_t cut = p.wire_len - p.frame.left; /* never more on disk than on the wire */
      *out = (weir_packet){.data = ip.at,
                           .len = (uint32_t)ip.left,
                           .wire_len = (uint32_t)(ip.left + cut),
                           .now_us = capture_us(&p)};
      return PARSE_PARSED;
    }
    if (link == LINK_UNSUPPORTED) {
      counts->unsupported++;
      counts->unsupported_type = p.link_type;
    } else {
      counts->not_ip++;
    }
  }
  return outcome;
}
