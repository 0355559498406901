/* live.c -- a device and the packet thread that reads it, for JavaScript.
 *
 * While the thread runs the engine is its own: calls that change or read the engine go through
 * engine_call(), and those that feed it packets are refused. */
#include "live.h"

#include <unistd.h>

#include "mirror.h"
#include "netlink.h"
#include "notify.h"

#define PREFIX_LEN 17 /* the mapped address and its bits, as in the home networks of a config */

static const char *const codes[] = {
    [TROUBLE_NONE] = NULL,
    [TROUBLE_NO_TUN] = "WEIR_NO_TUN",
    [TROUBLE_NO_CAPABILITY] = "WEIR_NOT_PERMITTED",
    [TROUBLE_BUSY] = "WEIR_DEVICE_BUSY",
    [TROUBLE_CONFLICT] = "WEIR_DEVICE_BUSY",
    [TROUBLE_BAD_ARGUMENT] = "WEIR_BAD_ARGUMENT",
    [TROUBLE_SYSTEM] = "WEIR_DEVICE_FAILED",
};

napi_value live_throw(napi_env env, const trouble *why) {
  return addon_throw(env, codes[why->kind], why->text);
}

/* ---- the device ------------------------------------------------------------ */

typedef bool (*add_prefix)(int socket, unsigned index, const netlink_prefix *prefix, trouble *why);

static netlink_prefix unmapped(const uint8_t bytes[PREFIX_LEN]) {
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  netlink_prefix p = {.version = memcmp(bytes, mapped, sizeof mapped) ? 6 : 4};
  memcpy(p.octets, p.version == 4 ? bytes + 12 : bytes, p.version == 4 ? 4 : 16);
  p.bits = (uint8_t)(p.version == 4 ? bytes[16] - 96 : bytes[16]);
  return p;
}

static bool add_all(int socket, unsigned index, add_prefix add, const uint8_t *bytes, size_t len,
                    trouble *why) {
  for (size_t at = 0; at + PREFIX_LEN <= len; at += PREFIX_LEN) {
    netlink_prefix prefix = unmapped(bytes + at);
    if (!add(socket, index, &prefix, why)) return false;
  }
  return true;
}

typedef struct device_plan {
  char name[64];
  bool offloads;
  uint32_t mtu;
  uint8_t *addresses, *routes;
  size_t addresses_len, routes_len;
} device_plan;

static bool set_up(tun *device, const device_plan *plan, trouble *why) {
  int socket = netlink_open(why);
  if (socket < 0) return false;
  mirror_clear_left(socket);
  bool done =
      netlink_up(socket, device->index, plan->mtu, why) &&
      add_all(socket, device->index, netlink_add_address, plan->addresses, plan->addresses_len,
              why) &&
      add_all(socket, device->index, netlink_add_route, plan->routes, plan->routes_len, why);
  close(socket);
  return done;
}

static void stop(live_handle *h) {
  if (h->engine) {
    loop_stop(h->loop);
    h->engine->live = NULL;
    h->engine = NULL;
  }
  if (h->device.guard) guard_close(h->device.guard);
  h->device.guard = NULL;
  tun_close(&h->device);
}

/* The environment goes, and the engine with it: the thread goes before. */
static void before_exit(void *h) { stop(h); }

static void finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  live_handle *h = data;
  stop(h);
  if (h->loop) loop_free(h->loop);
  free(h);
}

napi_value live_wrap(napi_env env, live_handle *h) {
  napi_value out;
  if (napi_create_external(env, h, finalize, NULL, &out) == napi_ok) return out;
  finalize(env, h, NULL);
  return addon_throw(env, "WEIR_NO_MEMORY", "napi_create_external");
}

static bool read_plan(napi_env env, const napi_value *argv, device_plan *out) {
  size_t len;
  if (napi_get_value_string_utf8(env, argv[0], out->name, sizeof out->name, &len) != napi_ok ||
      napi_get_value_bool(env, argv[1], &out->offloads) != napi_ok) {
    addon_throw(env, NULL, "name and offloads expected");
    return false;
  }
  return addon_u32(env, argv[2], &out->mtu) &&
         addon_bytes(env, argv[3], &out->addresses, &out->addresses_len) &&
         addon_bytes(env, argv[4], &out->routes, &out->routes_len);
}

/* liveOpen(name, offloads, mtu, addresses, routes) */
static napi_value open_device(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  device_plan plan;
  trouble why;
  if (!addon_args(env, info, 5, argv) || !read_plan(env, argv, &plan)) return NULL;
  live_handle *h = calloc(1, sizeof *h);
  if (!h) return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the device");
  h->kind = HANDLE_LIVE;
  if (!tun_open(&h->device, plan.name, plan.offloads, &why) || !set_up(&h->device, &plan, &why)) {
    tun_close(&h->device);
    free(h);
    return live_throw(env, &why);
  }
  return live_wrap(env, h);
}

static live_handle *addon_live(napi_env env, napi_value value, bool started) {
  live_handle *h = addon_handle(env, value, HANDLE_LIVE);
  if (!h || (h->loop != NULL) == started) return h;
  addon_throw(env, "WEIR_CLOSED", started ? "the packet thread does not run" : "it runs already");
  return NULL;
}

/* liveDevice(live): { name, index, offloads } */
static napi_value device(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  if (!addon_args(env, info, 1, argv)) return NULL;
  live_handle *h = addon_handle(env, argv[0], HANDLE_LIVE);
  if (!h) return NULL;
  weir_bytes name = {(const uint8_t *)h->device.name, strlen(h->device.name)};
  TRY(env, napi_create_object(env, &out));
  TRY(env, addon_set_text(env, out, "name", name));
  TRY(env, addon_set_number(env, out, "index", h->device.index));
  TRY(env, addon_set_number(env, out, "offloads", h->device.offloads));
  return out;
}

/* ---- the thread ------------------------------------------------------------ */

static void wake(void *context) {
  napi_call_threadsafe_function(((live_handle *)context)->wake, NULL, napi_tsfn_nonblocking);
}

static void call_js(napi_env env, napi_value callback, void *context, void *data) {
  (void)context, (void)data;
  napi_value undefined;
  if (env && callback && napi_get_undefined(env, &undefined) == napi_ok)
    napi_call_function(env, undefined, callback, 0, NULL, NULL);
}

static void forget_memory(napi_env env, void *data, void *hint) {
  (void)env, (void)data, (void)hint;
}

static napi_status share_records(napi_env env, live_handle *h, napi_value *out) {
  size_t size;
  void *base = loop_memory(h->loop, &size);
  napi_status status = napi_create_external_arraybuffer(env, base, size, forget_memory, NULL, out);
  return status == napi_ok ? napi_create_reference(env, *out, 1, &h->memory) : status;
}

/* Four addresses: the listener's own, and the first that clients seem to have, of IPv4 and IPv6; none: no hairpin. */
static bool read_hairpin(napi_env env, const napi_value *argv, live_handle *h) {
  uint8_t *bytes;
  size_t len;
  uint32_t tcp, udp;
  if (!addon_bytes(env, argv[0], &bytes, &len) || !addon_u32(env, argv[1], &tcp) ||
      !addon_u32(env, argv[2], &udp))
    return false;
  h->has_hairpin = len == 64;
  if (!h->has_hairpin) return true;
  h->hairpin = (weir_hairpin){.tcp_port = (uint16_t)tcp, .udp_port = (uint16_t)udp};
  memcpy(h->hairpin.own4.octets, bytes, 16);
  memcpy(h->hairpin.own6.octets, bytes + 16, 16);
  memcpy(h->hairpin.mask4.octets, bytes + 32, 16);
  memcpy(h->hairpin.mask6.octets, bytes + 48, 16);
  return true;
}

static bool is_power_of_two(uint32_t n) { return n && !(n & (n - 1)); }

/* liveStart(live, engine, records, callback): the memory of the records. The callback is called when there are some. */
static napi_value start(napi_env env, napi_callback_info info) {
  napi_value argv[7], name, out;
  uint32_t records;
  trouble why;
  if (!addon_args(env, info, 7, argv)) return NULL;
  live_handle *h = addon_live(env, argv[0], false);
  engine_handle *engine = h ? addon_engine(env, argv[1]) : NULL;
  if (!engine || !addon_u32(env, argv[2], &records) || !read_hairpin(env, argv + 4, h)) return NULL;
  if (!is_power_of_two(records) || records > 1u << 20)
    return addon_throw(env, NULL, "records: a power of two expected, 2^20 at most");
  TRY(env, napi_create_string_utf8(env, "weir", NAPI_AUTO_LENGTH, &name));
  TRY(env, napi_create_threadsafe_function(env, argv[3], NULL, name, 0, 1, NULL, NULL, NULL,
                                           call_js, &h->wake));
  TRY(env, napi_create_reference(env, argv[1], 1, &h->engine_object));
  h->loop = loop_start(&h->device, engine->engine, h->has_hairpin ? &h->hairpin : NULL, records,
                       wake, h, &why);
  if (!h->loop) return live_throw(env, &why);
  h->engine = engine;
  engine->live = h->loop;
  TRY(env, napi_add_env_cleanup_hook(env, before_exit, h));
  TRY(env, share_records(env, h, &out));
  return out;
}

/* liveObserve(live): before liveStart; nothing is answered then. */
static napi_value observe(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  live_handle *h = addon_live(env, argv[0], false);
  if (!h) return NULL;
  h->device.observed = true;
  return addon_undefined(env);
}

/* liveRecords(live, out): as engineRecords. */
static napi_value records(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t count, size;
  if (!addon_args(env, info, 2, argv)) return NULL;
  live_handle *h = addon_live(env, argv[0], true);
  double *out = h ? addon_figures(env, argv[1], 1) : NULL;
  if (!out) return NULL;
  const weir_record *first = loop_records(h->loop, &count);
  out[0] = (double)((const uint8_t *)first - (const uint8_t *)loop_memory(h->loop, &size));
  return addon_number(env, (double)count);
}

static napi_value release(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint32_t count;
  size_t readable;
  if (!addon_args(env, info, 2, argv)) return NULL;
  live_handle *h = addon_live(env, argv[0], true);
  if (!h || !addon_u32(env, argv[1], &count)) return NULL;
  loop_records(h->loop, &readable);
  if (count > readable) return addon_throw(env, NULL, "more records than are readable");
  loop_release(h->loop, count);
  return addon_undefined(env);
}

/* liveCapture(live, fd, withPayload, most): the descriptor is the thread's from here on. */
static napi_value capture(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  uint32_t fd;
  bool with_payload;
  double most;
  if (!addon_args(env, info, 4, argv)) return NULL;
  live_handle *h = addon_live(env, argv[0], true);
  if (!h || !addon_u32(env, argv[1], &fd)) return NULL;
  TRY(env, napi_get_value_bool(env, argv[2], &with_payload));
  if (!addon_double(env, argv[3], &most)) return NULL;
  if (!h->engine || h->captures) return addon_throw(env, NULL, "once, while the thread runs");
  h->captures = true;
  loop_capture(h->loop, (int)fd, with_payload, most > 0 ? (uint64_t)most : 0);
  return addon_undefined(env);
}

/* liveCounters(live, out): reads, writes, answersLost, recordsLost, wakeups, turned, generation, confined,
 * notCaptured, change. */
static napi_value counters(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  loop_counters now;
  if (!addon_args(env, info, 2, argv)) return NULL;
  live_handle *h = addon_live(env, argv[0], true);
  double *out = h ? addon_figures(env, argv[1], sizeof now / sizeof(uint64_t)) : NULL;
  if (!out) return NULL;
  loop_get_counters(h->loop, &now);
  uint64_t values[sizeof now / sizeof(uint64_t)];
  memcpy(values, &now, sizeof now);
  for (size_t i = 0; i < sizeof now / sizeof(uint64_t); i++) out[i] = (double)values[i];
  return addon_undefined(env);
}

typedef struct lookup {
  const weir_hairpin *hairpin;
  weir_addr from;
  uint32_t port, transport;
  weir_tuple tuple;
  bool found;
} lookup;

static void look_up(weir_engine *engine, void *argument) {
  lookup *l = argument;
  l->found = weir_hairpin_original(engine, l->hairpin, (uint8_t)l->transport, &l->from,
                                   (uint16_t)l->port, &l->tuple);
}

/* liveOriginal(live, transport, address, port, out): whom a client of the listener's asked for. `out` gets the
 * addresses of client and server; the result is their ports, client * 65536 + server, or undefined. */
static napi_value original(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  uint8_t *from, *out;
  size_t from_len, out_len;
  lookup l = {0};
  if (!addon_args(env, info, 5, argv)) return NULL;
  live_handle *h = addon_live(env, argv[0], true);
  if (!h || !addon_u32(env, argv[1], &l.transport) ||
      !addon_bytes(env, argv[2], &from, &from_len) || !addon_u32(env, argv[3], &l.port) ||
      !addon_bytes(env, argv[4], &out, &out_len))
    return NULL;
  if (from_len != 16 || out_len != 32) return addon_throw(env, NULL, "16 and 32 bytes expected");
  if (!h->engine || !h->has_hairpin) return addon_undefined(env);
  memcpy(l.from.octets, from, 16);
  l.hairpin = &h->hairpin;
  engine_call(h->engine, look_up, &l);
  if (!l.found) return addon_undefined(env);
  memcpy(out, l.tuple.client.octets, 16);
  memcpy(out + 16, l.tuple.server.octets, 16);
  return addon_number(env, (double)l.tuple.client_port * 65536 + l.tuple.server_port);
}

/* liveStop(live): ends the thread and the device; the last records can be read. */
static napi_value stop_call(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  live_handle *h = addon_handle(env, argv[0], HANDLE_LIVE);
  if (!h) return NULL;
  if (h->engine) TRY(env, napi_remove_env_cleanup_hook(env, before_exit, h));
  stop(h);
  if (h->engine_object) TRY(env, napi_delete_reference(env, h->engine_object));
  h->engine_object = NULL;
  if (h->wake) TRY(env, napi_release_threadsafe_function(h->wake, napi_tsfn_release));
  h->wake = NULL;
  return addon_undefined(env);
}

/* liveClose(live): behind liveStop and the last record. */
static napi_value close_call(napi_env env, napi_callback_info info) {
  napi_value argv[1], memory;
  if (!addon_args(env, info, 1, argv)) return NULL;
  live_handle *h = addon_handle(env, argv[0], HANDLE_LIVE);
  if (!h) return NULL;
  if (h->engine) return addon_throw(env, NULL, "liveStop comes first");
  if (h->memory) {
    TRY(env, napi_get_reference_value(env, h->memory, &memory));
    TRY(env, napi_detach_arraybuffer(env, memory));
    TRY(env, napi_delete_reference(env, h->memory));
    h->memory = NULL;
  }
  if (h->loop) loop_free(h->loop);
  h->loop = NULL;
  return addon_undefined(env);
}

/* liveNotify(path, text): whether the service manager took it. */
static napi_value notify(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  char path[128], text[64];
  size_t len;
  if (!addon_args(env, info, 2, argv)) return NULL;
  TRY(env, napi_get_value_string_utf8(env, argv[0], path, sizeof path, &len));
  TRY(env, napi_get_value_string_utf8(env, argv[1], text, sizeof text, &len));
  return addon_bool(env, notify_send(path, text));
}

const addon_function live_functions[] = {{"liveOpen", open_device},
                                         {"liveDevice", device},
                                         {"liveObserve", observe},
                                         {"liveStart", start},
                                         {"liveRecords", records},
                                         {"liveRelease", release},
                                         {"liveCapture", capture},
                                         {"liveCounters", counters},
                                         {"liveOriginal", original},
                                         {"liveStop", stop_call},
                                         {"liveClose", close_call},
                                         {"liveNotify", notify},
                                         {NULL, NULL}};
