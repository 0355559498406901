/* dhcp.c -- DHCP and BOOTP (RFC 2131 2, RFC 951) and DHCPv6 (RFC 8415 8, 9). */
#include "match.h"
#include "sniffers.h"

#define BOOTP_FIXED 236u /* up to the vendor area, which DHCP begins with its cookie */

static parse_outcome dhcp4(const sniff_input *in) {
  reader r = in->bytes;
  if (r.at[0] > 2 || r.left < BOOTP_FIXED) return PARSE_NOT_MINE;
  if (r.at[2] > 16 || r.at[3] > 16) return PARSE_NOT_MINE; /* address length, hops */
  skip(&r, BOOTP_FIXED);
  if (MATCH(r, "\x63\x82\x53\x63") == PARSE_PARSED) return PARSE_PARSED;
  return parsed_if(on_ports(in, 67, 68));
}

static parse_outcome dhcp6(reader r) {
  bool is_relay = r.at[0] == 12 || r.at[0] == 13;
  if (r.at[0] > 36 || !skip(&r, is_relay ? 34 : 4)) return PARSE_NOT_MINE;
  while (r.left) {
    uint32_t code;
    reader option;
    if (!get_uint(&r, 2, &code) || !get_block(&r, 2, &option)) return PARSE_NOT_MINE;
  }
  return PARSE_PARSED;
}

parse_outcome sniff_dhcp(const sniff_input *in) {
  reader r = in->bytes;
  if (!r.left || !r.at[0] || r.at[0] > 36) return PARSE_NOT_MINE;
  return on_ports(in, 546, 547) ? dhcp6(r) : dhcp4(in);
}
