#include "dns_name.h"

#include <string.h>

#define NAME_OCTETS_MAX 255
#define HOPS_MAX        127 /* one behind each label that a name can have */

/* RFC 1035 5.1: what would read as something else is quoted. */
static size_t escape(uint8_t c, char *out) {
  if (c == '.' || c == '\\') {
    out[0] = '\\';
    out[1] = (char)c;
    return 2;
  }
  out[0] = '\\';
  out[1] = (char)('0' + c / 100);
  out[2] = (char)('0' + c / 10 % 10);
  out[3] = (char)('0' + c % 10);
  return 4;
}

/* What names are mostly made of. */
static bool is_usual(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

static size_t write_label(reader label, char *out) {
  size_t n = 0;
  for (size_t i = 0; i < label.left; i++) {
    const uint8_t c = label.at[i];
    if (is_usual(c))
      out[n++] = (char)c;
    else if (c > 0x20 && c < 0x7f && c != '.' && c != '\\')
      out[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    else
      n += escape(c, out + n);
  }
  return n;
}

static void drop_first_label(name *out) {
  size_t i = 0;
  while (i < out->len && out->text[i] != '.') i += out->text[i] == '\\' ? 2 : 1;
  if (i >= out->len) {
    out->len = 0;
    return;
  }
  out->len = (uint8_t)(out->len - (i + 1));
  memmove(out->text, out->text + i + 1, out->len);
}

/* Escapes can make a name longer than `out`.  Then labels go from its front: the end of
 * a name is what rules are about, and padding must not hide it.  False: some went. */
static bool put_label(name *out, reader label) {
  char text[4 * DNS_LABEL_MAX];
  bool fits = true;
  if (out->len + 1 + 4 * label.left <= WEIR_NAME_MAX) { /* whatever is in it */
    if (out->len) out->text[out->len++] = '.';
    out->len = (uint8_t)(out->len + write_label(label, out->text + out->len));
    return true;
  }
  const size_t n = write_label(label, text);
  for (; out->len && out->len + 1 + n > WEIR_NAME_MAX; fits = false) drop_first_label(out);
  if (out->len) out->text[out->len++] = '.';
  memcpy(out->text + out->len, text, n);
  out->len = (uint8_t)(out->len + n);
  return fits;
}

dns_step dns_take_name(reader whole, reader *in, name *out, bool *is_short) {
  reader run = *in, label;
  size_t start = (size_t)(run.at - whole.at);
  unsigned octets = 0, hops = 0;
  uint8_t first, second;
  if (out) out->len = 0;
  if (out) *is_short = false;
  for (;;) {
    if (!get_u8(&run, &first)) return hops ? DNS_STEP_BAD : DNS_STEP_CUT;
    if (first > DNS_LABEL_MAX) {
      if (first < 0xc0) return DNS_STEP_BAD; /* RFC 6891 5: no other label types are left */
      if (!get_u8(&run, &second)) return hops ? DNS_STEP_BAD : DNS_STEP_CUT;
      const size_t target = (size_t)(first & 0x3f) << 8 | second;
      if (target < DNS_HEADER || target >= start || hops == HOPS_MAX) return DNS_STEP_BAD;
      if (!hops++) *in = run;
      run = reader_of(whole.at + target, start - target);
      start = target;
      continue;
    }
    octets += first + 1u;
    if (octets > NAME_OCTETS_MAX) return DNS_STEP_BAD;
    if (!first) break;
    if (!get_bytes(&run, first, &label)) return hops ? DNS_STEP_BAD : DNS_STEP_CUT;
    if (out && !put_label(out, label)) *is_short = true;
  }
  if (!hops) *in = run;
  if (out && octets == 1) {
    out->text[0] = '.';
    out->len = 1;
  }
  return DNS_STEP_OK;
}

bool dns_put_address(reader octets, weir_addr *out) {
  static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
  if (octets.left != 4 && octets.left != 16) return false;
  const size_t before = 16 - octets.left;
  if (before) memcpy(out->octets, mapped, before);
  memcpy(out->octets + before, octets.at, octets.left);
  return true;
}
