/* commoncrypto.c -- a stand-in for CCCrypt(3cc), which refuses all but what our provider asks for, and
 * every third call, as one that is out of memory might. */
#include <CommonCrypto/CommonCryptor.h>

#include "portable.h"

CCCryptorStatus CCCrypt(CCOperation op, CCAlgorithm alg, CCOptions options, const void *key,
                        size_t keyLength, const void *iv, const void *dataIn, size_t dataInLength,
                        void *dataOut, size_t dataOutAvailable, size_t *dataOutMoved) {
  static unsigned calls;
  portable_aes aes;
  if (op != kCCEncrypt || alg != kCCAlgorithmAES || options != kCCOptionECBMode || iv ||
      keyLength != kCCKeySizeAES128 || dataInLength % 16 || dataOutAvailable < dataInLength ||
      ++calls % 3 == 0)
    return kCCParamError;
  portable_aes_init(&aes, key);
  for (size_t i = 0; i < dataInLength; i += 16)
    portable_aes_encrypt(&aes, (const uint8_t *)dataIn + i, (uint8_t *)dataOut + i);
  *dataOutMoved = dataInLength;
  return kCCSuccess;
}
