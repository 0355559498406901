/* ntp.c -- NTP versions 1 to 4 (RFC 5905 7.3, 7.5) and its control messages (RFC 9327). */
#include "match.h"
#include "sniffers.h"

#define NTP_PACKET 48u

/* A client that knows nothing yet sends zeros up to its transmit timestamp
 * (RFC 4330 5): told on any port. */
static bool is_blank_request(reader r) {
  for (size_t i = 4; i < NTP_PACKET - 8; i++)
    if (r.at[i]) return false;
  return r.left == NTP_PACKET && (r.at[0] & 7) == 3 && r.at[1] <= 16;
}

parse_outcome sniff_ntp(const sniff_input *in) {
  reader r = in->bytes;
  if (!r.left) return PARSE_NOT_MINE;
  unsigned version = r.at[0] >> 3 & 7u, mode = r.at[0] & 7u;
  if (!version || version > 4 || !mode) return PARSE_NOT_MINE;
  if (!on_port(in, 123)) return parsed_if(r.left >= NTP_PACKET && is_blank_request(r));
  if (mode == 6) return parsed_if(r.left >= 12);
  if (mode == 7) return parsed_if(r.left >= 8);
  /* Extension fields and MAC come in words (RFC 7822 3). */
  return parsed_if(r.left >= NTP_PACKET && r.left % 4 == 0);
}
