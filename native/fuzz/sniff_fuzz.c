/* sniff_fuzz.c -- every row of the table over one side of a TCP flow, or over some datagrams.
 *
 * Input: one byte of flags, the server's port, then TCP bytes, or datagrams
 * each behind one byte of length. */
#include <stdlib.h>
#include <string.h>

#include "sniff.h"

static void check(bool condition) {
  if (!condition) abort();
}

static parse_outcome ask(const sniff_row *row, const sniff_input *in) {
  sniff_memory before = *in->memory;
  reader bytes = in->bytes;
  parse_outcome o = row->sniff(in);
  check(o == PARSE_PARSED || o == PARSE_NEED_MORE || o == PARSE_NOT_MINE);
  check(in->bytes.at == bytes.at && in->bytes.left == bytes.left);
  if (before.owner && before.owner != row->protocol)
    check(!memcmp(&before, in->memory, sizeof before));
  return o;
}

/* Prefix by prefix, each on its own copy: an outcome other than NEED_MORE stays. */
static void stream(const sniff_row *row, sniff_input in, const uint8_t *data, size_t size) {
  parse_outcome last = PARSE_NEED_MORE;
  size_t step = size > 600 ? size / 64 : 1;
  for (size_t n = 0; n <= size; n += step) {
    uint8_t *copy = malloc(n ? n : 1);
    if (n) memcpy(copy, data, n);
    sniff_memory memory = {0, 0, 0, 0};
    in.bytes = (reader){copy, n};
    in.memory = &memory;
    parse_outcome o = ask(row, &in);
    if (last != PARSE_NEED_MORE) check(o == last);
    if (n >= SNIFF_STREAM_MAX) check(o != PARSE_NEED_MORE);
    last = o;
    free(copy);
  }
}

static void datagrams(sniff_input in, const uint8_t *data, size_t size) {
  sniff_memory memory = {0, 0, 0, 0};
  in.memory = &memory;
  while (size) {
    size_t n = data[0] < size ? data[0] : size - 1;
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, data + 1, n);
    in.bytes = (reader){copy, n};
    for (unsigned i = 0; i < sniff_table_len; i++)
      if (sniff_table[i].transports & SNIFF_UDP) ask(&sniff_table[i], &in);
    in.from_client = !in.from_client;
    free(copy);
    data += n + 1;
    size -= n + 1;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3) return 0;
  uint16_t port = (uint16_t)(data[1] << 8 | data[2]);
  sniff_input in = {{data, 0}, NULL, 49152, port, data[0] & 1 ? 17 : 6, data[0] & 2, data[0] & 4};
  check(sniff_port_label(in.transport, port) < WEIR_PROTOCOL_COUNT);
  if (data[0] & 1) {
    datagrams(in, data + 3, size - 3);
    return 0;
  }
  for (unsigned i = 0; i < sniff_table_len; i++)
    if (sniff_table[i].transports & SNIFF_TCP) stream(&sniff_table[i], in, data + 3, size - 3);
  return 0;
}
