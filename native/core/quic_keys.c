#include "quic_keys.h"

#include "hkdf.h"

#include <string.h>

#define SAMPLE_LEN 16
#define TAG_LEN    16
#define PN_MAX     4

static void initial_keys(quic_keys *out, const weir_crypto *crypto, const quic_profile *profile,
                         reader dcid, const char *side) {
  hmac_key mac;
  uint8_t secret[HKDF_HASH_LEN];
  hmac_key_init(&mac, crypto, profile->salt, QUIC_SALT_LEN);
  hmac_short(&mac, crypto, dcid.at, dcid.left, secret);
  hmac_key_init(&mac, crypto, secret, sizeof secret);
  hkdf_expand_label(&mac, crypto, side, secret, sizeof secret);
  hmac_key_init(&mac, crypto, secret, sizeof secret);
  hkdf_expand_label(&mac, crypto, profile->v2 ? "quicv2 key" : "quic key", out->key,
                    sizeof out->key);
  hkdf_expand_label(&mac, crypto, profile->v2 ? "quicv2 iv" : "quic iv", out->iv, sizeof out->iv);
  hkdf_expand_label(&mac, crypto, profile->v2 ? "quicv2 hp" : "quic hp", out->hp, sizeof out->hp);
}

void quic_client_keys(quic_keys *out, const weir_crypto *crypto, const quic_profile *profile,
                      reader dcid) {
  initial_keys(out, crypto, profile, dcid, "client in");
}

void quic_server_keys(quic_keys *out, const weir_crypto *crypto, const quic_profile *profile,
                      reader dcid) {
  initial_keys(out, crypto, profile, dcid, "server in");
}

/* Writes the header as it was before its protection (5.4.1) to `header`; its length. */
static size_t unmask(const quic_keys *keys, const weir_crypto *crypto, reader packet,
                     size_t pn_offset, uint8_t *header) {
  uint8_t mask[SAMPLE_LEN];
  crypto->aes128_encrypt(crypto->context, keys->hp, packet.at + pn_offset + PN_MAX, mask);
  memcpy(header, packet.at, pn_offset + PN_MAX);
  header[0] ^= mask[0] & 0x0f;
  size_t pn_len = (header[0] & 3u) + 1;
  for (size_t i = 0; i < pn_len; i++) header[pn_offset + i] ^= mask[1 + i];
  return pn_offset + pn_len;
}

bool quic_open(const quic_keys *keys, const weir_crypto *crypto, reader packet, size_t pn_offset,
               uint8_t *scratch, size_t scratch_len, reader *frames) {
  /* 5.4.2: too short to be sampled means to be dropped. */
  if (packet.left > scratch_len || packet.left < pn_offset + PN_MAX + SAMPLE_LEN) return false;
  size_t header_len = unmask(keys, crypto, packet, pn_offset, scratch);
  size_t len = packet.left - header_len - TAG_LEN;
  uint8_t nonce[12];
  memcpy(nonce, keys->iv, sizeof nonce);
  /* The truncated number is the whole one: a client has sent few Initials, if any, before
   * (RFC 9000 17.1). */
  for (size_t i = pn_offset; i < header_len; i++) nonce[12 - (header_len - i)] ^= scratch[i];
  const uint8_t *in = packet.at + header_len;
  uint8_t *out = scratch + header_len;
  if (!crypto->aes128_gcm_open(crypto->context, keys->key, nonce, (weir_bytes){scratch, header_len},
                               in, len, in + len, out))
    return false;
  *frames = reader_of(out, len);
  return true;
}
