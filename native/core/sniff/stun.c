/* stun.c -- STUN and TURN: RFC 8489, RFC 8656, the older RFC 5389 and RFC 3489, and MS-TURN. */
#include "match.h"
#include "sniffers.h"

#define STUN_COOKIE 0x2112a442u
#define STUN_HEADER 20u
#define FRAME_MAX   1024u /* of a first message; more would keep SOCKS 4 and 5 waiting */

/* Methods and classes of RFC 3489 11.1 and of the TURN drafts before the cookie. */
static bool is_classic_type(uint32_t type) {
  uint32_t method = type & 0xfeefu, class_ = type & 0x0110u;
  return (method && method <= 6) && class_ != 0x0010u;
}

/* RFC 3489 11.2 and the registered comprehension-optional range. */
static bool is_classic_attribute(uint32_t type) {
  return (type >= 0x0001 && type <= 0x0022) || (type >= 0x8000 && type <= 0x80ff) ||
         (type >= 0xc000 && type <= 0xc0ff);
}

/* Without a cookie only attributes that fill the message exactly prove it; on
 * STUN's own ports, where private ones are in use, of whatever type. */
static bool classic_attributes(const sniff_input *in, reader body) {
  bool any_type = on_ports(in, 3478, 3481);
  while (body.left) {
    uint32_t type, len;
    if (!get_uint(&body, 2, &type) || !get_uint(&body, 2, &len)) return false;
    if (!(any_type || is_classic_attribute(type)) || !skip(&body, (len + 3u) & ~3u)) return false;
  }
  return true;
}

/* RFC 3489's request may be a bare header; what follows its four fixed bytes
 * must then look random, which a DNS header (counts, mostly zero) does not. */
static bool bare_request(const sniff_input *in, uint32_t type, reader transaction) {
  unsigned zeros = 0;
  for (size_t i = 0; i < transaction.left; i++) zeros += !transaction.at[i];
  return type == 1 && (zeros <= 2 || (zeros < 16 && on_ports(in, 3478, 3481)));
}

static parse_outcome stun_message(const sniff_input *in, reader r, bool framed) {
  uint32_t type, len, cookie;
  if (r.left && r.at[0] & 0xc0) return PARSE_NOT_MINE;
  if (!get_uint(&r, 2, &type) || !get_uint(&r, 2, &len)) return ended(in);
  reader transaction = {r.at, STUN_HEADER - 4};
  if (!framed && !is_udp(in) && MATCH(r, "\x21\x12\xa4\x42") == PARSE_NOT_MINE)
    return PARSE_NOT_MINE;
  if (!get_uint(&r, 4, &cookie)) return ended(in);
  if (cookie == STUN_COOKIE) {
    if (len & 3u) return PARSE_NOT_MINE;
    /* Attributes may be cut off by a snap length: the cookie is proof enough. */
    return skip(&r, 12) ? PARSE_PARSED : ended(in);
  }
  if (!is_classic_type(type) || len > 2048) return PARSE_NOT_MINE;
  reader body;
  if (!skip(&r, 12) || !get_bytes(&r, len, &body)) return ended(in);
  if (is_udp(in) && r.left) return PARSE_NOT_MINE;
  return parsed_if(len ? classic_attributes(in, body) : bare_request(in, type, transaction));
}

/* RFC 8656 12.4.  Four bytes prove little, so STUN must have been seen on the
 * flow, or the same channel twice on STUN's own port. */
static parse_outcome channel_data(const sniff_input *in) {
  reader r = in->bytes, data;
  uint32_t channel, len;
  sniff_memory *m = in->memory;
  if (!get_uint(&r, 2, &channel) || !get_uint(&r, 2, &len) || !get_bytes(&r, len, &data))
    return PARSE_NOT_MINE;
  if (channel < 0x4000 || channel > 0x4fff || r.left > 3) return PARSE_NOT_MINE;
  if (m->owner == WEIR_PROTOCOL_STUN && (m->word == STUN_COOKIE || m->word == channel))
    return PARSE_PARSED;
  if (m->owner || !on_port(in, 3478)) return PARSE_NOT_MINE;
  m->owner = WEIR_PROTOCOL_STUN;
  m->word = channel;
  return PARSE_NEED_MORE;
}

/* RFC 4571, ICE TCP: the message behind its own length. */
static parse_outcome framed_message(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t frame, type, len;
  if (!get_uint(&r, 2, &frame)) return PARSE_NEED_MORE;
  if (frame < STUN_HEADER || frame > FRAME_MAX) return PARSE_NOT_MINE;
  reader head = r;
  if (get_uint(&head, 2, &type) && get_uint(&head, 2, &len) && frame != len + STUN_HEADER)
    return PARSE_NOT_MINE;
  return stun_message(in, r, false);
}

/* Over TCP a message stands alone (RFC 8489 6.2.2), behind a length, or behind
 * the four bytes of MS-TURN 2.1. */
static parse_outcome stun_stream(const sniff_input *in) {
  reader r = in->bytes;
  if (r.left && r.at[0] > 4) return PARSE_NOT_MINE; /* no method so high, no frame so long */
  parse_outcome o = either(stun_message(in, r, false), framed_message(in));
  parse_outcome ms = MATCH(r, "\2\0");
  if (ms == PARSE_PARSED) ms = skip(&r, 4) ? stun_message(in, r, true) : PARSE_NEED_MORE;
  return either(o, ms);
}

parse_outcome sniff_stun(const sniff_input *in) {
  if (!is_udp(in)) return stun_stream(in);
  if (!in->bytes.left) return PARSE_NOT_MINE;
  if (in->bytes.at[0] >= 0x40) return in->bytes.at[0] < 0x50 ? channel_data(in) : PARSE_NOT_MINE;
  parse_outcome o = stun_message(in, in->bytes, false);
  if (o == PARSE_PARSED && !in->memory->owner) {
    in->memory->owner = WEIR_PROTOCOL_STUN;
    in->memory->word = STUN_COOKIE;
  }
  return o;
}
