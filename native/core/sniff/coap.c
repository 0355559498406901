/* coap.c -- CoAP over UDP (RFC 7252 3), on its port: the header alone is too common. */
#include "match.h"
#include "sniffers.h"

/* Option deltas and lengths extend by one or two bytes (3.1). */
static bool skip_extension(reader *r, unsigned nibble, uint32_t *value) {
  *value = nibble;
  if (nibble == 13) return get_uint(r, 1, value) && (*value += 13, true);
  if (nibble == 14) return get_uint(r, 2, value) && (*value += 269, true);
  return nibble != 15;
}

static bool has_options(reader r) {
  uint8_t first;
  while (get_u8(&r, &first)) {
    uint32_t delta, length;
    if (first == 0xff) return r.left != 0;
    if (!skip_extension(&r, first >> 4, &delta) || !skip_extension(&r, first & 15u, &length) ||
        !skip(&r, length))
      return false;
  }
  return true;
}

parse_outcome sniff_coap(const sniff_input *in) {
  reader r = in->bytes;
  if (r.left < 4 || r.at[0] >> 6 != 1 || !on_port(in, 5683)) return PARSE_NOT_MINE;
  unsigned token = r.at[0] & 15u, class_ = r.at[1] >> 5;
  if (token > 8 || class_ == 1 || class_ == 3 || class_ > 5) return PARSE_NOT_MINE;
  return parsed_if(skip(&r, 4 + token) && has_options(r));
}
