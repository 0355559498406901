/* memcached.c -- memcached's text and binary protocols, on its port only. */
#include "match.h"
#include "sniffers.h"

static parse_outcome text_command(reader r) {
  parse_outcome fetch = either(either(MATCH(r, "get "), MATCH(r, "gets ")), MATCH(r, "gat "));
  parse_outcome store = either(either(MATCH(r, "set "), MATCH(r, "add ")),
                               either(MATCH(r, "replace "), MATCH(r, "cas ")));
  parse_outcome other = either(either(MATCH(r, "stats"), MATCH(r, "version\r")),
                               either(MATCH(r, "delete "), MATCH(r, "incr ")));
  return either(either(fetch, store), other);
}

static parse_outcome text_answer(reader r) {
  return either(either(either(MATCH(r, "STAT "), MATCH(r, "VALUE ")),
                       either(MATCH(r, "STORED\r"), MATCH(r, "VERSION "))),
                either(MATCH(r, "END\r"), MATCH(r, "ERROR\r")));
}

static parse_outcome message(const sniff_input *in, reader r) {
  if (!r.left) return PARSE_NEED_MORE;
  if (r.at[0] == (in->from_client ? 0x80 : 0x81)) { /* binary: header of 24 bytes */
    if (r.left < 2) return PARSE_NEED_MORE;
    return parsed_if(r.at[1] <= 0x24);
  }
  return in->from_client ? text_command(r) : text_answer(r);
}

parse_outcome sniff_memcached(const sniff_input *in) {
  reader r = in->bytes, header;
  if (in->server_port != 11211) return PARSE_NOT_MINE;
  if (!is_udp(in)) return message(in, r);
  /* Request ID, sequence, total, and two bytes that are zero. */
  if (!get_bytes(&r, 8, &header) || header.at[6] || header.at[7]) return PARSE_NOT_MINE;
  return settled(in, message(in, r));
}
