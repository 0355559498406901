/* postgresql.c -- PostgreSQL's startup packets and, on its port, the first answer (protocol 3). */
#include "match.h"
#include "sniffers.h"

/* SSLRequest, GSSENCRequest, CancelRequest: a code no version number can be. */
static parse_outcome request(reader r) {
  return either(either(MATCH(r, "\0\0\0\x8\x4\xd2\x16\x2f"), MATCH(r, "\0\0\0\x8\x4\xd2\x16\x30")),
                MATCH(r, "\0\0\0\x10\x4\xd2\x16\x2e"));
}

/* Length, version 3.0 (3.2 since 18), then pairs of texts, of which `user` must be one. */
static parse_outcome startup(reader r) {
  uint32_t length;
  if (!get_uint(&r, 4, &length)) return r.left && r.at[0] ? PARSE_NOT_MINE : PARSE_NEED_MORE;
  if (length < 14 || length > 10000) return PARSE_NOT_MINE;
  parse_outcome o = either(MATCH(r, "\0\3\0\0"), MATCH(r, "\0\3\0\2"));
  if (o != PARSE_PARSED || !skip(&r, 4)) return o;
  if (!r.left) return PARSE_NEED_MORE;
  return parsed_if(r.at[0] >= 'a' && r.at[0] <= 'z');
}

/* AuthenticationRequest or ErrorResponse. */
static parse_outcome answer(reader r) {
  uint32_t length;
  uint8_t type;
  if (!get_u8(&r, &type)) return PARSE_NEED_MORE;
  if (type != 'R' && type != 'E') return PARSE_NOT_MINE;
  if (!get_uint(&r, 4, &length)) return PARSE_NEED_MORE;
  return parsed_if(length >= 8 && length <= 4096);
}

parse_outcome sniff_postgresql(const sniff_input *in) {
  if (in->from_client) return either(request(in->bytes), startup(in->bytes));
  return in->server_port == 5432 && in->is_start ? answer(in->bytes) : PARSE_NOT_MINE;
}
