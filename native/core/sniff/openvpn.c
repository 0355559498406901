/* openvpn.c -- OpenVPN's session resets: plain, with tls-auth, with tls-crypt; UDP and TCP. */
#include "match.h"
#include "sniffers.h"

#define RESET_FIXED 9u /* opcode and key, session ID */

static bool is_reset(uint8_t first) {
  unsigned opcode = first >> 3;
  return !(first & 7) && (opcode == 1 || opcode == 2 || opcode == 7 || opcode == 8 || opcode == 10);
}

/* Acknowledgements (none, or one and the peer's session ID) and packet ID zero. */
static bool is_plain_tail(reader r) {
  uint8_t acks;
  if (!get_u8(&r, &acks) || acks > 1 || (acks && !skip(&r, 12))) return false;
  return r.left == 4 && MATCH(r, "\0\0\0\0") == PARSE_PARSED;
}

/* tls-auth puts a digest, a replay counter and the time before the tail;
 * the counter begins with one. */
static bool is_authenticated_tail(reader r) {
  static const uint8_t digests[] = {16, 20, 28, 32, 48, 64};
  for (size_t i = 0; i < sizeof digests; i++) {
    reader tail = r;
    uint32_t replay, time;
    if (skip(&tail, digests[i]) && get_uint(&tail, 4, &replay) && replay == 1 &&
        get_uint(&tail, 4, &time) && is_plain_tail(tail))
      return true;
  }
  return false;
}

/* tls-crypt: counter one and time, then a digest of 32 and the encrypted tail. */
static bool is_encrypted_tail(reader r) {
  return (r.left == 45 || r.left == 57) && MATCH(r, "\0\0\0\1") == PARSE_PARSED;
}

static bool is_message(const sniff_input *in, reader r) {
  if (r.left < RESET_FIXED + 5 || !is_reset(r.at[0])) return false;
  if (on_port(in, 1194)) return true;
  skip(&r, RESET_FIXED);
  return is_plain_tail(r) || is_authenticated_tail(r) || is_encrypted_tail(r);
}

parse_outcome sniff_openvpn(const sniff_input *in) {
  reader r = in->bytes, message;
  uint32_t length;
  if (is_udp(in)) return parsed_if(is_message(in, r));
  if (!get_uint(&r, 2, &length)) return PARSE_NEED_MORE;
  if (length < RESET_FIXED + 5 || length > 1500) return PARSE_NOT_MINE;
  if (r.left && !is_reset(r.at[0])) return PARSE_NOT_MINE;
  if (!get_bytes(&r, length, &message)) return PARSE_NEED_MORE;
  return parsed_if(is_message(in, message));
}
