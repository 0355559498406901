/* answers.c -- how an engine answers what it refuses. */
#include "addon.h"

#define FIGURES 4 /* DNS mode, extended error, seconds to live, ICMP messages a second */

static void apply(weir_engine *engine, void *answers) { weir_engine_answers(engine, answers); }

static bool read_answers(napi_env env, const napi_value *argv, weir_answers *out, uint8_t **page,
                         size_t *page_len) {
  uint8_t *sinkholes;
  size_t len;
  double *figures = addon_figures(env, argv[1], FIGURES);
  if (!figures || !addon_bytes(env, argv[2], &sinkholes, &len) ||
      !addon_bytes(env, argv[3], page, page_len))
    return false;
  if (len != 32 || !(figures[0] >= 0 && figures[0] <= WEIR_DNS_REFUSED)) {
    addon_throw(env, NULL, "answers out of range");
    return false;
  }
  weir_answers_init(out);
  out->dns.mode = (uint8_t)figures[0];
  out->dns.extended_error = (uint16_t)figures[1];
  out->dns.ttl = (uint32_t)figures[2];
  out->unreachable_rate = (uint32_t)figures[3];
  memcpy(out->dns.sinkhole4.octets, sinkholes, 16);
  memcpy(out->dns.sinkhole6.octets, sinkholes + 16, 16);
  return true;
}

/* engineAnswers(engine, figures, sinkholes, page): the page is copied; an empty one is the core's own. */
static napi_value answers(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  weir_answers now;
  uint8_t *bytes, *page = NULL;
  size_t len;
  if (!addon_args(env, info, 4, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  if (!h || !read_answers(env, argv, &now, &bytes, &len)) return NULL;
  if (len) {
    page = malloc(len);
    if (!page) return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the page");
    memcpy(page, bytes, len);
    now.page = (weir_bytes){page, len};
  }
  engine_call(h, apply, &now);
  free(h->page); /* nobody reads the old one any more */
  h->page = page;
  return addon_undefined(env);
}

const addon_function answers_functions[] = {{"engineAnswers", answers}, {NULL, NULL}};
