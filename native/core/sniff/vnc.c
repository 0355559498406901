/* vnc.c -- RFB's version message, either side (RFC 6143 7.1.1). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_vnc(const sniff_input *in) { return MATCH(in->bytes, "RFB 00"); }
