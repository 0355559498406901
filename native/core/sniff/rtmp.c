/* rtmp.c -- RTMP's handshake: version 3, then 1,536 bytes, on its port (Adobe RTMP 1.0, 5.2). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_rtmp(const sniff_input *in) {
  reader r = in->bytes;
  if (in->server_port != 1935 || !in->is_start) return PARSE_NOT_MINE;
  parse_outcome o = MATCH(r, "\3");
  if (o != PARSE_PARSED) return o;
  return r.left >= 9 ? PARSE_PARSED : PARSE_NEED_MORE;
}
