/* wireguard.c -- WireGuard's four messages (protocol paper, section 5.4). */
#include "match.h"
#include "sniffers.h"

/* Transport data is nothing but a receiver's index and a counter in clear: the
 * same index must come again with a counter a little higher. */
static parse_outcome transport_data(const sniff_input *in, reader r) {
  uint32_t index, low, high;
  sniff_memory *m = in->memory;
  size_t length = in->bytes.left;
  if (length < 32 || length % 16) return PARSE_NOT_MINE;
  if (!get_le32(&r, &index) || !get_le32(&r, &low) || !get_le32(&r, &high) || high)
    return PARSE_NOT_MINE;
  if (m->owner && m->owner != WEIR_PROTOCOL_WIREGUARD) return PARSE_NOT_MINE;
  uint16_t ahead = (uint16_t)(low - m->half);
  if (m->owner && m->word == index && ahead && ahead <= 64) return PARSE_PARSED;
  if (m->owner && m->count != in->from_client) return PARSE_NEED_MORE; /* the other side's index */
  *m = (sniff_memory){index, (uint16_t)low, WEIR_PROTOCOL_WIREGUARD, in->from_client};
  return PARSE_NEED_MORE;
}

parse_outcome sniff_wireguard(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t type;
  if (!get_le32(&r, &type)) return PARSE_NOT_MINE;
  switch (type) {
    case 1: return parsed_if(in->bytes.left == 148);
    case 2: return parsed_if(in->bytes.left == 92);
    case 3: return parsed_if(in->bytes.left == 64 && on_port(in, 51820));
    case 4: return transport_data(in, r);
    default: return PARSE_NOT_MINE;
  }
}
