/* ruleset_host.c -- names and addresses as people and logs write them. */
#include <string.h>

#include "literal.h"
#include "ruleset.h"

#define HOST_MAX (WEIR_NAME_MAX + 1u) /* a name with its trailing dot */

typedef struct query {
  bool is_address;
  weir_addr address;
  weir_bytes name; /* at `text`: lower case, without the trailing dot, else of any bytes */
  uint8_t text[HOST_MAX];
} query;

/* Without the brackets, and the zone of an IPv6 address (RFC 4007 11). */
static bool address_of(weir_bytes host, bool has_colon, weir_addr *out) {
  name literal = {.len = 0};
  if (host.len > 2 && host.base[0] == '[' && host.base[host.len - 1] == ']')
    host = (weir_bytes){host.base + 1, host.len - 2};
  for (size_t i = 0; i < host.len && !(has_colon && host.base[i] == '%'); i++) {
    if (literal.len == WEIR_NAME_MAX) return false;
    literal.text[literal.len++] = (char)host.base[i];
  }
  return literal_parse(&literal, out);
}

/* False: it can be neither a name nor an address. */
static inline bool query_of(weir_bytes host, query *out) {
  unsigned colons = 0;
  if (!host.len || host.len > HOST_MAX) return false;
  for (size_t i = 0; i < host.len; i++) {
    uint8_t c = host.base[i];
    out->text[i] = (uint8_t)(c | ((uint8_t)(c - 'A') < 26 ? 0x20 : 0));
    colons += c == ':';
  }
  out->name = (weir_bytes){out->text, host.len};
  uint8_t last = out->text[host.len - 1];
  bool may_be = colons || last == ']' || (last >= '0' && last <= '9');
  out->is_address = may_be && address_of(out->name, colons, &out->address);
  if (last == '.') out->name.len--;
  return out->is_address || (out->name.len && out->name.len <= WEIR_NAME_MAX);
}

bool weir_ruleset_match_host(const weir_ruleset *rules, weir_bytes host, weir_match *out) {
  query q;
  if (!query_of(host, &q)) return false;
  return q.is_address ? weir_ruleset_match_addr(rules, &q.address, out)
                      : weir_ruleset_match_name(rules, q.name, out);
}

size_t weir_ruleset_explain_host(const weir_ruleset *rules, weir_bytes host, weir_match *out,
                                 size_t max) {
  query q;
  if (!query_of(host, &q)) return 0;
  return q.is_address ? weir_ruleset_explain_addr(rules, &q.address, out, max)
                      : weir_ruleset_explain_name(rules, q.name, out, max);
}
