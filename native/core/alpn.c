#include "alpn.h"

static bool is_plain(uint8_t c) { return c > 0x20 && c < 0x7f && c != ',' && c != '\\'; }

bool alpn_append(char text[WEIR_ALPN_MAX], uint8_t *len, reader protocol) {
  static const char digits[] = "0123456789abcdef";
  size_t at = *len;
  if (at && at < WEIR_ALPN_MAX) text[at++] = ',';
  for (size_t i = 0; i < protocol.left; i++) {
    uint8_t c = protocol.at[i];
    if (at + (is_plain(c) ? 1 : 4) > WEIR_ALPN_MAX) return false;
    if (is_plain(c)) {
      text[at++] = (char)c;
      continue;
    }
    text[at++] = '\\';
    text[at++] = 'x';
    text[at++] = digits[c >> 4];
    text[at++] = digits[c & 15];
  }
  if (!protocol.left) return false;
  *len = (uint8_t)at;
  return true;
}
