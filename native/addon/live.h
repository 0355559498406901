/* live.h -- a device that JavaScript holds, whether it was opened for itself or as a guard. */
#ifndef WEIR_ADDON_LIVE_H
#define WEIR_ADDON_LIVE_H

#include "addon.h"

#include "guard.h"
#include "loop.h"
#include "tun.h"

typedef struct live_handle {
  uint32_t kind;
  tun device;
  guard guard;            /* while device.guard points to it */
  loop *loop;             /* NULL: not started, or closed */
  engine_handle *engine;  /* while the thread runs */
  napi_ref engine_object; /* keeps it alive */
  napi_ref memory;        /* of the records: detached before they go */
  napi_threadsafe_function wake;
  weir_hairpin hairpin;
  bool has_hairpin, captures;
} live_handle;

napi_value live_throw(napi_env env, const trouble *why);

/* The object for JavaScript; NULL with an exception pending, and all of it closed. */
napi_value live_wrap(napi_env env, live_handle *h);

#endif
