/* rpc.c -- ONC RPC calls, and replies on the port mapper's and NFS's ports (RFC 5531 9, 11). */
#include "match.h"
#include "sniffers.h"

/* Transaction, CALL, version 2, a program that Sun gave out (0x000186a0 and up). */
static parse_outcome call(reader r) {
  if (!skip(&r, 4)) return PARSE_NEED_MORE;
  return MATCH(r, "\0\0\0\0\0\0\0\2\0\1\x86");
}

/* Transaction, REPLY, accepted or denied. */
static parse_outcome reply(reader r) {
  if (!skip(&r, 4)) return PARSE_NEED_MORE;
  return either(MATCH(r, "\0\0\0\1\0\0\0\0"), MATCH(r, "\0\0\0\1\0\0\0\1"));
}

parse_outcome sniff_rpc(const sniff_input *in) {
  reader r = in->bytes;
  if (!is_udp(in)) { /* a record of one fragment, of less than 16 MiB */
    parse_outcome o = MATCH(r, "\x80\0");
    if (o != PARSE_PARSED) return o;
    if (!skip(&r, 4)) return PARSE_NEED_MORE;
  }
  bool may_be_reply = on_port(in, 111) || on_port(in, 2049);
  return settled(in, may_be_reply ? either(call(r), reply(r)) : call(r));
}
