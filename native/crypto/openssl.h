/* openssl.h -- the provider that Node's own OpenSSL gives. */
#ifndef WEIR_CRYPTO_OPENSSL_H
#define WEIR_CRYPTO_OPENSSL_H

#include "weir.h"

/* OpenSSL 3, with contexts that are set up once and used again; for one thread at a time.
 * False: out of memory, or a library without AES-128-GCM.  `out` is then empty. */
bool weir_crypto_openssl_new(weir_crypto *out);

/* Takes what weir_crypto_openssl_new() filled in, and empties it.  Harmless on an empty one. */
void weir_crypto_openssl_free(weir_crypto *crypto);

#endif
