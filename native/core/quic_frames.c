#include "quic_frames.h"

#include "quic_header.h"

#include <string.h>

enum { PADDING = 0, PING = 1, ACK = 2, ACK_ECN = 3, CRYPTO = 6, CLOSE = 0x1c };

static bool skip_varints(reader *r, uint64_t n) {
  uint64_t ignored;
  for (; n; n--) {
    if (!quic_varint(r, &ignored)) return false;
  }
  return true;
}

/* RFC 9000 19.3.  The range count may be any number; the frame's end stops the loop. */
static bool skip_ack(reader *r, bool ecn) {
  uint64_t ranges;
  return skip_varints(r, 2) && quic_varint(r, &ranges) && skip_varints(r, 1) &&
         ranges <= r->left / 2 && skip_varints(r, 2 * ranges) && (!ecn || skip_varints(r, 3));
}

/* RFC 9000 19.19: error code, frame type, reason. */
static bool skip_close(reader *r) {
  reader reason;
  return skip_varints(r, 2) && quic_varint_block(r, &reason);
}

/* Most of a first packet is padding (RFC 9000 14.1), so it is skipped in words. */
static void skip_padding(reader *r) {
  uint64_t word;
  while (r->left >= sizeof word && (memcpy(&word, r->at, sizeof word), !word)) skip(r, sizeof word);
  while (r->left && r->at[0] == PADDING) skip(r, 1);
}

parse_outcome quic_next_piece(reader *frames, quic_piece *out) {
  while (frames->left) {
    uint8_t type;
    bool whole = get_u8(frames, &type);
    switch (type) {
      case PADDING: skip_padding(frames); break;
      case PING: break;
      case ACK:
      case ACK_ECN: whole = skip_ack(frames, type == ACK_ECN); break;
      case CRYPTO:
        whole = quic_varint(frames, &out->offset) && quic_varint_block(frames, &out->bytes);
        if (whole) return PARSE_PARSED;
        break;
      case CLOSE: whole = skip_close(frames); break;
      default: whole = false;
    }
    if (!whole) return PARSE_MALFORMED;
  }
  return PARSE_NOT_MINE;
}
