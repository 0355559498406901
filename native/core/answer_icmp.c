#include "answer_icmp.h"

#define UNUSED       4
#define MESSAGE_MAX4 576u  /* RFC 1812 4.3.2.3: the whole datagram */
#define MESSAGE_MAX6 1280u /* RFC 4443 2.4 (c) */

/* Echo and its like may be answered, errors and redirects never. */
static bool is_error(const packet *p) {
  uint8_t type;
  reader body = p->body;
  if (p->transport != TRANSPORT_ICMP && p->transport != TRANSPORT_ICMPV6) return false;
  if (!get_u8(&body, &type)) return true;
  if (p->transport == TRANSPORT_ICMPV6) return type < 128 || type == 137;
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

size_t answer_icmp(const packet *to, weir_bytes whole, unreachable why, uint8_t *out, size_t room) {
  reply r;
  bool v4 = to->version == 4;
  if (is_error(to) || to->kind != PACKET_WHOLE ||
      !reply_open(&r, to, v4 ? TRANSPORT_ICMP : TRANSPORT_ICMPV6, out, room))
    return 0;
  size_t most = (v4 ? MESSAGE_MAX4 : MESSAGE_MAX6) - (size_t)(r.payload - r.base);
  if (most > r.room) most = r.room;
  size_t quoted = whole.len < most - UNUSED ? whole.len : most - UNUSED;
  memset(r.payload, 0, UNUSED);
  memcpy(r.payload + UNUSED, whole.base, quoted);
  /* Codes: communication administratively prohibited (RFC 1812 5.2.7.1), port unreachable. */
  uint8_t code = why == UNREACHABLE_PORT ? (v4 ? 3 : 4) : (v4 ? 13 : 1);
  return reply_icmp(&r, v4 ? 3 : 1, code, UNUSED + quoted);
}
