/* bitcoin.c -- Bitcoin's messages: a network's magic, then a command in small letters. */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_bitcoin(const sniff_input *in) {
  reader r = in->bytes;
  parse_outcome o = either(either(MATCH(r, "\xf9\xbe\xb4\xd9"), MATCH(r, "\x0b\x11\x09\x07")),
                           either(MATCH(r, "\xfa\xbf\xb5\xda"), MATCH(r, "\x0a\x03\xcf\x40")));
  if (o != PARSE_PARSED || !skip(&r, 4)) return o;
  for (unsigned i = 0; i < 2; i++) {
    uint8_t c;
    if (!get_u8(&r, &c)) return PARSE_NEED_MORE;
    if (c < 'a' || c > 'z') return PARSE_NOT_MINE;
  }
  return PARSE_PARSED;
}
