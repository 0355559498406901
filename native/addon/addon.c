/* addon.c -- the module's table of functions, and the checks of their arguments. */
#include "addon.h"

#ifdef __linux__
#include "loop.h"
#endif

napi_value addon_throw(napi_env env, const char *code, const char *message) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && !pending) {
    napi_throw_error(env, code ? code : "WEIR_BAD_ARGUMENT", message);
  }
  return NULL;
}

bool addon_args(napi_env env, napi_callback_info info, size_t count, napi_value *argv) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, argv, NULL, NULL) == napi_ok && given == count) {
    return true;
  }
  addon_throw(env, NULL, "wrong number of arguments");
  return false;
}

void *addon_handle(napi_env env, napi_value value, handle_kind kind) {
  napi_valuetype type;
  void *data = NULL;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_external &&
      napi_get_value_external(env, value, &data) == napi_ok && data) {
    uint32_t found;
    memcpy(&found, data, sizeof found);
    if (found == (uint32_t)kind) return data;
  }
  addon_throw(env, NULL, "not a handle of this kind");
  return NULL;
}

engine_handle *addon_shared_engine(napi_env env, napi_value value) {
  engine_handle *h = addon_handle(env, value, HANDLE_ENGINE);
  if (!h || h->engine) return h;
  addon_throw(env, "WEIR_CLOSED", "the engine is closed");
  return NULL;
}

engine_handle *addon_engine(napi_env env, napi_value value) {
  engine_handle *h = addon_shared_engine(env, value);
  if (!h || !h->live) return h;
  addon_throw(env, "WEIR_ENGINE_BUSY", "a packet thread has the engine; stop it first");
  return NULL;
}

void engine_call(engine_handle *h, void (*call)(weir_engine *engine, void *argument),
                 void *argument) {
#ifdef __linux__
  if (h->live) {
    loop_call(h->live, call, argument);
    return;
  }
#endif
  call(h->engine, argument);
}

bool addon_bytes(napi_env env, napi_value value, uint8_t **base, size_t *len) {
  napi_typedarray_type type;
  void *data = NULL;
  bool is_array = false;
  if (napi_is_typedarray(env, value, &is_array) == napi_ok && is_array &&
      napi_get_typedarray_info(env, value, &type, len, &data, NULL, NULL) == napi_ok &&
      type == napi_uint8_array) {
    *base = data;
    return true;
  }
  addon_throw(env, NULL, "not a Uint8Array");
  return false;
}

double *addon_figures(napi_env env, napi_value value, size_t count) {
  napi_typedarray_type type;
  void *data = NULL;
  size_t len = 0;
  bool is_array = false;
  if (napi_is_typedarray(env, value, &is_array) == napi_ok && is_array &&
      napi_get_typedarray_info(env, value, &type, &len, &data, NULL, NULL) == napi_ok &&
      type == napi_float64_array && len >= count) {
    return data;
  }
  addon_throw(env, NULL, "not a Float64Array of the right length");
  return NULL;
}

#define BYTES_PER_PACKET (2 * sizeof(double) + 4 * sizeof(uint32_t) + 5)

bool addon_batch(napi_env env, napi_value value, batch_arrays *out) {
  uint8_t *base;
  size_t size;
  if (!addon_bytes(env, value, &base, &size)) return false;
  if ((uintptr_t)base % sizeof(double)) {
    addon_throw(env, NULL, "a batch's arrays are not aligned");
    return false;
  }
  size_t n = out->capacity = size / BYTES_PER_PACKET;
  uint8_t *words = base + 2 * n * sizeof(double), *bytes = words + 4 * n * sizeof(uint32_t);
  out->times = (double *)(void *)base;
  out->flow_ids = out->times + n;
  out->offsets = (uint32_t *)(void *)words;
  out->lengths = out->offsets + n;
  out->wire_lengths = out->lengths + n;
  out->rules = out->wire_lengths + n;
  out->directions = bytes;
  out->verdicts = bytes + n;
  out->reasons = bytes + 2 * n;
  out->actions = bytes + 3 * n;
  out->protocols = bytes + 4 * n;
  return true;
}

bool addon_u32(napi_env env, napi_value value, uint32_t *out) {
  double number;
  if (!addon_double(env, value, &number)) return false;
  if (number >= 0 && number <= UINT32_MAX) {
    *out = (uint32_t)number;
    return true;
  }
  addon_throw(env, NULL, "number out of range");
  return false;
}

bool addon_double(napi_env env, napi_value value, double *out) {
  if (napi_get_value_double(env, value, out) == napi_ok) return true;
  addon_throw(env, NULL, "not a number");
  return false;
}

napi_status addon_set_number(napi_env env, napi_value object, const char *name, double value) {
  napi_value number;
  napi_status status = napi_create_double(env, value, &number);
  return status == napi_ok ? napi_set_named_property(env, object, name, number) : status;
}

napi_status addon_set_text(napi_env env, napi_value object, const char *name, weir_bytes text) {
  napi_value string;
  const char *base = text.len ? (const char *)text.base : "";
  napi_status status = napi_create_string_utf8(env, base, text.len, &string);
  return status == napi_ok ? napi_set_named_property(env, object, name, string) : status;
}

napi_value addon_undefined(napi_env env) {
  napi_value value;
  return napi_get_undefined(env, &value) == napi_ok ? value : NULL;
}

napi_value addon_bool(napi_env env, bool value) {
  napi_value out;
  return napi_get_boolean(env, value, &out) == napi_ok ? out : NULL;
}

napi_value addon_number(napi_env env, double value) {
  napi_value out;
  return napi_create_double(env, value, &out) == napi_ok ? out : NULL;
}

static napi_status add_functions(napi_env env, napi_value exports, const addon_function *table) {
  for (; table->name; table++) {
    napi_value function;
    napi_status status =
        napi_create_function(env, table->name, NAPI_AUTO_LENGTH, table->call, NULL, &function);
    if (status == napi_ok) {
      status = napi_set_named_property(env, exports, table->name, function);
    }
    if (status != napi_ok) return status;
  }
  return napi_ok;
}

NAPI_MODULE_INIT() {
  const addon_function *tables[] = {
      layout_functions,  ruleset_functions, rule_text_functions, engine_functions,  use_functions,
      answers_functions, bypass_functions,  inspect_functions,   capture_functions, tally_functions,
#ifdef __linux__
      live_functions,    guard_functions,   tap_functions,       crash_functions,
#endif
  };
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    TRY(env, add_functions(env, exports, tables[i]));
  }
  return exports;
}
