/* mysql.c -- MySQL and MariaDB: the server's handshake, the client's answer (protocol 10). */
#include "match.h"
#include "sniffers.h"

#define VERSION_MAX        64u
#define CLIENT_PROTOCOL_41 0x200u

/* Packet header: 24-bit length, little endian, and sequence number.  Judged byte by byte: a
 * row that asks for more without need holds up the ones behind it. */
static parse_outcome get_packet(reader *r, uint8_t sequence, uint32_t low, uint32_t high) {
  uint8_t length[2], zero, found;
  if (!get_u8(r, &length[0]) || !get_u8(r, &length[1])) return PARSE_NEED_MORE;
  uint32_t n = (uint32_t)length[1] << 8 | length[0];
  if (n < low || n > high) return PARSE_NOT_MINE;
  if (!get_u8(r, &zero)) return PARSE_NEED_MORE;
  if (zero) return PARSE_NOT_MINE;
  return get_u8(r, &found) ? parsed_if(found == sequence) : PARSE_NEED_MORE;
}

/* Protocol version 10, version text, thread, eight bytes of challenge, a zero. */
static parse_outcome handshake(reader r) {
  parse_outcome o = get_packet(&r, 0, 20, 512);
  if (o == PARSE_PARSED) o = MATCH(r, "\n");
  if (o != PARSE_PARSED) return o;
  skip(&r, 1);
  uint8_t c;
  for (unsigned n = 0;; n++) {
    if (!get_u8(&r, &c)) return PARSE_NEED_MORE;
    if (!c && n) break;
    if (c < 0x20 || c > 0x7e || n == VERSION_MAX || (!n && !is_digit(c))) return PARSE_NOT_MINE;
  }
  if (!skip(&r, 12)) return PARSE_NEED_MORE;
  return MATCH(r, "\0");
}

/* An error instead of a handshake: code, then text; too little off the port. */
static parse_outcome refusal(reader r) {
  parse_outcome o = get_packet(&r, 0, 4, 512);
  return o == PARSE_PARSED ? MATCH(r, "\xff") : o;
}

/* Capabilities, maximum packet, character set, then zeros (MariaDB uses the last four). */
static parse_outcome answer(reader r) {
  uint32_t capabilities;
  parse_outcome o = get_packet(&r, 1, 32, 4096);
  if (o != PARSE_PARSED) return o;
  if (!get_le32(&r, &capabilities)) return PARSE_NEED_MORE;
  if (!(capabilities & CLIENT_PROTOCOL_41)) return PARSE_NOT_MINE;
  if (!skip(&r, 5)) return PARSE_NEED_MORE;
  return MATCH(r, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
}

parse_outcome sniff_mysql(const sniff_input *in) {
  if (!in->is_start) return PARSE_NOT_MINE;
  if (in->from_client) return answer(in->bytes);
  parse_outcome o = handshake(in->bytes);
  return in->server_port == 3306 ? either(o, refusal(in->bytes)) : o;
}
