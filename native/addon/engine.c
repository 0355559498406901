/* engine.c -- the engine's life: its one block of memory, its config, its clock and its records. */
#include "addon.h"

#include <sys/mman.h>

#include "largepages.h"
#include "openssl.h"
#include "ring.h"

/* The crypto provider is the engine's own: it is for one thread. */
typedef struct engine_box {
  engine_handle handle; /* first: the handle is the box */
  weir_crypto crypto;
} engine_box;

void memory_release(memory_block *block) {
  if (!block || --block->owners) return;
  munmap(block->base, block->size);
  free(block);
}

static void close_engine(engine_box *box) {
  box->handle.engine = NULL;
  for (size_t i = 0; i < RULES_KEPT; i++) {
    ruleset_release(box->handle.used[i].rules);
    box->handle.used[i].rules = NULL;
  }
  memory_release(box->handle.block);
  box->handle.block = NULL;
  weir_crypto_openssl_free(&box->crypto);
  free(box->handle.pages);
  box->handle.pages = NULL;
}

static void finalize_engine(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  close_engine(data);
  free(data);
}

/* ---- config -------------------------------------------------------------- */

/* Absent options keep the core's default. */
static bool option(napi_env env, napi_value options, const char *name, double max, double *out) {
  napi_value value;
  napi_valuetype type;
  if (napi_get_named_property(env, options, name, &value) != napi_ok ||
      napi_typeof(env, value, &type) != napi_ok) {
    return false;
  }
  if (type == napi_undefined) return true;
  if (napi_get_value_double(env, value, out) == napi_ok && *out >= 0 && *out <= max) return true;
  char message[96];
  snprintf(message, sizeof message, "%s: number expected, 0 to %.0f", name, max);
  addon_throw(env, NULL, message);
  return false;
}

static bool option_u32(napi_env env, napi_value options, const char *name, uint32_t *field) {
  double value = *field;
  if (!option(env, options, name, UINT32_MAX, &value)) return false;
  *field = (uint32_t)value;
  return true;
}

static bool option_us(napi_env env, napi_value options, const char *name, uint64_t *field) {
  double value = (double)*field;
  if (!option(env, options, name, 9007199254740991.0, &value)) return false;
  *field = (uint64_t)value;
  return true;
}

/* A Uint8Array of networks, 17 bytes each: the mapped address and its bits. */
static bool option_home(napi_env env, napi_value options, weir_config *config) {
  napi_value value;
  napi_valuetype type;
  uint8_t *bytes;
  size_t len;
  if (napi_get_named_property(env, options, "home", &value) != napi_ok ||
      napi_typeof(env, value, &type) != napi_ok) {
    return false;
  }
  if (type == napi_undefined) return true;
  if (!addon_bytes(env, value, &bytes, &len)) return false;
  if (len % 17 || len / 17 > WEIR_HOME_MAX) {
    addon_throw(env, NULL, "home: too many networks");
    return false;
  }
  config->home_count = (uint32_t)(len / 17);
  for (size_t i = 0; i < len / 17; i++) {
    memcpy(config->home[i].addr.octets, bytes + 17 * i, 16);
    config->home[i].bits = bytes[17 * i + 16];
  }
  return true;
}

/* A Uint8Array of just so many bytes. */
static bool option_bytes(napi_env env, napi_value options, const char *name, void *field,
                         size_t size) {
  napi_value value;
  napi_valuetype type;
  uint8_t *bytes;
  size_t len;
  if (napi_get_named_property(env, options, name, &value) != napi_ok ||
      napi_typeof(env, value, &type) != napi_ok) {
    return false;
  }
  if (type == napi_undefined) return true;
  if (!addon_bytes(env, value, &bytes, &len)) return false;
  if (len != size) {
    char message[64];
    snprintf(message, sizeof message, "%s: %zu bytes expected", name, size);
    addon_throw(env, NULL, message);
    return false;
  }
  memcpy(field, bytes, size);
  return true;
}

static bool read_config(napi_env env, napi_value options, weir_config *config) {
  double preset = WEIR_PRESET_SERVER;
  if (!option(env, options, "preset", WEIR_PRESET_TINY, &preset)) return false;
  weir_config_preset(config, sizeof *config, (weir_preset)preset);
  double on_malformed = config->on_malformed;
  if (!option(env, options, "onMalformed", WEIR_VERDICT_PASS, &on_malformed)) return false;
  config->on_malformed = (uint8_t)on_malformed;
  double tells_judged = 0;
  if (!option(env, options, "tellsJudged", 1, &tells_judged)) return false;
  config->tells_judged = tells_judged > 0;
  return option_u32(env, options, "maxFlows", &config->max_flows) &&
         option_u32(env, options, "maxRecords", &config->max_records) &&
         option_u32(env, options, "maxAssemblers", &config->max_assemblers) &&
         option_u32(env, options, "assemblerBytes", &config->assembler_bytes) &&
         option_u32(env, options, "maxFragments", &config->max_fragments) &&
         option_u32(env, options, "maxHints", &config->max_hints) &&
         option_u32(env, options, "maxDnsPending", &config->max_dns_pending) &&
         option_u32(env, options, "maxNames", &config->max_names) &&
         option_us(env, options, "tcpIdle", &config->tcp_idle_us) &&
         option_us(env, options, "tcpOpen", &config->tcp_open_us) &&
         option_us(env, options, "tcpClose", &config->tcp_close_us) &&
         option_us(env, options, "udpIdle", &config->udp_idle_us) &&
         option_us(env, options, "fragmentTimeout", &config->fragment_us) &&
         option_u32(env, options, "maxBypasses", &config->max_bypasses) &&
         option_u32(env, options, "bypassSeconds", &config->bypass_s) &&
         option_home(env, options, config) &&
         option_bytes(env, options, "seed", config->seed, sizeof config->seed) &&
         option_bytes(env, options, "bypassKey", config->bypass_key, sizeof config->bypass_key);
}

/* ---- life ---------------------------------------------------------------- */

/* Anonymous pages: zeroed, aligned, and not resident before they are used. */
static memory_block *memory_new(size_t size) {
  memory_block *block = calloc(1, sizeof *block);
  void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!block || base == MAP_FAILED) {
    if (base != MAP_FAILED) munmap(base, size);
    free(block);
    return NULL;
  }
  *block = (memory_block){base, size, 1};
  return block;
}

static const char *start_engine(engine_box *box, weir_config *config, const char **code) {
  size_t size = weir_engine_size(config);
  *code = "WEIR_BAD_ARGUMENT";
  if (!size) return "an option is out of its documented range";
  *code = "WEIR_NO_MEMORY";
  if (!weir_crypto_openssl_new(&box->crypto)) return "no AES-128-GCM in this OpenSSL";
  config->crypto = &box->crypto;
  box->handle.block = memory_new(size);
  if (!box->handle.block) return "no memory for the engine";
  weir_status status = weir_engine_init(&box->handle.engine, box->handle.block->base, size, config);
  if (status != WEIR_OK) return weir_status_text(status);
  large_pages_prefer(box->handle.engine, box->handle.block);
  return NULL;
}

static napi_value create(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  weir_config config;
  const char *code;
  if (!addon_args(env, info, 1, argv) || !read_config(env, argv[0], &config)) {
    return addon_throw(env, NULL, "options expected");
  }
  engine_box *box = calloc(1, sizeof *box);
  if (!box) return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the engine");
  box->handle.kind = HANDLE_ENGINE;
  const char *error = start_engine(box, &config, &code);
  if (error || napi_create_external(env, box, finalize_engine, NULL, &out) != napi_ok) {
    finalize_engine(env, box, NULL);
    return addon_throw(env, code, error ? error : "napi_create_external");
  }
  return out;
}

static void finalize_ring(napi_env env, void *data, void *hint) {
  (void)env, (void)data;
  memory_release(hint);
}

/* engineRing(engine, figures): the memory of the ring, in which records are read in place; the
 * figure is the size of all of the engine's. That is not shown to V8, which would collect garbage in the
 * face of so much. */
static napi_value ring_call(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  double *figures = h ? addon_figures(env, argv[1], 1) : NULL;
  if (!figures) return NULL;
  const ring *r = ring_of(h->engine);
  figures[0] = (double)h->block->size;
  h->block->owners++;
  if (napi_create_external_arraybuffer(env, r->entries, (r->mask + 1) * sizeof(weir_record),
                                       finalize_ring, h->block, &out) != napi_ok) {
    h->block->owners--;
    return addon_throw(env, "WEIR_NO_MEMORY", "this runtime has no external array buffers");
  }
  return out;
}

/* engineClose(engine, ring): the ring is detached: JavaScript must not read what is gone. */
static napi_value close_call(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_handle(env, argv[0], HANDLE_ENGINE);
  if (!h) return NULL;
  if (h->live)
    return addon_throw(env, "WEIR_ENGINE_BUSY", "a packet thread has the engine; stop it first");
  close_engine((engine_box *)h);
  TRY(env, napi_detach_arraybuffer(env, argv[1]));
  return addon_undefined(env);
}

static void read_counters(weir_engine *engine, void *out) { weir_get_counters(engine, out); }

static napi_value counters(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  weir_counters now;
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  double *out = h ? addon_figures(env, argv[1], sizeof now / sizeof(uint64_t)) : NULL;
  if (!out) return NULL;
  engine_call(h, read_counters, &now);
  uint64_t values[sizeof now / sizeof(uint64_t)];
  memcpy(values, &now, sizeof now);
  for (size_t i = 0; i < sizeof now / sizeof(uint64_t); i++) out[i] = (double)values[i];
  return addon_undefined(env);
}

/* The next run of records: returns their count and puts their place in it into out[0]. */
static napi_value records(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t count;
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  double *out = h ? addon_figures(env, argv[1], 1) : NULL;
  if (!out) return NULL;
  const weir_record *first = weir_records(h->engine, &count);
  out[0] =
      count ? (double)((const uint8_t *)first - (const uint8_t *)ring_of(h->engine)->entries) : 0;
  return addon_number(env, (double)count);
}

static napi_value release(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint32_t count;
  size_t readable;
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  if (!h || !addon_u32(env, argv[1], &count)) return NULL;
  weir_records(h->engine, &readable);
  if (count > readable) return addon_throw(env, NULL, "more records than are readable");
  weir_records_release(h->engine, count);
  return addon_undefined(env);
}

const addon_function engine_functions[] = {{"engineCreate", create},
                                           {"engineRing", ring_call},
                                           {"engineClose", close_call},
                                           {"engineCounters", counters},
                                           {"engineRecords", records},
                                           {"engineRelease", release},
                                           {NULL, NULL}};
