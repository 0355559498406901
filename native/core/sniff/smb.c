/* smb.c -- SMB 1 to 3 behind the NetBIOS session header (MS-SMB2 2.1, RFC 1002 4.3). */
#include "match.h"
#include "sniffers.h"

/* RFC 1002 4.3.2 and 4.3.3: on port 139 a session is asked for and granted first. */
static parse_outcome skip_session_request(reader *r) {
  uint32_t word;
  reader names, probe = *r;
  if (!get_uint(&probe, 2, &word)) return PARSE_NEED_MORE;
  if (word != (word & 0xff00)) return PARSE_NOT_MINE;
  if (!get_uint(&probe, 2, &word)) return PARSE_NEED_MORE;
  if (word > 512) return PARSE_NOT_MINE;
  if (!get_bytes(&probe, word, &names)) return PARSE_NEED_MORE;
  *r = probe;
  return PARSE_PARSED;
}

parse_outcome sniff_smb(const sniff_input *in) {
  reader r = in->bytes;
  if (r.left && (r.at[0] == 0x81 || r.at[0] == 0x82)) {
    parse_outcome o = skip_session_request(&r);
    if (o != PARSE_PARSED) return o;
  }
  uint8_t type, magic;
  if (!get_u8(&r, &type)) return PARSE_NEED_MORE;
  if (type) return PARSE_NOT_MINE;
  if (!skip(&r, 3)) return PARSE_NEED_MORE;
  if (!get_u8(&r, &magic)) return PARSE_NEED_MORE;
  /* Plain 1, plain 2, encrypted, compressed (MS-SMB2 2.2.1, 2.2.41, 2.2.42). */
  return magic >= 0xfc ? MATCH(r, "SMB") : PARSE_NOT_MINE;
}
