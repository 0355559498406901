/* rdp.c -- RDP's X.224 connection request and confirm in TPKT (MS-RDPBCGR 2.2.1.1, 2.2.1.2). */
#include "match.h"
#include "sniffers.h"

/* RDP_NEG_REQ, RDP_NEG_RSP, RDP_NEG_FAILURE: type, flags, length 8, little endian. */
static bool is_negotiation(reader r) {
  return r.left >= 8 && r.at[0] >= 1 && r.at[0] <= 3 && r.at[2] == 8 && !r.at[3];
}

/* X.224 alone is other protocols' transport as well: RDP shows in a routing
 * cookie or a negotiation; when there is neither, the port must tell. */
static parse_outcome variable_part(const sniff_input *in, reader r, bool is_request) {
  if (!r.left) return parsed_if(in->server_port == 3389);
  if (is_negotiation(r)) return PARSE_PARSED;
  if (!is_request) return PARSE_NOT_MINE;
  return parsed_if(MATCH(r, "Cookie: mst") == PARSE_PARSED || MATCH(r, "tsv:") == PARSE_PARSED);
}

parse_outcome sniff_rdp(const sniff_input *in) {
  reader r = in->bytes, body;
  uint32_t length;
  uint8_t indicator, code;
  parse_outcome o = MATCH(r, "\3\0");
  if (o != PARSE_PARSED) return o;
  skip(&r, 2);
  if (!get_uint(&r, 2, &length)) return PARSE_NEED_MORE;
  if (length < 11 || length > 512) return PARSE_NOT_MINE;
  if (!get_u8(&r, &indicator)) return PARSE_NEED_MORE;
  if (indicator + 5u != length) return PARSE_NOT_MINE;
  if (!get_u8(&r, &code)) return PARSE_NEED_MORE;
  if (code != (in->from_client ? 0xe0 : 0xd0)) return PARSE_NOT_MINE;
  if (!get_bytes(&r, indicator - 1u, &body)) return PARSE_NEED_MORE;
  skip(&body, 5); /* references and class */
  return variable_part(in, body, in->from_client);
}
