/* CommonCryptor.h -- what crypto/commoncrypto.c uses of Apple's header of this name, to compile it where
 * Apple's SDK is not. Names and values are those of CCCrypt(3cc). */
#ifndef WEIR_TEST_COMMONCRYPTOR_H
#define WEIR_TEST_COMMONCRYPTOR_H

#include <stddef.h>
#include <stdint.h>

typedef int32_t CCCryptorStatus;
typedef uint32_t CCOperation, CCAlgorithm, CCOptions;

enum { kCCSuccess = 0, kCCParamError = -4300 };
enum { kCCEncrypt = 0 };
enum { kCCAlgorithmAES = 0 };
enum { kCCOptionECBMode = 2 };
enum { kCCKeySizeAES128 = 16 };

CCCryptorStatus CCCrypt(CCOperation op, CCAlgorithm alg, CCOptions options, const void *key,
                        size_t keyLength, const void *iv, const void *dataIn, size_t dataInLength,
                        void *dataOut, size_t dataOutAvailable, size_t *dataOutMoved);

#endif
