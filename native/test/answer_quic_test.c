#include "answer_quic.h"

#include "quic_header.h"
#include "quic_keys.h"
#include "crypto.h"
#include "quic_seal.h"
#include "test.h"

static weir_crypto crypto;
static const uint8_t dcid[] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};

/* RFC 9001 A.1. */
static void server_keys(void) {
  quic_keys k;
  size_t n;
  quic_server_keys(&k, &crypto, quic_profile_of(1), reader_of(dcid, sizeof dcid));
  uint8_t *key = test_hex("cf3a5331653c364c88f0f379b6067e37", &n);
  uint8_t *iv = test_hex("0ac1493ca1905853b0bba03e", &n);
  uint8_t *hp = test_hex("c206b8d9b9f0f37644430b490eeaa314", &n);
  CHECK(!memcmp(k.key, key, 16) && !memcmp(k.iv, iv, 12) && !memcmp(k.hp, hp, 16));
  free(key), free(iv), free(hp);
}

static void refuses(uint32_t version) {
  static uint8_t in[1500], scratch[2048], plain[2048];
  uint8_t out[ANSWER_QUIC_MAX];
  const quic_profile *profile = quic_profile_of(version);
  reader id = reader_of(dcid, sizeof dcid), frames;
  seal_packet sent = {.version = version,
                      .profile = profile,
                      .key_dcid = id,
                      .dcid = id,
                      .frames = reader_of("\1", 1),
                      .padded = 1162};
  size_t len = seal_initial(in, &crypto, &sent);
  size_t n = answer_quic_close(reader_of(in, len), &crypto, scratch, sizeof scratch, out);
  CHECK(n > 0 && n < len);
  quic_packet p;
  quic_keys keys;
  CHECK_EQ(quic_invariant(reader_of(out, n), &p), PARSE_PARSED);
  CHECK_EQ(p.version, version);
  CHECK_EQ(p.dcid.left, 0); /* the client of seal_initial has none */
  CHECK_EQ(quic_bounds(&p, profile), PARSE_PARSED);
  CHECK_EQ(quic_packet_type(&p, profile), QUIC_INITIAL);
  CHECK_EQ(p.whole.left, n);
  quic_server_keys(&keys, &crypto, profile, id);
  CHECK(quic_open(&keys, &crypto, p.whole, p.pn_offset, plain, sizeof plain, &frames));
  CHECK_TEXT(frames.at + 4, frames.left - 4, "blocked");
  CHECK(!memcmp(frames.at, "\x1c\x02\0\7", 4)); /* CONNECTION_CLOSE, CONNECTION_REFUSED, no frame */

  in[len - 1] ^= 1; /* what does not open is not the client's */
  CHECK_EQ(answer_quic_close(reader_of(in, len), &crypto, scratch, sizeof scratch, out), 0);
  in[len - 1] ^= 1;
  for (size_t cut = 0; cut < len; cut += cut < 64 ? 1 : 97) {
    uint8_t *exact = malloc(cut ? cut : 1);
    memcpy(exact, in, cut);
    CHECK_EQ(answer_quic_close(reader_of(exact, cut), &crypto, scratch, sizeof scratch, out), 0);
    free(exact);
  }
}

int main(void) {
  weir_crypto_portable(&crypto);
  server_keys();
  refuses(1);
  refuses(0x6b3343cf);
  refuses(0xff00001d);
  return test_end("answer_quic");
}
