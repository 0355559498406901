/* quic_seal.h -- the sender's side of quic_keys.c, so that tests can make the packets they need. */
#ifndef WEIR_QUIC_SEAL_H
#define WEIR_QUIC_SEAL_H

#include "portable.h"
#include "quic_keys.h"

#include <string.h>

typedef struct seal_packet {
  uint32_t version;
  const quic_profile *profile;
  reader key_dcid; /* what the keys are made from */
  reader dcid;     /* what stands in the header */
  uint32_t pn;
  reader frames;
  size_t padded;   /* the frames are padded to this many bytes */
  uint8_t cleared; /* bits of the first byte */
} seal_packet;

/* Seals `len` bytes at `body` in place (SP 800-38D 7.1); the tag goes behind them. */
static inline void seal_gcm(const uint8_t key[16], const uint8_t nonce[12], reader aad,
                            uint8_t *body, size_t len) {
  portable_aes aes;
  portable_ghash ghash;
  uint8_t counter[16] = {0}, pad[16];
  portable_aes_init(&aes, key);
  portable_aes_encrypt(&aes, counter, pad);
  portable_ghash_init(&ghash, pad);
  memcpy(counter, nonce, 12);
  for (size_t i = 0; i < len; i++) {
    portable_put_be32(counter + 12, (uint32_t)(i / 16) + 2);
    if (i % 16 == 0) portable_aes_encrypt(&aes, counter, pad);
    body[i] ^= pad[i % 16];
  }
  portable_ghash_update(&ghash, aad.at, aad.left);
  portable_ghash_update(&ghash, body, len);
  portable_ghash_final(&ghash, aad.left, len, body + len);
  portable_put_be32(counter + 12, 1);
  portable_aes_encrypt(&aes, counter, pad);
  for (unsigned i = 0; i < 16; i++) body[len + i] ^= pad[i];
}

/* Writes a client's Initial packet with a packet number of four bytes; its length. */
static inline size_t seal_initial(uint8_t *out, const weir_crypto *crypto, const seal_packet *p) {
  size_t n = 0, len = p->frames.left > p->padded ? p->frames.left : p->padded;
  uint8_t nonce[12], mask[16];
  quic_keys keys;
  quic_client_keys(&keys, crypto, p->profile, p->key_dcid);
  out[n++] = (uint8_t)((p->profile->v2 ? 0xd3 : 0xc3) & ~p->cleared);
  portable_put_be32(out + n, p->version), n += 4;
  out[n++] = (uint8_t)p->dcid.left;
  memcpy(out + n, p->dcid.at, p->dcid.left), n += p->dcid.left;
  out[n++] = 0; /* no source connection ID */
  out[n++] = 0; /* no token */
  out[n++] = (uint8_t)(0x40 | (4 + len + 16) >> 8);
  out[n++] = (uint8_t)(4 + len + 16);
  size_t pn_offset = n;
  portable_put_be32(out + n, p->pn), n += 4;
  memcpy(out + n, p->frames.at, p->frames.left);
  memset(out + n + p->frames.left, 0, len - p->frames.left);
  memcpy(nonce, keys.iv, 12);
  for (unsigned i = 0; i < 4; i++) nonce[8 + i] ^= out[pn_offset + i];
  seal_gcm(keys.key, nonce, reader_of(out, n), out + n, len);
  crypto->aes128_encrypt(crypto->context, keys.hp, out + pn_offset + 4, mask);
  out[0] ^= mask[0] & 0x0f;
  for (unsigned i = 0; i < 4; i++) out[pn_offset + i] ^= mask[1 + i];
  return n + len + 16;
}

#endif
