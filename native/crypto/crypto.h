/* crypto.h -- providers of the primitives in weir_crypto. */
#ifndef WEIR_CRYPTO_H
#define WEIR_CRYPTO_H

#include "weir.h"

/* Plain C, no state and no context: safe from every thread.  Its timing depends on keys and
 * data, which is no loss for QUIC Initial packets: anyone on the path can derive their keys. */
void weir_crypto_portable(weir_crypto *out);

#ifdef __APPLE__
/* AES by CommonCrypto, which uses the processor's instructions; the rest is plain C.  No state and no
 * context either.  Apple's systems only, and for those who compile it: commoncrypto.c is not in the
 * static library, which needs nothing of a system. */
void weir_crypto_commoncrypto(weir_crypto *out);
#endif

#endif
