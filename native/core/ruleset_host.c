/* ruleset_host.c -- names and addresses as people and logs write them. */
#include <string.h>

#include "literal.h"
#include "ruleset_host.h"

typedef struct query {
  bool is_address;
  weir_addr address;
  weir_bytes name; /* at `text`: lower case, without the trailing dot, else of any bytes */
  uint8_t text[RULESET_HOST_ROOM];
} query;

/* Without the brackets, and the zone of an IPv6 address (RFC 4007 11). */
static bool address_of(weir_bytes host, weir_addr *out) {
  name literal = {.len = 0};
  bool has_colon = false;
  if (host.len > 2 && host.base[0] == '[' && host.base[host.len - 1] == ']')
    host = (weir_bytes){host.base + 1, host.len - 2};
  for (size_t i = 0; i < host.len; i++) has_colon |= host.base[i] == ':';
  for (size_t i = 0; i < host.len && !(has_colon && host.base[i] == '%'); i++) {
    if (literal.len == WEIR_NAME_MAX) return false;
    literal.text[literal.len++] = (char)host.base[i];
  }
  return literal_parse(&literal, out);
}

/* False: it can be neither a name nor an address. */
static bool query_of(weir_bytes host, query *out) {
  if (!host.len || host.len > RULESET_HOST_MAX) return false;
  ruleset_host_kind kind = ruleset_lower(host, out->text);
  out->name = (weir_bytes){out->text, host.len};
  out->is_address = kind == RULESET_HOST_NUMBER_LIKE && address_of(out->name, &out->address);
  if (out->text[host.len - 1] == '.') out->name.len--;
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
