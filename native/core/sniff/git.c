/* git.c -- git's own transport: the client's request line (gitprotocol-pack, "Git Transport"). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_git(const sniff_input *in) {
  reader r = in->bytes;
  for (unsigned i = 0; i < 4; i++) {
    uint8_t c;
    if (!get_u8(&r, &c)) return PARSE_NEED_MORE;
    if (!is_digit(c) && (c < 'a' || c > 'f')) return PARSE_NOT_MINE;
  }
  return either(MATCH(r, "git-upload-"), MATCH(r, "git-receive-pack "));
}
