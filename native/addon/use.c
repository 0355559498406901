/* use.c -- rules into an engine; and where its records' rules came from, for as long as can be asked. */
#include "addon.h"

/* A flow's record may come long after its rules gave way: the last few are kept. */
static void remember(engine_handle *h, ruleset_handle *rules, uint16_t generation) {
  ruleset_release(h->used[RULES_KEPT - 1].rules);
  memmove(h->used + 1, h->used, sizeof h->used - sizeof h->used[0]);
  if (rules) rules->owners++;
  h->used[0] = (used_rules){rules, generation};
}

typedef struct change {
  const weir_ruleset *rules;
  uint32_t protection, otherwise;
  weir_status status;
  uint16_t generation;
} change;

static void apply(weir_engine *engine, void *argument) {
  change *c = argument;
  c->status = weir_engine_mode(engine, (weir_protection)c->protection, (weir_action)c->otherwise);
  if (c->status == WEIR_OK) weir_engine_use(engine, c->rules);
  c->generation = weir_engine_generation(engine);
}

/* engineUse(engine, ruleset | null, protection, defaultAction) */
static napi_value use(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  napi_valuetype type;
  ruleset_handle *rules = NULL;
  change c;
  if (!addon_args(env, info, 4, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  if (!h) return NULL;
  TRY(env, napi_typeof(env, argv[1], &type));
  if (type != napi_null && !(rules = addon_ruleset(env, argv[1]))) return NULL;
  if (!addon_u32(env, argv[2], &c.protection) || !addon_u32(env, argv[3], &c.otherwise))
    return NULL;
  c.rules = rules ? &rules->view : NULL;
  engine_call(h, apply, &c);
  if (c.status != WEIR_OK) return addon_throw(env, "WEIR_BAD_ARGUMENT", weir_status_text(c.status));
  remember(h, rules, c.generation);
  return addon_undefined(env);
}

/* engineRule(engine, rule, generation, low, high): undefined when those rules are gone. The latter are the
 * halves of the categories to be named; both zero: those of the rule's list. */
static napi_value rule_of(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  uint32_t rule, generation, low, high;
  if (!addon_args(env, info, 5, argv)) return NULL;
  engine_handle *h = addon_shared_engine(env, argv[0]);
  if (!h || !addon_u32(env, argv[1], &rule) || !addon_u32(env, argv[2], &generation)) return NULL;
  if (!addon_u32(env, argv[3], &low) || !addon_u32(env, argv[4], &high)) return NULL;
  uint64_t categories = (uint64_t)high << 32 | low;
  for (size_t i = 0; i < RULES_KEPT; i++)
    if (h->used[i].rules && h->used[i].generation == generation)
      return addon_provenance(env, &h->used[i].rules->view, rule, categories ? &categories : NULL);
  return addon_undefined(env);
}

const addon_function use_functions[] = {{"engineUse", use}, {"engineRule", rule_of}, {NULL, NULL}};
