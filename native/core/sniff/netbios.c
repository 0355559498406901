/* netbios.c -- NetBIOS over TCP/IP: names, datagrams, refused sessions (RFC 1002 4.2, 4.3, 4.4). */
#include "match.h"
#include "sniffers.h"

/* First-level encoding (RFC 1001 14.1): 32 letters from A to P. */
static bool is_encoded_name(reader r) {
  if (r.left < 34 || r.at[0] != 32) return false;
  for (size_t i = 1; i <= 32; i++)
    if (r.at[i] < 'A' || r.at[i] > 'P') return false;
  return true;
}

static bool is_name_service(reader r) {
  uint32_t flags, counts = 0, count;
  if (!skip(&r, 2) || !get_uint(&r, 2, &flags)) return false;
  for (unsigned i = 0; i < 4; i++) {
    if (!get_uint(&r, 2, &count)) return false;
    counts += count;
  }
  return counts && counts < 64 && is_encoded_name(r);
}

/* Type, flags, ID, the source's address and port, then for most types a length
 * and names. */
static bool is_datagram(reader r) {
  if (r.left < 10 || r.at[0] < 0x10 || r.at[0] > 0x16 || r.at[1] & 0xf0) return false;
  bool has_names = r.at[0] <= 0x12;
  skip(&r, has_names ? 14 : 10);
  return r.at[0] == 32 || !has_names;
}

parse_outcome sniff_netbios(const sniff_input *in) {
  reader r = in->bytes;
  if (is_udp(in)) {
    if (on_port(in, 138)) return parsed_if(r.left >= 15 && is_datagram(r));
    return parsed_if(is_name_service(r) && (on_port(in, 137) || r.left >= 50));
  }
  /* NEGATIVE SESSION RESPONSE: what a session was asked for is not told. */
  if (in->from_client) return PARSE_NOT_MINE;
  parse_outcome o = MATCH(r, "\x83\0\0\1");
  if (o != PARSE_PARSED || !skip(&r, 4)) return o;
  return r.left ? parsed_if(r.at[0] >= 0x80 && r.at[0] <= 0x8f) : PARSE_NEED_MORE;
}
