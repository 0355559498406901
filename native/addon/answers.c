/* answers.c -- how an engine answers what it refuses. */
#include "addon.h"

#define FIGURES \
  5 /* DNS mode, extended error, seconds to live, ICMP messages a second, whether names warned about are answered */

static void apply(weir_engine *engine, void *answers) { weir_engine_answers(engine, answers); }

static bool read_answers(napi_env env, const napi_value *argv, weir_answers *out) {
  uint8_t *sinkholes;
  size_t len;
  double *figures = addon_figures(env, argv[1], FIGURES);
  if (!figures || !addon_bytes(env, argv[2], &sinkholes, &len)) return false;
  if (len != 32 || !(figures[0] >= 0 && figures[0] <= WEIR_DNS_REFUSED)) {
    addon_throw(env, NULL, "answers out of range");
    return false;
  }
  weir_answers_init(out);
  out->dns.mode = (uint8_t)figures[0];
  out->dns.extended_error = (uint16_t)figures[1];
  out->dns.ttl = (uint32_t)figures[2];
  out->unreachable_rate = (uint32_t)figures[3];
  out->dns.stops_warned = figures[4] != 0;
  memcpy(out->dns.sinkhole4.octets, sinkholes, 16);
  memcpy(out->dns.sinkhole6.octets, sinkholes + 16, 16);
  return true;
}

/* Both pages in one block from malloc; false with an exception pending. */
static bool copy_pages(napi_env env, const napi_value *argv, weir_answers *out, uint8_t **pages) {
  uint8_t *page, *warn_page;
  size_t len, warn_len;
  if (!addon_bytes(env, argv[0], &page, &len) || !addon_bytes(env, argv[1], &warn_page, &warn_len))
    return false;
  *pages = malloc(len + warn_len + 1);
  if (!*pages) {
    addon_throw(env, "WEIR_NO_MEMORY", "no memory for the pages");
    return false;
  }
  if (len) memcpy(*pages, page, len);
  if (warn_len) memcpy(*pages + len, warn_page, warn_len);
  out->page = (weir_bytes){*pages, len};
  out->warn_page = (weir_bytes){*pages + len, warn_len};
  return true;
}

/* engineAnswers(engine, figures, sinkholes, page, warnPage): pages are copied; an empty one is the core's own. */
static napi_value answers(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  weir_answers now;
  uint8_t *pages;
  if (!addon_args(env, info, 5, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  if (!h || !read_answers(env, argv, &now) || !copy_pages(env, argv + 3, &now, &pages)) return NULL;
  engine_call(h, apply, &now);
  free(h->pages); /* nobody reads the old ones any more */
  h->pages = pages;
  return addon_undefined(env);
}

const addon_function answers_functions[] = {{"engineAnswers", answers}, {NULL, NULL}};
