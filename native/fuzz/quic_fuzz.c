/* quic_fuzz.c -- datagrams of one flow.
 *
 * Input: a byte of options, then datagrams, each behind two bytes: its length, the top bit set when
 * the server sent it.  Option 1 puts a provider in place that opens every packet and changes no
 * byte, so that what the AEAD guards is reached.  The first datagram is put through the
 * oracles, too. */
#include "crypto.h"
#include "quic.h"
#include "quic_version.h"

#include <stdlib.h>
#include <string.h>

#define STATE_LEN   8192
#define SCRATCH_LEN 2048

static void open_compress(void *context, uint32_t state[8], const uint8_t *data, size_t blocks) {
  (void)context;
  state[0] ^= blocks ? data[0] : 0;
}

static void open_encrypt(void *context, const uint8_t key[16], const uint8_t in[16],
                         uint8_t out[16]) {
  (void)context, (void)key, (void)in;
  memset(out, 0, 16);
}

static bool open_open(void *context, const uint8_t key[16], const uint8_t nonce[12], weir_bytes aad,
                      const uint8_t *in, size_t len, const uint8_t tag[16], uint8_t *out) {
  (void)context, (void)key, (void)nonce, (void)aad;
  memcpy(out, in, len);
  return tag[15] != 0xff; /* but some, so that other keys are tried */
}

static void expect(bool truth) {
  if (!truth) abort();
}

typedef struct flow {
  uint8_t *state, *scratch;
  const weir_crypto *crypto;
} flow;

/* What was opened ahead makes no difference. */
static void check_ahead(const flow *f, reader datagram, bool from_client) {
  uint8_t *state = malloc(STATE_LEN), *other = malloc(STATE_LEN);
  quic_opened *opened = malloc(sizeof *opened);
  quic_observation seen, seen_other;
  if (quic_open_first(opened, datagram, f->crypto)) {
    memcpy(state, f->state, STATE_LEN);
    memcpy(other, f->state, STATE_LEN);
    expect(quic_datagram(state, STATE_LEN, datagram, from_client, f->crypto, NULL, f->scratch,
                         SCRATCH_LEN,
                         &seen) == quic_datagram(other, STATE_LEN, datagram, from_client, f->crypto,
                                                 opened, f->scratch, SCRATCH_LEN, &seen_other));
    expect(!memcmp(state, other, STATE_LEN) && !memcmp(&seen, &seen_other, sizeof seen));
  }
  free(state), free(other), free(opened);
}

static parse_outcome feed(flow *f, const uint8_t *at, size_t len, bool from_client,
                          quic_observation *out) {
  uint8_t *copy = malloc(len ? len : 1);
  memcpy(copy, at, len);
  bool may_be = quic_may_be(reader_of(copy, len));
  check_ahead(f, reader_of(copy, len), from_client);
  parse_outcome outcome = quic_datagram(f->state, STATE_LEN, reader_of(copy, len), from_client,
                                        f->crypto, NULL, f->scratch, SCRATCH_LEN, out);
  free(copy);
  if (outcome == PARSE_PARSED) expect(may_be && out->is_quic && out->version);
  if (outcome == PARSE_MALFORMED) expect(out->is_quic);
  expect(out->hello.alpn_len <= WEIR_ALPN_MAX && out->hello.ja4_len <= WEIR_JA4_MAX);
  return outcome;
}

static parse_outcome feed_once(flow *f, const uint8_t *at, size_t len, quic_observation *out) {
  memset(f->state, 0, STATE_LEN);
  return feed(f, at, len, true, out);
}

/* A strict prefix of a datagram with a whole hello has all of it, or needs more.  Versions that are
 * not known are left out: they are given a chance only in a datagram of full length. */
static void check_prefix(flow *f, const uint8_t *at, size_t cut, const quic_observation *whole) {
  quic_observation part;
  if (!quic_version_is_known(whole->version) || quic_version_is_reserved(whole->version)) return;
  parse_outcome outcome = feed_once(f, at, cut, &part);
  expect(outcome == PARSE_NEED_MORE || outcome == PARSE_PARSED);
  if (outcome == PARSE_PARSED) expect(name_equal(&part.hello.host, &whole->hello.host));
}

/* No flow is waited for without an end: once a side has had its say 64 times, it is over. */
static void check_patience(flow *f, const uint8_t *at, size_t len) {
  quic_observation out;
  parse_outcome outcome = feed_once(f, at, len, &out);
  for (unsigned i = 0; i < 64 && outcome == PARSE_NEED_MORE; i++)
    outcome = feed(f, at, len, true, &out);
  expect(outcome != PARSE_NEED_MORE);
}

static void check_first(flow *f, const uint8_t *at, size_t len) {
  quic_observation whole;
  parse_outcome outcome = feed_once(f, at, len, &whole);
  if (outcome == PARSE_PARSED) {
    check_prefix(f, at, len - 1, &whole);
    check_prefix(f, at, len / 2, &whole);
    check_prefix(f, at, whole.hello.host.len % len, &whole);
  }
  check_patience(f, at, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const weir_crypto open = {sizeof open, NULL, open_compress, open_encrypt, open_open};
  weir_crypto portable;
  reader input = reader_of(data, size), datagram;
  uint8_t options;
  uint16_t head;
  weir_crypto_portable(&portable);
  if (!get_u8(&input, &options)) return 0;
  flow f = {calloc(1, STATE_LEN), malloc(SCRATCH_LEN), options & 1 ? &open : &portable};
  bool was_quic = false;
  for (unsigned n = 0; n < 32 && get_u16(&input, &head); n++) {
    quic_observation seen;
    size_t len = head & 0x7fff;
    if (!get_bytes(&input, len < input.left ? len : input.left, &datagram)) break;
    parse_outcome outcome = feed(&f, datagram.at, datagram.left, !(head & 0x8000), &seen);
    expect(!was_quic || (seen.is_quic && outcome != PARSE_NOT_MINE));
    was_quic = seen.is_quic;
    if (outcome == PARSE_PARSED || outcome == PARSE_MALFORMED) break;
  }
  input = reader_of(data, size);
  if (skip(&input, 3) && input.left) {
    size_t len = (data[1] << 8 | data[2]) & 0x7fff;
    check_first(&f, input.at, len && len < input.left ? len : input.left);
  }
  free(f.state), free(f.scratch);
  return 0;
}
