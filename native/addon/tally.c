/* tally.c -- records counted for a summary, where they lie. */
#include "addon.h"

#include <sys/mman.h>

#include "tally.h"

#define TOP_MAX 1000u

typedef struct tally_handle {
  uint32_t kind;
  size_t size;
  tally *tally;
} tally_handle;

static void finalize_tally(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  tally_handle *h = data;
  munmap(h->tally, h->size);
  free(h);
}

/* tallyCreate(maxHosts, seed): the seed is 16 bytes. */
static napi_value create(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  uint32_t max;
  uint8_t *bytes;
  size_t len;
  uint64_t seed[2];
  if (!addon_args(env, info, 2, argv) || !addon_u32(env, argv[0], &max) ||
      !addon_bytes(env, argv[1], &bytes, &len)) {
    return NULL;
  }
  size_t size = tally_size(max);
  if (!size || len != sizeof seed) return addon_throw(env, NULL, "hosts or seed out of range");
  memcpy(seed, bytes, sizeof seed);
  tally_handle *h = calloc(1, sizeof *h);
  void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!h || base == MAP_FAILED) {
    if (base != MAP_FAILED) munmap(base, size);
    free(h);
    return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the summary");
  }
  *h = (tally_handle){HANDLE_TALLY, size, tally_init(base, max, seed)};
  if (napi_create_external(env, h, finalize_tally, NULL, &out) == napi_ok) return out;
  finalize_tally(env, h, NULL);
  return addon_throw(env, NULL, "napi_create_external");
}

/* tallyAdd(tally, bytes, offset, count): records at `offset` of `bytes`. */
static napi_value add(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  uint8_t *bytes;
  size_t len;
  uint32_t count;
  double offset;
  if (!addon_args(env, info, 4, argv)) return NULL;
  tally_handle *h = addon_handle(env, argv[0], HANDLE_TALLY);
  if (!h || !addon_bytes(env, argv[1], &bytes, &len) || !addon_double(env, argv[2], &offset) ||
      !addon_u32(env, argv[3], &count)) {
    return NULL;
  }
  if (!(offset >= 0 && offset <= (double)len) ||
      count > (len - (size_t)offset) / sizeof(weir_record) ||
      (uintptr_t)(bytes + (size_t)offset) % sizeof(uint64_t)) {
    return addon_throw(env, NULL, "records outside of their memory");
  }
  tally_add(h->tally, (const weir_record *)(const void *)(bytes + (size_t)offset), count);
  return addon_undefined(env);
}

static void put(double **out, const uint64_t *values, size_t count) {
  for (size_t i = 0; i < count; i++) *(*out)++ = (double)values[i];
}

/* tallyFigures(tally, out): flows, DNS records, hosts, hosts left out; then flows by protocol, by
 * verdict, by action. */
static napi_value figures(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  if (!addon_args(env, info, 2, argv)) return NULL;
  tally_handle *h = addon_handle(env, argv[0], HANDLE_TALLY);
  if (!h) return NULL;
  const tally *t = h->tally;
  const uint64_t first[] = {t->flows, t->dns, t->count, t->hosts_left_out};
  const size_t each[] = {sizeof first / sizeof *first, sizeof t->protocols / sizeof *t->protocols,
                         sizeof t->verdicts / sizeof *t->verdicts,
                         sizeof t->actions / sizeof *t->actions};
  double *out = addon_figures(env, argv[1], each[0] + each[1] + each[2] + each[3]);
  if (!out) return NULL;
  put(&out, first, each[0]);
  put(&out, t->protocols, each[1]);
  put(&out, t->verdicts, each[2]);
  put(&out, t->actions, each[3]);
  return addon_undefined(env);
}

/* tallyTop(tally, n): the most frequent hosts, as [text, flows] pairs. */
static napi_value top(napi_env env, napi_callback_info info) {
  napi_value argv[2], list, pair, text, flows;
  uint32_t n, hosts[TOP_MAX];
  if (!addon_args(env, info, 2, argv)) return NULL;
  tally_handle *h = addon_handle(env, argv[0], HANDLE_TALLY);
  if (!h || !addon_u32(env, argv[1], &n)) return NULL;
  if (n > TOP_MAX) return addon_throw(env, NULL, "more hosts than 1000");
  n = tally_top(h->tally, hosts, n);
  TRY(env, napi_create_array_with_length(env, n, &list));
  for (uint32_t i = 0; i < n; i++) {
    weir_bytes name = tally_host_text(h->tally, hosts[i]);
    TRY(env, napi_create_array_with_length(env, 2, &pair));
    TRY(env, napi_create_string_latin1(env, (const char *)name.base, name.len, &text));
    TRY(env, napi_create_uint32(env, h->tally->hosts[hosts[i]].flows, &flows));
    TRY(env, napi_set_element(env, pair, 0, text));
    TRY(env, napi_set_element(env, pair, 1, flows));
    TRY(env, napi_set_element(env, list, i, pair));
  }
  return list;
}

const addon_function tally_functions[] = {{"tallyCreate", create},
                                          {"tallyAdd", add},
                                          {"tallyFigures", figures},
                                          {"tallyTop", top},
                                          {NULL, NULL}};
