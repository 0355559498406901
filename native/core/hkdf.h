/* hkdf.h -- HMAC-SHA-256 (RFC 2104) and HKDF (RFC 5869) for the short messages of key schedules.
 *
 * A key is two midstates, the hash after its padded block, inner and outer.  Every message here
 * fits in one block behind them, so that a MAC costs two compressions and no buffering. */
#ifndef WEIR_HKDF_H
#define WEIR_HKDF_H

#include "weir.h"

#define HKDF_HASH_LEN    32
#define HKDF_KEY_MAX     64 /* longer keys would have to be hashed first */
#define HKDF_MESSAGE_MAX 55 /* a block without the padding bit and the length */
#define HKDF_LABEL_MAX   12 /* behind "tls13 "; with the rest of HkdfLabel far below 55 */

typedef struct hmac_key {
  uint32_t inner[8], outer[8];
} hmac_key;

/* `len` at most HKDF_KEY_MAX. */
void hmac_key_init(hmac_key *out, const weir_crypto *crypto, const uint8_t *key, size_t len);

/* `len` at most HKDF_MESSAGE_MAX; `mac` may be `message`.  With the salt as key and the input
 * keying material as message, this is HKDF-Extract (RFC 5869 2.2). */
void hmac_short(const hmac_key *key, const weir_crypto *crypto, const uint8_t *message, size_t len,
                uint8_t mac[HKDF_HASH_LEN]);

/* HKDF-Expand-Label (RFC 8446 7.1) with an empty context: `len` bytes, at most HKDF_HASH_LEN.
 * `label` without its "tls13 ", at most HKDF_LABEL_MAX characters. */
void hkdf_expand_label(const hmac_key *secret, const weir_crypto *crypto, const char *label,
                       uint8_t *out, size_t len);

#endif
