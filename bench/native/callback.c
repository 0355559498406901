/* callback.c -- the other ways for a record to reach JavaScript: a call for each, plain or with an object made for it. */
#include <node_api.h>

static napi_value times(napi_env env, napi_callback_info info, int with_object) {
  size_t argc = 2;
  napi_value argv[2], receiver, result, value, object;
  uint32_t count;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_value_uint32(env, argv[0], &count);
  napi_get_undefined(env, &receiver);
  for (uint32_t i = 0; i < count; i++) {
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    napi_create_double(env, i, &value);
    if (with_object) {
      napi_create_object(env, &object);
      napi_set_named_property(env, object, "packetsUp", value);
      napi_set_named_property(env, object, "bytesUp", value);
      napi_set_named_property(env, object, "kind", value);
      value = object;
    }
    napi_call_function(env, receiver, argv[1], 1, &value, &result);
    napi_close_handle_scope(env, scope);
  }
  return receiver;
}

static napi_value call_plain(napi_env env, napi_callback_info info) { return times(env, info, 0); }
static napi_value call_object(napi_env env, napi_callback_info info) { return times(env, info, 1); }

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "callPlain", NAPI_AUTO_LENGTH, call_plain, NULL, &function);
  napi_set_named_property(env, exports, "callPlain", function);
  napi_create_function(env, "callObject", NAPI_AUTO_LENGTH, call_object, NULL, &function);
  napi_set_named_property(env, exports, "callObject", function);
  return exports;
}
