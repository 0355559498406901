/* carrier_step: first byte the protocol, second the size of the
 * pieces; the outcome and the hand-over's place must not depend on the pieces. */
#include <stdlib.h>
#include <string.h>

#include "carrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool condition) {
  if (!condition) abort();
}

typedef struct end {
  parse_outcome outcome;
  size_t taken;
} end;

static end run(uint8_t protocol, reader input, size_t piece) {
  end e = {PARSE_NEED_MORE, 0};
  uint32_t state = 0;
  size_t fed = 0;
  while (e.outcome == PARSE_NEED_MORE && fed < input.left) {
    fed = input.left - fed < piece ? input.left : fed + piece;
    size_t held = fed - e.taken;
    uint8_t *bytes = malloc(held + !held);
    memcpy(bytes, input.at + e.taken, held);
    reader r = reader_of(bytes, held);
    e.outcome = carrier_step(protocol, &r, &state);
    require(r.left <= held && r.at == bytes + (held - r.left));
    if (e.outcome == PARSE_NEED_MORE) require(r.left < CARRIER_UNIT_MAX);
    e.taken += held - r.left;
    free(bytes);
  }
  return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const uint8_t protocols[] = {
      WEIR_PROTOCOL_SMTP, WEIR_PROTOCOL_IMAP,       WEIR_PROTOCOL_POP3,  WEIR_PROTOCOL_FTP,
      WEIR_PROTOCOL_XMPP, WEIR_PROTOCOL_POSTGRESQL, WEIR_PROTOCOL_MYSQL, WEIR_PROTOCOL_LDAP,
      WEIR_PROTOCOL_RDP,  WEIR_PROTOCOL_SOCKS};
  if (len < 2) return 0;
  if (len > 8192) len = 8192;
  uint8_t protocol = protocols[data[0] % sizeof protocols];
  reader input = reader_of(data + 2, len - 2);
  end whole = run(protocol, input, len);
  end pieces = run(protocol, input, 1 + data[1] % 64u);
  require(whole.outcome == pieces.outcome);
  if (whole.outcome == PARSE_PARSED) require(whole.taken == pieces.taken);
  return 0;
}
