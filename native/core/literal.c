#include "literal.h"

#include <string.h>

/* Four decimal numbers without leading zeros; consumes all of `in`. */
static bool parse_ipv4(reader in, uint8_t out[4]) {
  for (unsigned part = 0; part < 4; part++) {
    uint8_t c;
    unsigned value = 0, digits = 0;
    while (in.left && in.at[0] >= '0' && in.at[0] <= '9') {
      get_u8(&in, &c);
      if ((digits && !value) || (value = value * 10 + (c - (unsigned)'0')) > 255) return false;
      digits++;
    }
    if (!digits) return false;
    out[part] = (uint8_t)value;
    if (part < 3 && (!get_u8(&in, &c) || c != '.')) return false;
  }
  return !in.left;
}

static int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One group of one to four digits; false leaves `in` alone. */
static bool get_group(reader *in, uint16_t *out) {
  unsigned value = 0, digits = 0;
  while (digits < 4 && digits < in->left && hex_digit(in->at[digits]) >= 0)
    value = value << 4 | (unsigned)hex_digit(in->at[digits++]);
  *out = (uint16_t)value;
  return digits && skip(in, digits);
}

static bool take(reader *in, const char *text, size_t len) {
  return in->left >= len && !memcmp(in->at, text, len) && skip(in, len);
}

/* RFC 4291 2.2: groups, "::" once for a run of zeros, an IPv4 tail. */
static bool parse_ipv6(reader in, uint8_t out[16]) {
  uint8_t bytes[16];
  unsigned count = 0, gap = 17;
  if (take(&in, "::", 2)) gap = 0;
  while (in.left) {
    uint16_t group;
    reader before = in;
    if (count > 14 || !get_group(&in, &group)) return false;
    if (in.left && in.at[0] == '.') {
      if (count > 12 || !parse_ipv4(before, bytes + count)) return false;
      count += 4;
      break;
    }
    bytes[count++] = (uint8_t)(group >> 8);
    bytes[count++] = (uint8_t)group;
    if (gap == 17 && take(&in, "::", 2))
      gap = count;
    else if (in.left && (!take(&in, ":", 1) || !in.left))
      return false;
  }
  if (gap == 17 ? count != 16 : count > 14) return false;
  if (gap == 17) gap = count;
  memset(out, 0, 16);
  memcpy(out, bytes, gap);
  memcpy(out + 16 - (count - gap), bytes + gap, count - gap);
  return true;
}

bool literal_parse(const name *host, weir_addr *out) {
  reader in = reader_of(host->text, host->len);
  for (unsigned i = 0; i < host->len; i++)
    if (host->text[i] == ':') return parse_ipv6(in, out->octets);
  memset(out->octets, 0, 10);
  out->octets[10] = out->octets[11] = 0xff;
  return parse_ipv4(in, out->octets + 12);
}
