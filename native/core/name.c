#include "name.h"

#include <string.h>

static bool is_name_byte(uint8_t c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != '\'' && c != '\\' && c != '<' && c != '>';
}

bool name_from_host(name *out, reader bytes) {
  out->len = 0;
  if (bytes.left && bytes.at[bytes.left - 1] == '.') bytes.left--;
  if (!bytes.left || bytes.left > WEIR_NAME_MAX) return false;
  for (size_t i = 0; i < bytes.left; i++) {
    uint8_t c = bytes.at[i];
    if (!is_name_byte(c)) return false;
    out->text[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  }
  out->len = (uint8_t)bytes.left;
  return true;
}

/* RFC 3986 3.2.2: only an address literal in brackets holds colons of its own. */
bool name_from_authority(name *out, reader bytes) {
  out->len = 0;
  if (bytes.left && bytes.at[0] == '[') {
    for (size_t i = 1; i < bytes.left; i++)
      if (bytes.at[i] == ']') return name_from_host(out, reader_of(bytes.at + 1, i - 1));
    return false;
  }
  for (size_t i = 0; i < bytes.left; i++)
    if (bytes.at[i] == ':') bytes.left = i;
  return name_from_host(out, bytes);
}

bool name_equal(const name *a, const name *b) {
  return a->len == b->len && !memcmp(a->text, b->text, a->len);
}
