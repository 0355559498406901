/* sniff_run.h -- runs the table over hand-made first bytes, and over every strict prefix of them.
 */
#ifndef WEIR_SNIFF_RUN_H
#define WEIR_SNIFF_RUN_H

#include "sniff.h"
#include "test.h"

enum { TCP = 6, UDP = 17, CLIENT = 1, SERVER = 0 };

typedef struct sniff_case {
  uint8_t expected; /* weir_protocol; UNKNOWN: no row may claim it */
  uint8_t transport;
  uint8_t from_client;
  uint16_t port;    /* the server's */
  const char *hex;  /* for test_hex, or NULL */
  const char *text; /* instead of hex */
} sniff_case;

/* The first row that says PARSED, as a caller would ask; UNKNOWN when none does. */
static inline uint8_t sniff_run(const sniff_input *in) {
  for (unsigned i = 0; i < sniff_table_len; i++) {
    if (!(sniff_table[i].transports & (in->transport == TCP ? SNIFF_TCP : SNIFF_UDP))) continue;
    if (sniff_table[i].sniff(in) == PARSE_PARSED) return sniff_table[i].protocol;
  }
  return WEIR_PROTOCOL_UNKNOWN;
}

/* The outcome of `protocol`'s own row, on a copy of exactly `len` bytes. */
static inline parse_outcome sniff_row_of(uint8_t protocol, const sniff_input *in, size_t len) {
  parse_outcome outcome = PARSE_NOT_MINE;
  uint8_t *copy = malloc(len ? len : 1);
  memcpy(copy, in->bytes.at, len);
  sniff_memory memory = {0, 0, 0, 0};
  sniff_input part = *in;
  part.bytes = reader_of(copy, len);
  part.memory = &memory;
  for (unsigned i = 0; i < sniff_table_len; i++)
    if (sniff_table[i].protocol == protocol) outcome = sniff_table[i].sniff(&part);
  free(copy);
  return outcome;
}

/* Over TCP a prefix asks for more until it is enough, and what is enough stays enough. */
static inline void sniff_prefixes(const sniff_case *c, const sniff_input *in) {
  bool enough = false;
  for (size_t n = 0; n < in->bytes.left; n++) {
    parse_outcome o = sniff_row_of(c->expected, in, n);
    if (enough || o != PARSE_PARSED) CHECK_EQ(o, enough ? PARSE_PARSED : PARSE_NEED_MORE);
    enough |= o == PARSE_PARSED;
  }
}

static inline void sniff_check(const sniff_case *c, unsigned line) {
  size_t len = c->text ? strlen(c->text) : 0;
  uint8_t *bytes = c->text ? malloc(len ? len : 1) : test_hex(c->hex, &len);
  if (c->text) memcpy(bytes, c->text, len);
  sniff_memory memory = {0, 0, 0, 0};
  sniff_input in = {reader_of(bytes, len), &memory, 49152, c->port, c->transport,
                    c->from_client != 0,   true};
  uint8_t found = sniff_run(&in);
  if (found != c->expected) fprintf(stderr, "case %u, %.40s:\n", line, c->text ? c->text : c->hex);
  CHECK_EQ(found, c->expected);
  if (c->transport == TCP && c->expected) sniff_prefixes(c, &in);
  free(bytes);
}

#define SNIFF_CHECK_ALL(cases) \
  for (unsigned i = 0; i < sizeof(cases) / sizeof *(cases); i++) { sniff_check(&(cases)[i], i); }

/* One packet of a flow that `memory` belongs to. */
static inline uint8_t sniff_packet(sniff_memory *memory, uint8_t transport, uint8_t from_client,
                                   uint16_t port, const char *hex) {
  size_t len;
  uint8_t *bytes = test_hex(hex, &len);
  sniff_input in = {reader_of(bytes, len), memory, 49152, port, transport, from_client != 0, true};
  uint8_t found = sniff_run(&in);
  free(bytes);
  return found;
}

#endif
