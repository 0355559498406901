/* ssdp.c -- SSDP, HTTP-like text in datagrams (UPnP Device Architecture 2.0, 1.2 and 1.3). */
#include "match.h"
#include "sniffers.h"

/* Any answer over UDP has this status line, so a field that only discovery has must follow. */
static parse_outcome search_answer(const sniff_input *in) {
  reader text = in->bytes;
  if (text.left > 1024) text.left = 1024;
  return parsed_if(on_port(in, 1900) || TEXT_HAS(text, "\nUSN:") || TEXT_HAS(text, "\nST:"));
}

parse_outcome sniff_ssdp(const sniff_input *in) {
  reader r = in->bytes;
  if (!r.left) return PARSE_NOT_MINE;
  switch (r.at[0]) {
    case 'M': return settled(in, MATCH(r, "M-SEARCH * HTTP/1."));
    case 'N': return settled(in, MATCH(r, "NOTIFY * HTTP/1."));
    case 'H': return MATCH(r, "HTTP/1.") == PARSE_PARSED ? search_answer(in) : PARSE_NOT_MINE;
    default: return PARSE_NOT_MINE;
  }
}
