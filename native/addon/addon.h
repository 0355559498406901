/* addon.h -- what the files of the Node-API shell share.  No logic lives here: each
 * function checks its arguments, calls the core, and hands back what it said. */
#ifndef WEIR_ADDON_H
#define WEIR_ADDON_H

#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "weir.h"

/* Throws whatever went wrong in the last Node-API call, or `message`. */
napi_value addon_throw(napi_env env, const char *code, const char *message);

/* For calls of Node-API itself: they fail when an exception is pending or an argument is wrong. */
#define TRY(env, call)                                           \
  do {                                                           \
    if ((call) != napi_ok) return addon_throw(env, NULL, #call); \
  } while (0)

/* Every object that JavaScript holds begins with its kind. */
typedef enum {
  HANDLE_RULESET = 0x57520001,
  HANDLE_ENGINE,
  HANDLE_CAPTURE,
  HANDLE_TALLY,
  HANDLE_LIVE,
  HANDLE_TAP
} handle_kind;

typedef struct ruleset_handle {
  uint32_t kind;
  uint32_t owners; /* JavaScript and every engine that uses it */
  weir_ruleset view;
  void *bytes;
  size_t size;
  bool mapped; /* else from malloc */
} ruleset_handle;

typedef struct memory_block { /* owners: the engine, and the ArrayBuffer over it */
  void *base;
  size_t size;
  uint32_t owners;
} memory_block;

#define RULES_KEPT 4

/* Rules that an engine used, and the generation that its records know them by. */
typedef struct used_rules {
  ruleset_handle *rules; /* NULL: none */
  uint16_t generation;
} used_rules;

typedef struct engine_handle {
  uint32_t kind;
  weir_engine *engine; /* NULL after close */
  memory_block *block;
  uint8_t *pages;              /* of its answers, from malloc; or NULL */
  struct loop *live;           /* the packet thread that has the engine now; or NULL */
  used_rules used[RULES_KEPT]; /* the newest first */
} engine_handle;

/* Exactly `count` arguments; false with an exception pending. */
bool addon_args(napi_env env, napi_callback_info info, size_t count, napi_value *argv);

/* The handle, or NULL with an exception pending. */
void *addon_handle(napi_env env, napi_value value, handle_kind kind);

/* As addon_handle, and the engine is open and no packet thread has it. */
engine_handle *addon_engine(napi_env env, napi_value value);
/* As addon_handle, and the engine is open: it is to be touched through engine_call only. */
engine_handle *addon_shared_engine(napi_env env, napi_value value);

/* Runs `call` where the engine is: on the packet thread between two batches, or here. */
void engine_call(engine_handle *h, void (*call)(weir_engine *engine, void *argument),
                 void *argument);

/* The memory of a typed array of bytes; false with an exception pending. */
bool addon_bytes(napi_env env, napi_value value, uint8_t **base, size_t *len);

/* A Float64Array with room for `count` figures; NULL with an exception pending. */
double *addon_figures(napi_env env, napi_value value, size_t count);

bool addon_u32(napi_env env, napi_value value, uint32_t *out);
bool addon_double(napi_env env, napi_value value, double *out);

/* Sets `name` of `object`. */
napi_status addon_set_number(napi_env env, napi_value object, const char *name, double value);
napi_status addon_set_text(napi_env env, napi_value object, const char *name, weir_bytes text);

napi_value addon_undefined(napi_env env);
napi_value addon_bool(napi_env env, bool value);
napi_value addon_number(napi_env env, double value);

/* A batch is one buffer of parallel arrays, widest first, so that each is aligned.
 * src/engine/batch.ts has the same order. */
typedef struct batch_arrays {
  double *times, *flow_ids;
  uint32_t *offsets, *lengths, *wire_lengths, *rules;
  uint8_t *directions, *verdicts, *reasons, *actions, *protocols;
  size_t capacity;
} batch_arrays;

/* Over the memory of a Uint8Array; false with an exception pending. */
bool addon_batch(napi_env env, napi_value value, batch_arrays *out);

/* The open ruleset, or NULL with an exception pending. */
ruleset_handle *addon_ruleset(napi_env env, napi_value value);

/* Where a rule comes from, as an object; undefined when there is no such rule. Its categories are its
 * list's where `categories` is NULL. */
napi_value addon_provenance(napi_env env, const weir_ruleset *rules, uint32_t rule,
                            const uint64_t *categories);

void ruleset_release(ruleset_handle *rules);
void memory_release(memory_block *block);

typedef struct addon_function {
  const char *name;
  napi_callback call;
} addon_function;

/* One table a file; each ends with a NULL name. */
extern const addon_function layout_functions[];
extern const addon_function ruleset_functions[];
extern const addon_function rule_text_functions[];
extern const addon_function engine_functions[];
extern const addon_function use_functions[];
extern const addon_function answers_functions[];
extern const addon_function bypass_functions[];
extern const addon_function inspect_functions[];
extern const addon_function capture_functions[];
extern const addon_function tally_functions[];
#ifdef __linux__
extern const addon_function live_functions[];
extern const addon_function guard_functions[];
extern const addon_function tap_functions[];
extern const addon_function crash_functions[];
#endif

#endif
