/* tls_client_hello and tls_server_hello over one byte stream: the prefix oracle and *need. */
#include <stdlib.h>
#include <string.h>

#include "tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SCRATCH = 512 };

static void require(bool condition) {
  if (!condition) abort();
}

typedef struct result {
  parse_outcome outcome;
  size_t need;
  uint16_t version;
} result;

/* Memory of exact size, so that one byte too many is seen. */
static result parse(bool client, const uint8_t *data, size_t len) {
  uint8_t *bytes = malloc(len + !len), *scratch = malloc(SCRATCH);
  result r = {PARSE_NOT_MINE, 0, 0};
  hello h;
  tls_server s;
  if (len) memcpy(bytes, data, len);
  r.outcome = client ? tls_client_hello(reader_of(bytes, len), scratch, SCRATCH, NULL, &h, &r.need)
                     : tls_server_hello(reader_of(bytes, len), scratch, SCRATCH, &s, &r.need);
  if (r.outcome == PARSE_PARSED) r.version = client ? h.version : s.version;
  free(bytes);
  free(scratch);
  return r;
}

/* Outcomes grow from NEED_MORE to one other and stay there; below *need no message is whole. */
static void check_prefixes(bool client, const uint8_t *data, size_t len) {
  result last = parse(client, data, 0);
  require(last.outcome == PARSE_NEED_MORE && last.need >= 1);
  for (size_t n = 1; n <= len; n++) {
    result now = parse(client, data, n);
    if (last.outcome != PARSE_NEED_MORE) {
      require(now.outcome == last.outcome && now.version == last.version);
      continue;
    }
    if (n < last.need) require(now.outcome != PARSE_PARSED);
    if (now.outcome == PARSE_NEED_MORE) require(now.need > n && now.need >= last.need);
    last = now;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  if (len > 400) len = 400; /* every prefix is parsed twice */
  check_prefixes(true, data, len);
  check_prefixes(false, data, len);
  if (parse(true, data, len).outcome == PARSE_PARSED && len && data[0] == 22)
    require(tls_looks_like_record(reader_of(data, len < 5 ? len : 5)));
  return 0;
}
