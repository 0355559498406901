/* ruleset_host.h -- a host as it was written, in the form that rules have. */
#ifndef WEIR_RULESET_HOST_H
#define WEIR_RULESET_HOST_H

#include "weir.h"

#define RULESET_HOST_MAX (WEIR_NAME_MAX + 1u) /* a name with its trailing dot */

typedef enum {
  RULESET_HOST_NAME,       /* if anything; of any bytes */
  RULESET_HOST_NUMBER_LIKE /* an address first of all, if it is one */
} ruleset_host_kind;

/* Writes `host` in lower case to `text`, which has room for it; host.len > 0. */
static inline ruleset_host_kind ruleset_lower(weir_bytes host, uint8_t *text) {
  unsigned colons = 0;
  for (size_t i = 0; i < host.len; i++) {
    uint8_t c = host.base[i];
    text[i] = (uint8_t)(c | ((uint8_t)(c - 'A') < 26 ? 0x20 : 0));
    colons += c == ':';
  }
  uint8_t last = text[host.len - 1];
  bool is_number = colons || last == ']' || (last >= '0' && last <= '9');
  return is_number ? RULESET_HOST_NUMBER_LIKE : RULESET_HOST_NAME;
}

#endif
