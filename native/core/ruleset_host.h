/* ruleset_host.h -- a host as it was written, in the form that rules have. */
#ifndef WEIR_RULESET_HOST_H
#define WEIR_RULESET_HOST_H

#include "ruleset.h"

#define RULESET_HOST_MAX  (WEIR_NAME_MAX + 1u) /* a name with its trailing dot */
#define RULESET_HOST_ROOM 264u

typedef enum {
  RULESET_HOST_NAME,       /* if anything; of any bytes */
  RULESET_HOST_NUMBER_LIKE /* an address first of all, if it is one */
} ruleset_host_kind;

/* Eight bytes of a host of `len`, those at `at`, zeros behind its end. */
static inline uint64_t host_word(weir_bytes host, size_t at) {
  if (host.len >= 8) {
    size_t from = at + 8 <= host.len ? at : host.len - 8;
    return load_le64(host.base + from) >> 8 * (at - from);
  }
  uint64_t word = 0;
  for (size_t i = 0; i < host.len; i++) word |= (uint64_t)host.base[i] << 8 * i;
  return word;
}

/* Writes `host` in lower case to `text`, eight bytes at a time, zeros behind: there is room for a multiple of
 * that.  0 < host.len <= RULESET_HOST_MAX. */
static inline ruleset_host_kind ruleset_lower(weir_bytes host, uint8_t *text) {
  const uint64_t every = UINT64_C(0x0101010101010101), low = every * 0x7f;
  uint64_t colons = 0;
  for (size_t i = 0; i < host.len; i += 8) {
    uint64_t word = host_word(host, i), seven = word & low, other = word ^ every * ':';
    /* The top bit of each byte from A on, and of each behind Z. */
    uint64_t upper = (seven + every * (0x80 - 'A')) & ~(seven + every * (0x7f - 'Z')) & ~word;
    colons |= ~(((other & low) + low) | other) & ~low;
    store_le64(text + i, word | (upper & ~low) >> 2);
  }
  uint8_t last = text[host.len - 1];
  bool is_number = colons || last == ']' || (last >= '0' && last <= '9');
  return is_number ? RULESET_HOST_NUMBER_LIKE : RULESET_HOST_NAME;
}

#endif
