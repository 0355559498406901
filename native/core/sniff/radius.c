/* radius.c -- RADIUS authentication, accounting and change of authorization (RFC 2865 3, RFC 5176).
 */
#include "match.h"
#include "sniffers.h"

#define RADIUS_HEADER 20u

static bool is_code(uint8_t code) {
  return (code >= 1 && code <= 5) || (code >= 11 && code <= 13) || (code >= 40 && code <= 45);
}

static bool on_radius_port(const sniff_input *in) {
  return on_ports(in, 1812, 1813) || on_ports(in, 1645, 1646) || on_port(in, 3799);
}

/* Two attributes or more that end where the packet does. */
static bool has_attributes(reader r) {
  unsigned count = 0;
  for (; r.left; count++) {
    uint8_t type, length;
    if (!get_u8(&r, &type) || !get_u8(&r, &length)) return false;
    if (!type || length < 3 || !skip(&r, length - 2u)) return false;
  }
  return count >= 2;
}

parse_outcome sniff_radius(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t length;
  if (r.left < RADIUS_HEADER || !is_code(r.at[0])) return PARSE_NOT_MINE;
  skip(&r, 2);
  get_uint(&r, 2, &length);
  if (length < RADIUS_HEADER || length > 4096 || length > in->bytes.left) return PARSE_NOT_MINE;
  if (on_radius_port(in)) return PARSE_PARSED;
  skip(&r, 16);
  return parsed_if(length == in->bytes.left && has_attributes(r));
}
