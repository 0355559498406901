/* tftp.c -- TFTP: requests, option acknowledgements and, on its port, errors (RFC 1350 5, RFC
 * 2347). */
#include "match.h"
#include "sniffers.h"

/* A text ended by a zero byte, of printable characters, not empty. */
static bool get_text(reader *r, reader *text) {
  for (size_t i = 0; i < r->left; i++) {
    if (!r->at[i]) return i && get_bytes(r, i, text) && skip(r, 1);
    if (r->at[i] < 0x20) return false;
  }
  return false;
}

#define IS_WORD(text, word) \
  ((text).left == sizeof(word) - 1 && MATCH_WORD((text), word) == PARSE_PARSED)

static bool is_request(reader r) {
  reader file, mode;
  return get_text(&r, &file) && get_text(&r, &mode) &&
         (IS_WORD(mode, "OCTET") || IS_WORD(mode, "NETASCII") || IS_WORD(mode, "MAIL"));
}

static bool is_option(reader r) {
  reader option;
  return get_text(&r, &option) && (IS_WORD(option, "BLKSIZE") || IS_WORD(option, "TSIZE") ||
                                   IS_WORD(option, "TIMEOUT") || IS_WORD(option, "WINDOWSIZE"));
}

parse_outcome sniff_tftp(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t opcode;
  if (!get_uint(&r, 2, &opcode)) return PARSE_NOT_MINE;
  switch (opcode) {
    case 1:
    case 2: return parsed_if(is_request(r));
    case 6: return parsed_if(is_option(r));
    case 5: return parsed_if(on_port(in, 69) && r.left >= 3 && !r.at[0] && !r.at[r.left - 1]);
    default: return PARSE_NOT_MINE;
  }
}
