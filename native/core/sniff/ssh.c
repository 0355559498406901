/* ssh.c -- SSH's identification string (RFC 4253 4.2), either side. */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_ssh(const sniff_input *in) {
  return either(MATCH(in->bytes, "SSH-2."), MATCH(in->bytes, "SSH-1."));
}
