/* gcm.h -- sealing short messages with AES-128-GCM (SP 800-38D 7.1), on the provider's AES.
 *
 * Opening is the provider's own and fast. What we seal is one small packet a refused flow, so the
 * hash here takes a bit at a time: little code, no tables, no branch on secrets. */
#ifndef WEIR_GCM_H
#define WEIR_GCM_H

#include "weir.h"

#define GCM_TAG_LEN 16

/* Seals `len` bytes at `body` in place; the tag goes behind them. */
void gcm_seal(const weir_crypto *crypto, const uint8_t key[16], const uint8_t nonce[12],
              weir_bytes aad, uint8_t *body, size_t len);

#endif
