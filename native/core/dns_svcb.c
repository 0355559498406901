/* dns_svcb.c -- service bindings: the RDATA of SVCB and HTTPS (RFC 9460 2.2). */
#include "dns.h"
#include "dns_name.h"

#define SVCB_IPV4HINT 4
#define SVCB_ECH      5
#define SVCB_IPV6HINT 6

/* The value of parameter `key`.  Keys only ascend, so that few stand before one of these; an alias
 * (priority 0) has no parameters that count (RFC 9460 2.2, 2.4.2). */
static bool svcb_param(const dns_record *record, uint16_t key, reader *value) {
  reader rest = record->rdata;
  uint16_t priority, found;
  uint8_t label;
  if (record->type != DNS_TYPE_SVCB && record->type != DNS_TYPE_HTTPS) return false;
  if (!get_u16(&rest, &priority) || !priority) return false;
  do {
    if (!get_u8(&rest, &label) || label > DNS_LABEL_MAX || !skip(&rest, label)) return false;
  } while (label);
  for (uint32_t least = 0; get_u16(&rest, &found) && get_block(&rest, 2, value);
       least = found + 1u) {
    if (found == key) return true;
    if (found < least || found > key) return false;
  }
  return false;
}

bool dns_svcb_hint(const dns_record *record, unsigned i, weir_addr *out) {
  static const struct { uint16_t key, width; } lists[] = {{SVCB_IPV4HINT, 4}, {SVCB_IPV6HINT, 16}};
  for (size_t k = 0; k < 2; k++) {
    reader list, address;
    if (!svcb_param(record, lists[k].key, &list)) continue;
    const size_t count = list.left / lists[k].width;
    if (i < count)
      return skip(&list, (size_t)i * lists[k].width) &&
             get_bytes(&list, lists[k].width, &address) && dns_put_address(address, out);
    i -= (unsigned)count;
  }
  return false;
}

/* RFC 9849 4: ECHConfigList; the first configuration of version 0xfe0d. */
bool dns_svcb_ech_public_name(const dns_record *record, name *out) {
  reader value, list, config, key, suites, public_name;
  uint16_t version;
  uint8_t id;
  out->len = 0;
  if (!svcb_param(record, SVCB_ECH, &value) || !get_block(&value, 2, &list)) return false;
  while (get_u16(&list, &version) && get_block(&list, 2, &config)) {
    if (version != 0xfe0d) continue;
    return get_u8(&config, &id) && skip(&config, 2) && get_block(&config, 2, &key) &&
           get_block(&config, 2, &suites) && skip(&config, 1) &&
           get_block(&config, 1, &public_name) && name_from_host(out, public_name);
  }
  return false;
}
