/* quic.c -- what does a QUIC Initial cost with OpenSSL, beside AES-128-GCM alone? */
#include "quic.h"

#include "bench.h"
#include "crypto.h"
#include "quic_seal.h"
#include "quic_version.h"
#include "wire.h"

enum { HELLO = 512, PADDED = 1162 };

typedef struct fixture {
  weir_crypto crypto;
  uint8_t datagram[1500], state[8192], scratch[2048], plain[1500];
  size_t len;
} fixture;

static uint64_t initial(void *context, size_t n) {
  fixture *f = (fixture *)context;
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    quic_observation seen;
    memset(f->state, 0, 1024); /* as a flow's first datagram finds it */
    if (quic_datagram(f->state, sizeof f->state, reader_of(f->datagram, f->len), true, &f->crypto, NULL, f->scratch,
                      sizeof f->scratch, &seen) != PARSE_PARSED)
      abort();
    sum += seen.hello.host.len;
  }
  return sum;
}

/* The tag is wrong and the work the same. */
static uint64_t aead(void *context, size_t n) {
  fixture *f = (fixture *)context;
  static const uint8_t key[16] = {1}, nonce[12] = {2}, tag[16] = {3};
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += f->crypto.aes128_gcm_open(f->crypto.context, key, nonce, (weir_bytes){f->datagram, 22}, f->datagram, PADDED,
                                     tag, f->plain);
  return sum;
}

static void seal(fixture *f) {
  static const uint8_t dcid[8] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
  uint8_t record[HELLO + 5], frames[HELLO + 4] = {6, 0, 0x40 | HELLO >> 8, HELLO & 0xff};
  wire_hello(record, sizeof record);
  memcpy(frames + 4, record + 5, HELLO);
  seal_packet p = {.version = 1, .profile = quic_profile_of(1), .pn = 2, .padded = PADDED,
                   .key_dcid = reader_of(dcid, 8), .dcid = reader_of(dcid, 8), .frames = reader_of(frames, sizeof frames)};
  f->len = seal_initial(f->datagram, &f->crypto, &p);
}

int main(void) {
  static fixture f;
  if (!weir_crypto_openssl_new(&f.crypto)) return 1;
  seal(&f);
  bench("QUIC Initial, keys and 1,162 bytes", initial, "AES-128-GCM of it alone", aead, &f, 20000);
  weir_crypto_openssl_free(&f.crypto);
  return 0;
}
