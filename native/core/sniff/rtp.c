/* rtp.c -- RTP and RTCP (RFC 3550 5.1, 6.1; RFC 5506, RFC 5761). */
#include "match.h"
#include "sniffers.h"

#define RTP_HEADER   12u
#define RTP_STEP_MAX 16u /* packets lost or reordered between two that we see */
#define RTP_PACKETS  3u

/* Types of RFC 3551 6 and dynamic ones; 64 to 95 is where RTCP's fall. */
static bool is_payload_type(uint8_t type) { return type <= 34 || type >= 96; }

/* A compound that ends where the datagram does: each with its count's worth of
 * words, the first a report (or feedback, RFC 5506). */
static bool is_rtcp(reader r) {
  for (bool is_first = true; r.left; is_first = false) {
    uint8_t first, type;
    uint32_t words;
    if (!get_u8(&r, &first) || !get_u8(&r, &type) || !get_uint(&r, 2, &words)) return false;
    unsigned count = first & 31u;
    if (first >> 6 != 2 || type < 200 || type > 207) return false;
    if (type == 200 && words < 6 + 6 * count) return false;
    if (type == 201 && words < 1 + 6 * count) return false;
    if (is_first && type > 201 && (type < 205 || words < 2)) return false;
    if (!skip(&r, (size_t)words * 4)) return false;
  }
  return true;
}

/* Header fields say little alone; one side must send the same source with sequence numbers that
 * go up, RTP_PACKETS times.  `count` holds how often and, in its top bit, which side. */
static parse_outcome stream(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t sequence, source;
  sniff_memory *m = in->memory;
  uint8_t side = in->from_client ? 0x80 : 0;
  if (r.left < RTP_HEADER + 4u * (r.at[0] & 15u) || !is_payload_type(r.at[1] & 0x7f))
    return PARSE_NOT_MINE;
  skip(&r, 2);
  get_uint(&r, 2, &sequence);
  skip(&r, 4);
  get_uint(&r, 4, &source);
  if (!source || (m->owner && m->owner != WEIR_PROTOCOL_RTP)) return PARSE_NOT_MINE;
  if (m->owner && (m->count & 0x80) != side) return PARSE_NEED_MORE;
  uint16_t ahead = (uint16_t)(sequence - m->half);
  bool follows = m->owner && m->word == source && ahead && ahead <= RTP_STEP_MAX;
  uint8_t seen = follows ? (uint8_t)((m->count & 0x7f) + 1) : 1;
  *m = (sniff_memory){source, (uint16_t)sequence, WEIR_PROTOCOL_RTP, (uint8_t)(side | seen)};
  return seen >= RTP_PACKETS ? PARSE_PARSED : PARSE_NEED_MORE;
}

parse_outcome sniff_rtp(const sniff_input *in) {
  reader r = in->bytes;
  if (r.left < 8 || r.at[0] >> 6 != 2) return PARSE_NOT_MINE;
  if (r.at[1] >= 200 && r.at[1] <= 207) return parsed_if(is_rtcp(r));
  return r.left < RTP_HEADER ? PARSE_NOT_MINE : stream(in);
}
