/* hello_parse: the first byte chooses the carrier, the rest is the body. */
#include <stdlib.h>

#include "crypto.h"
#include "hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool condition) {
  if (!condition) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const hello_carrier carriers[] = {HELLO_TLS, HELLO_DTLS, HELLO_QUIC};
  weir_crypto crypto;
  hello h;
  if (!len) return 0;
  weir_crypto_portable(&crypto);
  parse_outcome outcome =
      hello_parse(reader_of(data + 1, len - 1), carriers[data[0] % 3], &crypto, &h);
  require(outcome == PARSE_PARSED || outcome == PARSE_MALFORMED); /* a body is complete */
  if (outcome != PARSE_PARSED) return 0;
  require(h.host.len <= WEIR_NAME_MAX && h.alpn_len <= WEIR_ALPN_MAX);
  require(h.ja4_len == 0 || h.ja4_len == WEIR_JA4_MAX);
  require(!(h.host.len && h.host_refused));
  for (unsigned i = 0; i < h.alpn_len; i++) require(h.alpn[i] > 0x20 && h.alpn[i] < 0x7f);
  for (unsigned i = 0; i < h.ja4_len; i++) require(h.ja4[i] > 0x20 && h.ja4[i] < 0x7f);
  return 0;
}
