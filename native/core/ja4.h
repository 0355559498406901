/* ja4.h -- JA4, the fingerprint of a TLS client (FoxIO's public specification). */
#ifndef WEIR_JA4_H
#define WEIR_JA4_H

#include "reader.h"
#include "weir.h"

#define JA4_PACKED 22  /* bytes of one in which hashes are no hexadecimal text */
#define JA4_CODES  512 /* cipher suites, extensions and signature algorithms taken, each */

typedef struct ja4_input {
  char carrier;      /* 't', 'd' or 'q' */
  uint16_t version;  /* highest offered */
  bool has_sni;      /* the extension is there, whatever is in it */
  reader ciphers;    /* two bytes each, as sent */
  reader extensions; /* the block, checked: every extension is whole */
  reader signatures; /* signature_algorithms, two bytes each */
  reader protocol;   /* first ALPN name; empty when none */
} ja4_input;

/* Returns the length written: WEIR_JA4_MAX, or 0 when a list is longer than
 * JA4_CODES, more than are registered, and not worth its time to sort. */
uint8_t ja4_write(const ja4_input *in, const weir_crypto *crypto, char out[WEIR_JA4_MAX]);

/* What ja4_write wrote, smaller, for flows to keep; and back. */
void ja4_pack(uint8_t out[JA4_PACKED], const char ja4[WEIR_JA4_MAX]);
void ja4_unpack(char out[WEIR_JA4_MAX], const uint8_t packed[JA4_PACKED]);

#endif
