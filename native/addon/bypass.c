/* bypass.c -- what goes on although a rule stops it. */
#include "addon.h"

#define ENTRY_LEN \
  288 /* client, address, over, below, length of the name, the name: src/engine/bypasses.ts */
#define NAME_AT 35

_Static_assert(NAME_AT + WEIR_NAME_MAX == ENTRY_LEN, "nothing behind the name");

typedef struct bypass_call {
  weir_bypass bypass;
  const weir_bypass *which; /* NULL: all */
  weir_status status;
  size_t count, max;
  weir_bypass *list;
} bypass_call;

static void read_entry(const uint8_t *from, weir_bypass *out) {
  *out = (weir_bypass){.over = from[32], .below = from[33], .name_len = from[34]};
  memcpy(out->client.octets, from, 16);
  memcpy(out->addr.octets, from + 16, 16);
  memcpy(out->name, from + NAME_AT, WEIR_NAME_MAX);
}

static void write_entry(uint8_t *to, const weir_bypass *from) {
  memcpy(to, from->client.octets, 16);
  memcpy(to + 16, from->addr.octets, 16);
  to[32] = from->over;
  to[33] = from->below;
  to[34] = from->name_len;
  memcpy(to + NAME_AT, from->name, WEIR_NAME_MAX);
}

/* False, with an exception pending, where `value` is no entry. */
static bool bypass_entry(napi_env env, napi_value value, weir_bypass *out) {
  uint8_t *bytes;
  size_t len;
  if (!addon_bytes(env, value, &bytes, &len)) return false;
  if (len != ENTRY_LEN || bytes[34] > WEIR_NAME_MAX) {
    addon_throw(env, NULL, "one bypass expected");
    return false;
  }
  read_entry(bytes, out);
  return true;
}

static void apply_add(weir_engine *engine, void *argument) {
  bypass_call *c = argument;
  c->status = weir_bypass_add(engine, &c->bypass);
}

/* engineBypassAdd(engine, entry, expires): the latter in microseconds of packets' time. */
static napi_value add(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  double expires;
  bypass_call c = {0};
  if (!addon_args(env, info, 3, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  if (!h || !bypass_entry(env, argv[1], &c.bypass) || !addon_double(env, argv[2], &expires))
    return NULL;
  if (!(expires >= 0 && expires <= 9007199254740991.0))
    return addon_throw(env, "WEIR_BAD_ARGUMENT", "expires: microseconds, 0 to 2^53");
  c.bypass.expires_us = (uint64_t)expires;
  engine_call(h, apply_add, &c);
  if (c.status == WEIR_OK) return addon_undefined(env);
  bool is_full = c.status == WEIR_FULL;
  return addon_throw(env, is_full ? "WEIR_NO_MEMORY" : "WEIR_BAD_ARGUMENT",
                     is_full ? "no room for another bypass: revoke one, or raise maxBypasses"
                             : "a host name or an address expected");
}

static void apply_remove(weir_engine *engine, void *argument) {
  bypass_call *c = argument;
  c->count = weir_bypass_remove(engine, c->which);
}

/* engineBypassRemove(engine, entry | null): how many were live; null: all. */
static napi_value remove_call(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  napi_valuetype type;
  bypass_call c = {0};
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  if (!h) return NULL;
  TRY(env, napi_typeof(env, argv[1], &type));
  if (type != napi_null) {
    if (!bypass_entry(env, argv[1], &c.bypass)) return NULL;
    c.which = &c.bypass;
  }
  engine_call(h, apply_remove, &c);
  return addon_number(env, (double)c.count);
}

static void apply_list(weir_engine *engine, void *argument) {
  bypass_call *c = argument;
  c->count = weir_bypass_list(engine, c->list, c->max);
}

/* engineBypassList(engine, entries, expires): fills as many as both have room for; how many there are. */
static napi_value list(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  uint8_t *bytes;
  size_t len;
  bypass_call c = {0};
  if (!addon_args(env, info, 3, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  if (!h || !addon_bytes(env, argv[1], &bytes, &len)) return NULL;
  c.max = len / ENTRY_LEN;
  double *expires = addon_figures(env, argv[2], c.max);
  if (!expires) return NULL;
  c.list = calloc(c.max + 1, sizeof *c.list);
  if (!c.list) return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the list");
  engine_call(h, apply_list, &c);
  for (size_t i = 0; i < c.count && i < c.max; i++) {
    write_entry(bytes + i * ENTRY_LEN, &c.list[i]);
    expires[i] = (double)c.list[i].expires_us;
  }
  free(c.list);
  return addon_number(env, (double)c.count);
}

const addon_function bypass_functions[] = {{"engineBypassAdd", add},
                                           {"engineBypassRemove", remove_call},
                                           {"engineBypassList", list},
                                           {NULL, NULL}};
