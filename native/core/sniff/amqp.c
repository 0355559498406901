/* amqp.c -- AMQP's protocol header: 0-9-1 (4.2.2) and 1.0 (2.2), either side. */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_amqp(const sniff_input *in) {
  reader r = in->bytes;
  parse_outcome o = MATCH(r, "AMQP");
  if (o != PARSE_PARSED || !skip(&r, 4)) return o;
  return r.left ? parsed_if(r.at[0] <= 3) : PARSE_NEED_MORE;
}
