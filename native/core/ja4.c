#include "ja4.h"

#include <string.h>

#include "grease.h"
#include "hello.h"
#include "sha256.h"

#define HASH_CHARS 12
#define BATCH      64 /* codes written out at once: five whole SHA-256 blocks */

static const char digits[] = "0123456789abcdef";

typedef struct code_list {
  unsigned count;
  uint16_t codes[JA4_CODES];
} code_list;

static bool add_code(code_list *list, uint16_t code) {
  if (is_grease(code)) return true;
  if (list->count == JA4_CODES) return false;
  list->codes[list->count++] = code;
  return true;
}

static bool add_codes(code_list *list, reader codes) {
  uint16_t code;
  while (get_u16(&codes, &code))
    if (!add_code(list, code)) return false;
  return true;
}

/* Shell's sort with Ciura's gaps: an adversary's order costs little more than any other. */
static void sort_codes(code_list *list) {
  static const uint16_t gaps[] = {301, 132, 57, 23, 10, 4, 1};
  for (unsigned g = 0; g < sizeof gaps / sizeof gaps[0]; g++) {
    unsigned gap = gaps[g];
    for (unsigned i = gap; i < list->count; i++) {
      uint16_t code = list->codes[i];
      unsigned j = i;
      for (; j >= gap && list->codes[j - gap] > code; j -= gap)
        list->codes[j] = list->codes[j - gap];
      list->codes[j] = code;
    }
  }
}

/* Four hex digits each, comma between. */
static void hash_codes(sha256 *h, const weir_crypto *crypto, const code_list *list) {
  char text[BATCH * 5];
  for (unsigned from = 0; from < list->count; from += BATCH) {
    unsigned n = list->count - from < BATCH ? list->count - from : BATCH;
    char *at = text;
    for (unsigned i = from; i < from + n; i++) {
      uint16_t code = list->codes[i];
      *at++ = digits[code >> 12];
      *at++ = digits[code >> 8 & 15];
      *at++ = digits[code >> 4 & 15];
      *at++ = digits[code & 15];
      *at++ = ',';
    }
    if (from + n == list->count) at--;
    sha256_update(h, crypto, text, (size_t)(at - text));
  }
}

static void write_hash(char *out, const weir_crypto *crypto, sha256 *h) {
  uint8_t digest[SHA256_LEN];
  sha256_final(h, crypto, digest);
  for (unsigned i = 0; i < HASH_CHARS; i++) out[i] = digits[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
}

/* The second part: the suites, sorted. */
static bool write_ciphers(char *out, const ja4_input *in, const weir_crypto *crypto,
                          code_list *list, unsigned *count) {
  sha256 h;
  memset(out, '0', HASH_CHARS);
  list->count = 0;
  if (!add_codes(list, in->ciphers)) return false;
  *count = list->count;
  if (!list->count) return true;
  sort_codes(list);
  sha256_init(&h);
  hash_codes(&h, crypto, list);
  write_hash(out, crypto, &h);
  return true;
}

/* All of them are counted; those that differ from host to host are not hashed. */
static bool add_extensions(code_list *list, reader extensions, unsigned *count) {
  uint16_t code;
  reader body;
  *count = 0;
  while (get_u16(&extensions, &code) && get_block(&extensions, 2, &body)) {
    if (!is_grease(code)) ++*count;
    if (code != EXTENSION_SERVER_NAME && code != EXTENSION_ALPN && !add_code(list, code))
      return false;
  }
  return true;
}

/* The third part: the extensions, sorted, and behind an underscore the
 * signature algorithms as sent, when there are any. */
static bool write_extensions(char *out, const ja4_input *in, const weir_crypto *crypto,
                             code_list *list, unsigned *count) {
  sha256 h;
  memset(out, '0', HASH_CHARS);
  list->count = 0;
  if (!add_extensions(list, in->extensions, count)) return false;
  if (!list->count) return true;
  sort_codes(list);
  sha256_init(&h);
  hash_codes(&h, crypto, list);
  list->count = 0;
  if (!add_codes(list, in->signatures)) return false;
  if (list->count) sha256_update(&h, crypto, "_", 1);
  hash_codes(&h, crypto, list);
  write_hash(out, crypto, &h);
  return true;
}

static const char *version_text(uint16_t version) {
  switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    case 0xfeff: return "d1";
    case 0xfefd: return "d2";
    case 0xfefc: return "d3";
    default: return "00";
  }
}

static bool is_alphanumeric(uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the name; of its hex form when either is not alphanumeric. */
static void write_protocol(char out[2], reader protocol) {
  memset(out, '0', 2);
  if (!protocol.left) return;
  uint8_t first = protocol.at[0], last = protocol.at[protocol.left - 1];
  bool plain = is_alphanumeric(first) && is_alphanumeric(last);
  out[0] = plain ? (char)first : digits[first >> 4];
  out[1] = plain ? (char)last : digits[last & 15];
}

static void write_count(char out[2], unsigned count) {
  if (count > 99) count = 99;
  out[0] = (char)('0' + count / 10);
  out[1] = (char)('0' + count % 10);
}

uint8_t ja4_write(const ja4_input *in, const weir_crypto *crypto, char out[WEIR_JA4_MAX]) {
  code_list list;
  unsigned ciphers, extensions;
  if (!write_ciphers(out + 11, in, crypto, &list, &ciphers) ||
      !write_extensions(out + 24, in, crypto, &list, &extensions))
    return 0;
  out[0] = in->carrier;
  memcpy(out + 1, version_text(in->version), 2);
  out[3] = in->has_sni ? 'd' : 'i';
  write_count(out + 4, ciphers);
  write_count(out + 6, extensions);
  write_protocol(out + 8, in->protocol);
  out[10] = out[23] = '_';
  return WEIR_JA4_MAX;
}

static uint8_t digit_value(char c) { return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10); }

/* The fingerprint is three parts, 10, 12 and 12 characters long; the last two are hashes. */
void ja4_pack(uint8_t out[JA4_PACKED], const char ja4[WEIR_JA4_MAX]) {
  memcpy(out, ja4, 10);
  for (unsigned i = 0; i < 12; i++) {
    const char *pair = ja4 + (i < 6 ? 11 : 12) + 2 * i;
    out[10 + i] = (uint8_t)(digit_value(pair[0]) << 4 | digit_value(pair[1]));
  }
}

void ja4_unpack(char out[WEIR_JA4_MAX], const uint8_t packed[JA4_PACKED]) {
  memcpy(out, packed, 10);
  out[10] = out[23] = '_';
  for (unsigned i = 0; i < 12; i++) {
    char *pair = out + (i < 6 ? 11 : 12) + 2 * i;
    pair[0] = digits[packed[10 + i] >> 4];
    pair[1] = digits[packed[10 + i] & 15];
  }
}
