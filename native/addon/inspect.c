/* inspect.c -- batches of packets into the engine, verdicts out. */
#include "addon.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#define BATCH 64 /* packets put together on the stack for one call of the core */

static bool packet_of(const batch_arrays *b, size_t i, const uint8_t *data, size_t len,
                      weir_packet *out) {
  if (b->offsets[i] > len || b->lengths[i] > len - b->offsets[i]) return false;
  double time = b->times[i];
  if (!(time >= 0 && time < 9007199254740992.0)) return false;
  *out = (weir_packet){.data = data + b->offsets[i],
                       .len = b->lengths[i],
                       .wire_len = b->wire_lengths[i],
                       .now_us = (uint64_t)time,
                       .direction = b->directions[i]};
  return true;
}

static void put_results(const batch_arrays *b, size_t at, const weir_result *results, size_t n) {
  for (size_t i = 0; i < n; i++) {
    b->flow_ids[at + i] = (double)results[i].flow_id;
    b->rules[at + i] = results[i].rule;
    b->verdicts[at + i] = results[i].verdict;
    b->reasons[at + i] = results[i].reason;
    b->actions[at + i] = results[i].action;
    b->protocols[at + i] = results[i].protocol;
  }
}

/* engineInspect(engine, packetBytes, arrays, from, to): judges packets from..to; returns
 * where it stopped, below `to` when the record ring has no room. */
static napi_value inspect(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  uint8_t *data;
  size_t len;
  uint32_t at, to;
  batch_arrays batch;
  if (!addon_args(env, info, 5, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  if (!h || !addon_bytes(env, argv[1], &data, &len) || !addon_batch(env, argv[2], &batch) ||
      !addon_u32(env, argv[3], &at) || !addon_u32(env, argv[4], &to)) {
    return NULL;
  }
  if (to > batch.capacity) {
    return addon_throw(env, NULL, "more packets than the batch has room for");
  }
  while (at < to) {
    weir_packet packets[BATCH];
    weir_result results[BATCH];
    size_t n = to - at < BATCH ? to - at : BATCH;
    for (size_t i = 0; i < n; i++) {
      if (!packet_of(&batch, at + i, data, len, &packets[i])) {
        return addon_throw(env, NULL, "a packet lies outside of the batch's bytes or of time");
      }
    }
    size_t done = weir_inspect(h->engine, packets, n, results);
    put_results(&batch, at, results, done);
    at += (uint32_t)done;
    if (done < n) break;
  }
  return addon_number(env, at);
}

static napi_value tick(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  double now;
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  if (!h || !addon_double(env, argv[1], &now)) return NULL;
  if (!(now >= 0 && now < 9007199254740992.0)) return addon_throw(env, NULL, "time out of range");
  return addon_bool(env, weir_tick(h->engine, (uint64_t)now));
}

static napi_value next_deadline(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  if (!h) return NULL;
  uint64_t at = weir_next_deadline(h->engine);
  return addon_number(env, at == UINT64_MAX ? (double)INFINITY : (double)at);
}

static napi_value finish(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  return h ? addon_bool(env, weir_finish(h->engine)) : NULL;
}

/* Private anonymous memory: pages that are given back are zeros when they are touched again. */
static void give_back(void *context, void *base, size_t len) {
  (void)context;
  madvise(base, len, MADV_DONTNEED);
}

/* engineTrim(engine, level): the bytes of the pages that hold nothing. */
static napi_value trim(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint32_t level;
  if (!addon_args(env, info, 2, argv)) return NULL;
  engine_handle *h = addon_engine(env, argv[0]);
  if (!h || !addon_u32(env, argv[1], &level)) return NULL;
  if (level > WEIR_TRIM_SILENT) return addon_throw(env, NULL, "no such level");
  weir_pager pager = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE), .pages = give_back};
  return addon_number(env, (double)weir_trim(h->engine, (weir_trim_level)level, &pager));
}

const addon_function inspect_functions[] = {
    {"engineInspect", inspect}, {"engineTick", tick}, {"engineNextDeadline", next_deadline},
    {"engineFinish", finish},   {"engineTrim", trim}, {NULL, NULL}};
