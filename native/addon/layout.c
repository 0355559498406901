/* layout.c -- where the compiler laid the fields of a record: what decodes them is generated from it. */
#include "addon.h"

/* Every field that is read outside of C; a test compares the list with weir.h. */
/* clang-format off */
#define RECORD_FIELDS(X) \
  X(flow_id) X(start_us) X(end_us) X(tuple) X(kind) X(protocol) X(via) X(evidence) X(host_source) \
  X(verdict) X(action) X(reason) X(close) X(flags) X(name_len) X(alpn_len) X(rule) X(packets_up) \
  X(packets_down) X(bytes_up) X(bytes_down) X(quic_version) X(tls_version) X(qtype) X(dns_id) \
  X(rcode) X(answers) X(ja4_len) X(ttl) X(address) X(categories) X(overruled) X(ja4) X(alpn) X(name) X(generation)
/* clang-format on */

#define TUPLE_FIELDS(X) X(client) X(server) X(client_port) X(server_port) X(transport) X(ip_version)

static napi_value layout(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value out, fields;
  TRY(env, napi_create_object(env, &out));
  TRY(env, napi_create_object(env, &fields));
#define PUT(field) TRY(env, addon_set_number(env, fields, #field, offsetof(weir_record, field)));
  RECORD_FIELDS(PUT)
#undef PUT
#define PUT(field)                               \
  TRY(env, addon_set_number(env, fields, #field, \
                            offsetof(weir_record, tuple) + offsetof(weir_tuple, field)));
  TUPLE_FIELDS(PUT)
#undef PUT
  TRY(env, addon_set_number(env, out, "abi", WEIR_ABI));
  TRY(env, addon_set_number(env, out, "recordSize", sizeof(weir_record)));
  TRY(env, addon_set_number(env, out, "protocols", WEIR_PROTOCOL_COUNT));
  TRY(env, addon_set_number(env, out, "counters", sizeof(weir_counters) / sizeof(uint64_t)));
  TRY(env, napi_set_named_property(env, out, "fields", fields));
  return out;
}

const addon_function layout_functions[] = {{"layout", layout}, {NULL, NULL}};
