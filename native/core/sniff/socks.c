/* socks.c -- SOCKS 4, 4a and 5 (RFC 1928, RFC 1929). */
#include "match.h"
#include "sniffers.h"

#define METHODS_MAX 10u

static bool on_socks_port(const sniff_input *in) {
  return in->server_port == 1080 || in->server_port == 9050 || in->server_port == 9150;
}

/* CONNECT or BIND, port, address, a user name up to a zero byte; a name in the
 * place of the address 0.0.0.x (SOCKS 4a) likewise. */
static parse_outcome request4(reader r) {
  uint32_t command, port, address;
  uint8_t c;
  if (!skip(&r, 1) || !get_uint(&r, 1, &command)) return PARSE_NEED_MORE;
  if (command != 1 && command != 2) return PARSE_NOT_MINE;
  if (!get_uint(&r, 2, &port)) return PARSE_NEED_MORE;
  if (!port) return PARSE_NOT_MINE;
  if (!get_uint(&r, 4, &address)) return PARSE_NEED_MORE;
  unsigned texts = address && address < 256 ? 2 : 1;
  if (!address) return PARSE_NOT_MINE;
  for (unsigned n = 0; texts && n < MATCH_LINE_MAX; n++) {
    if (!get_u8(&r, &c)) return PARSE_NEED_MORE;
    if (!c) {
      texts--;
    } else if (c < 0x20 || c > 0x7e) {
      return PARSE_NOT_MINE;
    }
  }
  return parsed_if(!texts);
}

static parse_outcome get_greeting(reader *r) {
  uint8_t count, method;
  if (!skip(r, 1) || !get_u8(r, &count)) return PARSE_NEED_MORE;
  if (!count || count > METHODS_MAX) return PARSE_NOT_MINE;
  while (count--) {
    if (!get_u8(r, &method)) return PARSE_NEED_MORE;
    if ((method > 9 && method < 0x80) || method == 0xff) return PARSE_NOT_MINE;
  }
  return PARSE_PARSED;
}

/* RFC 1929: version 1, name, password. */
static parse_outcome skip_login(reader *r) {
  reader text, probe = *r;
  if (!skip(&probe, 1) || !get_block(&probe, 1, &text) || !get_block(&probe, 1, &text))
    return PARSE_NEED_MORE;
  *r = probe;
  return PARSE_PARSED;
}

/* Two or three bytes of greeting prove nothing: off the port the request must follow,
 * or the server's choice of a method, for which the flow remembers the greeting. */
static parse_outcome request5(const sniff_input *in, reader r) {
  parse_outcome o = get_greeting(&r);
  if (o != PARSE_PARSED || on_socks_port(in)) return o;
  if (!in->memory->owner) in->memory->owner = WEIR_PROTOCOL_SOCKS;
  if (r.left && r.at[0] == 1) o = skip_login(&r);
  if (o != PARSE_PARSED) return o;
  o = MATCH(r, "\5");
  if (o != PARSE_PARSED || !skip(&r, 1)) return o;
  uint8_t command, reserved, type;
  if (!get_u8(&r, &command)) return PARSE_NEED_MORE;
  if (!command || command > 3) return PARSE_NOT_MINE;
  if (!get_u8(&r, &reserved)) return PARSE_NEED_MORE;
  if (reserved) return PARSE_NOT_MINE;
  if (!get_u8(&r, &type)) return PARSE_NEED_MORE;
  return parsed_if(type == 1 || type == 3 || type == 4);
}

static parse_outcome choice(const sniff_input *in) {
  reader r = in->bytes;
  uint8_t version, method;
  if (in->memory->owner != WEIR_PROTOCOL_SOCKS && !on_socks_port(in)) return PARSE_NOT_MINE;
  if (!get_u8(&r, &version)) return PARSE_NEED_MORE;
  if (version != 5) return PARSE_NOT_MINE;
  if (!get_u8(&r, &method)) return PARSE_NEED_MORE;
  return parsed_if(method <= 9 || method >= 0x80);
}

parse_outcome sniff_socks(const sniff_input *in) {
  if (!in->is_start) return PARSE_NOT_MINE;
  if (!in->from_client) return choice(in);
  if (!in->bytes.left) return PARSE_NEED_MORE;
  if (in->bytes.at[0] == 4) return request4(in->bytes);
  return in->bytes.at[0] == 5 ? request5(in, in->bytes) : PARSE_NOT_MINE;
}
