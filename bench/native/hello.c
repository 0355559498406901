/* hello.c -- what does a ClientHello of 517 bytes cost, beside copying it? */
#include <string.h>

#include "bench.h"
#include "crypto.h"
#include "tls.h"
#include "wire.h"

enum { SIZE = 517 };

typedef struct fixture {
  uint8_t bytes[SIZE], copy[SIZE], scratch[4096];
  const weir_crypto *crypto;
} fixture;

static uint64_t parse(void *context, size_t n) {
  fixture *f = (fixture *)context;
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    hello h;
    size_t need;
    if (tls_client_hello(reader_of(f->bytes, SIZE), f->scratch, sizeof f->scratch, f->crypto, &h, &need) != PARSE_PARSED)
      abort();
    sum += h.host.len;
  }
  return sum;
}

static uint64_t copy(void *context, size_t n) {
  fixture *f = (fixture *)context;
  for (size_t i = 0; i < n; i++) {
    memcpy(f->copy, f->bytes, SIZE);
    __asm__ volatile("" : : "r"(f->copy) : "memory");
  }
  return f->copy[0];
}

int main(void) {
  static fixture f;
  weir_crypto crypto;
  wire_hello(f.bytes, SIZE);
  bench("hello, 517 bytes: SNI, ALPN, version", parse, "memcpy of the hello", copy, &f, 1000000);
  if (!weir_crypto_openssl_new(&crypto)) return 1;
  f.crypto = &crypto;
  bench("hello, 517 bytes: with JA4", parse, "memcpy of the hello", copy, &f, 500000);
  weir_crypto_openssl_free(&crypto);
  return 0;
}
