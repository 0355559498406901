/* dnp3.c -- DNP3's link header, proved by its CRC (IEEE 1815 9.2). */
#include "match.h"
#include "sniffers.h"

#define HEADER_COVERED 8u

static uint16_t crc(reader r) {
  uint16_t value = 0;
  for (size_t i = 0; i < r.left; i++) {
    value ^= r.at[i];
    for (unsigned bit = 0; bit < 8; bit++)
      value = (uint16_t)(value & 1 ? value >> 1 ^ 0xa6bc : value >> 1);
  }
  return (uint16_t)~value;
}

parse_outcome sniff_dnp3(const sniff_input *in) {
  reader r = in->bytes, header, check;
  parse_outcome o = MATCH(r, "\x05\x64");
  if (o != PARSE_PARSED) return settled(in, o);
  if (!get_bytes(&r, HEADER_COVERED, &header) || !get_bytes(&r, 2, &check)) return ended(in);
  return parsed_if(crc(header) == (check.at[1] << 8 | check.at[0]));
}
