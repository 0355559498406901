/* ike.c -- IKE versions 1 and 2 (RFC 2408 3.1, RFC 7296 3.1) and ESP in UDP (RFC 3948 2). */
#include "match.h"
#include "sniffers.h"

#define IKE_HEADER 28u

/* Exchange types: IKEv1's 1 to 6, 32 and 33; IKEv2's 34 to 44. */
static bool is_exchange(uint8_t version, uint8_t exchange) {
  if (version == 0x10) return (exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33;
  return version == 0x20 && exchange >= 34 && exchange <= 44;
}

static parse_outcome header(reader r) {
  uint32_t spi_high, spi_low, length;
  size_t whole = r.left;
  if (whole < IKE_HEADER || !is_exchange(r.at[17], r.at[18])) return PARSE_NOT_MINE;
  if (!get_uint(&r, 4, &spi_high) || !get_uint(&r, 4, &spi_low) || !skip(&r, 16) ||
      !get_uint(&r, 4, &length))
    return PARSE_NOT_MINE;
  return parsed_if((spi_high | spi_low) && length == whole);
}

parse_outcome sniff_ike(const sniff_input *in) {
  reader r = in->bytes;
  if (on_port(in, 4500) && MATCH(r, "\0\0\0\0") == PARSE_PARSED) skip(&r, 4);
  return header(r);
}

/* Two numbers in clear: the same SPI must come again with a sequence number a little higher. */
parse_outcome sniff_esp(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t spi, sequence;
  sniff_memory *m = in->memory;
  if (!on_port(in, 4500)) return PARSE_NOT_MINE;
  if (r.left == 1 && r.at[0] == 0xff) return PARSE_NEED_MORE; /* NAT keepalive */
  if (r.left < 24 || !get_uint(&r, 4, &spi) || !get_uint(&r, 4, &sequence)) return PARSE_NOT_MINE;
  if (spi < 256 || (m->owner && m->owner != WEIR_PROTOCOL_ESP)) return PARSE_NOT_MINE;
  uint16_t ahead = (uint16_t)(sequence - m->half);
  if (m->owner && m->word == spi && ahead && ahead <= 64) return PARSE_PARSED;
  if (m->owner && m->count != in->from_client) return PARSE_NEED_MORE; /* the other side's SPI */
  *m = (sniff_memory){spi, (uint16_t)sequence, WEIR_PROTOCOL_ESP, in->from_client};
  return PARSE_NEED_MORE;
}
