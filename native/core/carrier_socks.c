/* SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): what stands before the proxied bytes. */
#include "carrier_unit.h"

enum {
  FIRST,
  GREETED,
  SIGNED_IN,
  VERSION_4 = 4,
  VERSION_5 = 5,
  CONNECT = 1,
  PASSWORD = 2,
  GRANTED_4 = 90
};

/* Up to and with its NUL. */
static bool skip_text(reader *r) { return skip(r, find_byte(*r, 0) + 1); }

/* 4a: the address 0.0.0.x, x not 0, says that a name follows. */
static parse_outcome request_4(reader *stream) {
  reader r = *stream;
  uint8_t version, command;
  uint32_t address;
  if (!get_u8(&r, &version) || !get_u8(&r, &command)) return PARSE_NEED_MORE;
  if (command != CONNECT) return PARSE_NOT_MINE;
  if (!skip(&r, 2) || !get_uint(&r, 4, &address) || !skip_text(&r)) return PARSE_NEED_MORE;
  if (address && address < 256 && !skip_text(&r)) return PARSE_NEED_MORE;
  *stream = r;
  return PARSE_PARSED;
}

/* RFC 1928 4 and 6: requests and replies have the same form; `wanted` is the
 * second byte, of a command or of success. */
static parse_outcome message_5(reader *stream, uint8_t wanted) {
  reader r = *stream, name;
  uint8_t version, code, reserved, type;
  if (!get_u8(&r, &version)) return PARSE_NEED_MORE;
  if (version != VERSION_5) return PARSE_MALFORMED;
  if (!get_u8(&r, &code)) return PARSE_NEED_MORE;
  if (code != wanted) return PARSE_NOT_MINE;
  if (!get_u8(&r, &reserved) || !get_u8(&r, &type)) return PARSE_NEED_MORE;
  if (type != 1 && type != 3 && type != 4) return PARSE_MALFORMED;
  if (type == 3 ? !get_block(&r, 1, &name) : !skip(&r, type == 1 ? 4 : 16)) return PARSE_NEED_MORE;
  if (!skip(&r, 2)) return PARSE_NEED_MORE;
  *stream = r;
  return PARSE_PARSED;
}

/* RFC 1929 2: user name and password, which are passed over unread. */
static parse_outcome sign_in(reader *stream, carrier_state *state) {
  reader r = *stream, ignored;
  if (!skip(&r, 1) || !get_block(&r, 1, &ignored) || !get_block(&r, 1, &ignored))
    return PARSE_NEED_MORE;
  *stream = r;
  state->phase = SIGNED_IN;
  return PARSE_NEED_MORE;
}

parse_outcome socks_client(reader *stream, carrier_state *state) {
  reader r = *stream, methods;
  if (state->phase == GREETED && r.at[0] == 1) return sign_in(stream, state);
  if (state->phase != FIRST) return message_5(stream, CONNECT);
  if (r.at[0] == VERSION_4) return request_4(stream);
  if (r.at[0] != VERSION_5) return PARSE_NOT_MINE;
  if (!skip(&r, 1) || !get_block(&r, 1, &methods)) return PARSE_NEED_MORE;
  *stream = r;
  state->phase = GREETED;
  return PARSE_NEED_MORE;
}

/* The second byte of a method choice or of a sign-in's status. */
static parse_outcome choice(reader *stream, carrier_state *state) {
  reader r = *stream;
  uint8_t version, code;
  if (!get_u8(&r, &version) || !get_u8(&r, &code)) return PARSE_NEED_MORE;
  if (version != (state->phase == FIRST ? VERSION_5 : 1)) return PARSE_MALFORMED;
  if (code != 0 && !(state->phase == FIRST && code == PASSWORD)) return PARSE_NOT_MINE;
  state->phase = code == PASSWORD ? GREETED : SIGNED_IN;
  *stream = r;
  return PARSE_NEED_MORE;
}

parse_outcome socks_server(reader *stream, carrier_state *state) {
  reader r = *stream;
  uint8_t version, code;
  if (state->phase == SIGNED_IN) return message_5(stream, 0);
  if (state->phase == GREETED || r.at[0] == VERSION_5) return choice(stream, state);
  if (!get_u8(&r, &version) || version != 0) return PARSE_NOT_MINE; /* SOCKS 4 answers with 0 */
  if (!get_u8(&r, &code)) return PARSE_NEED_MORE;
  if (code != GRANTED_4) return PARSE_NOT_MINE;
  if (!skip(&r, 6)) return PARSE_NEED_MORE;
  *stream = r;
  return PARSE_PARSED;
}
