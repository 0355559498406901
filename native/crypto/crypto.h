/* crypto.h -- providers of the primitives in weir_crypto. */
#ifndef WEIR_CRYPTO_H
#define WEIR_CRYPTO_H

#include "weir.h"

/* Plain C, no state and no context: safe from every thread.  Its timing depends on keys and
 * data, which is no loss for QUIC Initial packets: anyone on the path can derive their keys. */
void weir_crypto_portable(weir_crypto *out);

/* OpenSSL 3, with contexts that are set up once and used again; for one thread at a time.
 * False: out of memory, or a library without AES-128-GCM.  `out` is then empty. */
bool weir_crypto_openssl_new(weir_crypto *out);

/* Takes what weir_crypto_openssl_new() filled in, and empties it.  Harmless on an empty one. */
void weir_crypto_openssl_free(weir_crypto *crypto);

#endif
