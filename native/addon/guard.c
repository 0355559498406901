/* guard.c -- a guard of an interface, what guards have left behind, and what this kernel can do, for
 * JavaScript. */
#include "live.h"

#include <unistd.h>

#include "mirror.h"
#include "netlink.h"

/* liveGuard(interface, observes) */
static napi_value open_guard(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  char interface[IF_NAMESIZE];
  size_t len;
  bool observes;
  trouble why;
  if (!addon_args(env, info, 2, argv)) return NULL;
  TRY(env, napi_get_value_string_utf8(env, argv[0], interface, sizeof interface, &len));
  TRY(env, napi_get_value_bool(env, argv[1], &observes));
  live_handle *h = calloc(1, sizeof *h);
  if (!h) return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the device");
  h->kind = HANDLE_LIVE;
  if (!guard_open(&h->guard, &h->device, interface, observes, &why)) {
    free(h);
    return live_throw(env, &why);
  }
  h->device.guard = &h->guard;
  return live_wrap(env, h);
}

static napi_value names_of(napi_env env, const unsigned *interfaces, size_t count) {
  napi_value out, text;
  char name[IF_NAMESIZE];
  uint32_t at = 0;
  TRY(env, napi_create_array(env, &out));
  for (size_t i = 0; i < count; i++) {
    if (!if_indextoname(interfaces[i], name)) continue;
    TRY(env, napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text));
    TRY(env, napi_set_element(env, out, at++, text));
  }
  return out;
}

static bool find_left(bool clears, unsigned *interfaces, size_t *count, trouble *why) {
  int socket = netlink_open(why);
  if (socket < 0) return false;
  bool done = mirror_left(socket, interfaces, count, why);
  for (size_t i = 0; done && clears && i < *count; i++)
    done = mirror_clear(socket, interfaces[i], why);
  close(socket);
  return done;
}

/* liveLeft(clears): names of the interfaces with mirrors that killed processes left, which are taken away if
 * so desired. */
static napi_value left(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  bool clears;
  unsigned interfaces[MIRROR_LEFT_MAX];
  size_t count;
  trouble why;
  if (!addon_args(env, info, 1, argv)) return NULL;
  TRY(env, napi_get_value_bool(env, argv[0], &clears));
  if (!find_left(clears, interfaces, &count, &why)) return live_throw(env, &why);
  return names_of(env, interfaces, count);
}

/* A device of its own shows what can be had, and takes it along when it goes. */
static bool probe_mirror(const tun *device, trouble *why) {
  int socket = netlink_open(why);
  if (socket < 0) return false;
  bool done = mirror_inject(socket, device->index, device->index, why);
  close(socket);
  return done;
}

/* liveProbe(): { device, mirror, offloads }: what stands against a device and against mirrors, empty where nothing
 * does, and the offloads that a device takes. */
static napi_value probe(napi_env env, napi_callback_info info) {
  napi_value out;
  tun device;
  trouble no_device = {0}, no_mirror = {0};
  (void)info;
  if (tun_open(&device, "weirp%d", true, &no_device)) {
    probe_mirror(&device, &no_mirror);
    tun_close(&device);
  }
  weir_bytes texts[2] = {{(const uint8_t *)no_device.text, strlen(no_device.text)},
                         {(const uint8_t *)no_mirror.text, strlen(no_mirror.text)}};
  TRY(env, napi_create_object(env, &out));
  TRY(env, addon_set_text(env, out, "device", texts[0]));
  TRY(env, addon_set_text(env, out, "mirror", texts[1]));
  TRY(env, addon_set_number(env, out, "offloads", device.offloads));
  return out;
}

const addon_function guard_functions[] = {
    {"liveGuard", open_guard}, {"liveLeft", left}, {"liveProbe", probe}, {NULL, NULL}};
