/* SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): what stands before the proxied bytes. */
#include "carrier_unit.h"

enum { FIRST, GREETED, SIGNED_IN };
enum { VERSION_4 = 4, VERSION_5 = 5, CONNECT = 1 };

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

/* RFC 1928 4. */
static parse_outcome request_5(reader *stream) {
  reader r = *stream, name;
  uint8_t version, command, reserved, type;
  if (!get_u8(&r, &version)) return PARSE_NEED_MORE;
  if (version != VERSION_5) return PARSE_MALFORMED;
  if (!get_u8(&r, &command)) return PARSE_NEED_MORE;
  if (command != CONNECT) return PARSE_NOT_MINE;
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
  if (state->phase != FIRST) return request_5(stream);
  if (r.at[0] == VERSION_4) return request_4(stream);
  if (r.at[0] != VERSION_5) return PARSE_NOT_MINE;
  if (!skip(&r, 1) || !get_block(&r, 1, &methods)) return PARSE_NEED_MORE;
  *stream = r;
  state->phase = GREETED;
  return PARSE_NEED_MORE;
}
