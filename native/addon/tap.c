/* tap.c -- taps on TUN devices (native/linux/tap.h), for JavaScript. */
#include "addon.h"

#include <net/if.h>
#include <unistd.h>

#include "netlink.h"
#include "tap.h"

typedef struct tap_handle {
  uint32_t kind;
  tap tap;
} tap_handle;

static napi_value throw_trouble(napi_env env, const trouble *why) {
  bool lacks = why->kind == TROUBLE_NO_CAPABILITY;
  return addon_throw(env, lacks ? "WEIR_NOT_PERMITTED" : "WEIR_DEVICE_FAILED", why->text);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  tap_close(&((tap_handle *)data)->tap);
  free(data);
}

/* tapOpen(index, watches) */
static napi_value open_tap(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  uint32_t index;
  bool watches;
  trouble why;
  if (!addon_args(env, info, 2, argv) || !addon_u32(env, argv[0], &index)) return NULL;
  TRY(env, napi_get_value_bool(env, argv[1], &watches));
  tap_handle *h = calloc(1, sizeof *h);
  if (!h) return addon_throw(env, "WEIR_NO_MEMORY", "no memory for a tap");
  h->kind = HANDLE_TAP;
  if (!tap_open(&h->tap, index, watches, &why)) {
    free(h);
    return throw_trouble(env, &why);
  }
  if (napi_create_external(env, h, finalize, NULL, &out) == napi_ok) return out;
  finalize(env, h, NULL);
  return addon_throw(env, "WEIR_NO_MEMORY", "napi_create_external");
}

/* tapSend(tap, packetBytes, arrays, from, to): where it stopped, below `to` where the reader is behind or
 * the device refuses the packet; those without a byte are passed over. */
static napi_value send_packets(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  uint8_t *data;
  size_t len;
  uint32_t at, to;
  batch_arrays batch;
  if (!addon_args(env, info, 5, argv)) return NULL;
  tap_handle *h = addon_handle(env, argv[0], HANDLE_TAP);
  if (!h || !addon_bytes(env, argv[1], &data, &len) || !addon_batch(env, argv[2], &batch) ||
      !addon_u32(env, argv[3], &at) || !addon_u32(env, argv[4], &to))
    return NULL;
  if (to > batch.capacity)
    return addon_throw(env, NULL, "more packets than the batch has room for");
  for (; at < to; at++) {
    if (batch.offsets[at] > len || batch.lengths[at] > len - batch.offsets[at])
      return addon_throw(env, NULL, "a packet lies outside of the batch's bytes");
    if (!batch.lengths[at]) continue;
    tap_outcome outcome = tap_send(&h->tap, data + batch.offsets[at], batch.lengths[at]);
    if (outcome == TAP_REFUSED)
      return addon_throw(env, "WEIR_DEVICE_FAILED", "the device does not take a packet");
    if (outcome == TAP_FULL) break;
  }
  return addon_number(env, at);
}

/* tapNext(tap, bytes, out): bytes kept of the next packet that passed, -1 when none is left; `out` gets its
 * microseconds and whether it went to the device's reader. */
static napi_value next(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  uint8_t *bytes;
  size_t len;
  tap_sight sight;
  if (!addon_args(env, info, 3, argv)) return NULL;
  tap_handle *h = addon_handle(env, argv[0], HANDLE_TAP);
  if (!h || !addon_bytes(env, argv[1], &bytes, &len)) return NULL;
  double *out = addon_figures(env, argv[2], 2);
  if (!out) return NULL;
  if (len < TAP_SEEN_MAX) return addon_throw(env, NULL, "more room expected");
  if (!tap_next(&h->tap, bytes, &sight)) return addon_number(env, -1);
  out[0] = (double)sight.time_us;
  out[1] = sight.to_reader;
  return addon_number(env, (double)sight.len);
}

static napi_value missed(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  tap_handle *h = addon_handle(env, argv[0], HANDLE_TAP);
  return h ? addon_number(env, tap_missed(&h->tap)) : NULL;
}

static napi_value close_call(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  tap_handle *h = addon_handle(env, argv[0], HANDLE_TAP);
  if (!h) return NULL;
  tap_close(&h->tap);
  return addon_undefined(env);
}

/* linkUp(name): an interface that is there already. */
static napi_value link_up(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char name[IF_NAMESIZE];
  size_t len;
  trouble why;
  if (!addon_args(env, info, 1, argv)) return NULL;
  TRY(env, napi_get_value_string_utf8(env, argv[0], name, sizeof name, &len));
  int socket = netlink_open(&why);
  if (socket < 0) return throw_trouble(env, &why);
  bool done = netlink_up(socket, if_nametoindex(name), 0, &why);
  close(socket);
  return done ? addon_undefined(env) : throw_trouble(env, &why);
}

const addon_function tap_functions[] = {
    {"tapOpen", open_tap},    {"tapSend", send_packets}, {"tapNext", next}, {"tapMissed", missed},
    {"tapClose", close_call}, {"linkUp", link_up},       {NULL, NULL}};
