/* dtls_client_hello: the input is datagrams, each behind two bytes of length. */
#include <stdlib.h>
#include <string.h>

#include "tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { STATE = 4096 };

static void require(bool condition) {
  if (!condition) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  reader input = reader_of(data, len), datagram;
  uint8_t *state = calloc(STATE, 1);
  parse_outcome outcome = PARSE_NEED_MORE;
  bool started = false;
  while (outcome == PARSE_NEED_MORE && get_block(&input, 2, &datagram)) {
    uint8_t *bytes = malloc(datagram.left + !datagram.left);
    hello h;
    if (datagram.left) memcpy(bytes, datagram.at, datagram.left);
    outcome = dtls_client_hello(reader_of(bytes, datagram.left), state, STATE, NULL, &h);
    if (outcome == PARSE_PARSED)
      require(h.host.len <= WEIR_NAME_MAX && h.alpn_len <= WEIR_ALPN_MAX && !h.ja4_len);
    if (started)
      require(outcome != PARSE_NOT_MINE); /* once begun, foreign datagrams do not end it */
    started = outcome == PARSE_NEED_MORE;
    free(bytes);
  }
  free(state);
  return 0;
}
