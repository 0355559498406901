/* crash.c -- where native code failed, for JavaScript to read at the next start. */
#include "crash.h"

#include "addon.h"

/* crashWatch(fd); -1: no more */
static napi_value watch(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  double fd;
  if (!addon_args(env, info, 1, argv) || !addon_double(env, argv[0], &fd)) return NULL;
  if (!(fd >= -1 && fd <= INT32_MAX)) return addon_throw(env, NULL, "not a descriptor");
  return addon_bool(env, crash_watch((int)fd));
}

const addon_function crash_functions[] = {{"crashWatch", watch}, {NULL, NULL}};
