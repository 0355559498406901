/* ruletexts.c -- the texts of many rules, and where they come from, a line for each. */
#include "addon.h"

#define LIST_NAME_MAX 4096u
#define LINE_DIGITS   10u

typedef struct sheet {
  char *base;
  size_t len, room;
} sheet;

/* What would make two lines or columns of one becomes a question mark. */
static void clean(sheet *s, size_t from) {
  for (size_t i = from; i < s->len; i++)
    if ((unsigned char)s->base[i] < 0x20 || s->base[i] == 0x7f) s->base[i] = '?';
}

static bool put_source(sheet *s, const weir_ruleset *rules, uint32_t rule) {
  weir_bytes list = {NULL, 0};
  uint32_t line;
  bool known = weir_ruleset_provenance(rules, rule, &list, &line);
  size_t name = list.len < LIST_NAME_MAX ? list.len : LIST_NAME_MAX;
  if (s->room - s->len < name + LINE_DIGITS + 3) return false; /* the tab, the colon, a zero */
  s->base[s->len++] = '\t';
  if (!known) return true;
  if (name) memcpy(s->base + s->len, list.base, name);
  s->len += name;
  clean(s, s->len - name);
  s->len += (size_t)snprintf(s->base + s->len, LINE_DIGITS + 2, ":%u", line);
  return true;
}

/* False: there is no room for it, and nothing was written. */
static bool put_rule(sheet *s, const weir_ruleset *rules, uint32_t rule, bool with_source) {
  const size_t from = s->len;
  size_t len = weir_ruleset_text(rules, rule, s->base + from, s->room - from);
  if (len >= s->room - from) return false;
  s->len += len;
  clean(s, from);
  if ((!with_source || put_source(s, rules, rule)) && s->len < s->room) {
    s->base[s->len++] = '\n';
    return true;
  }
  s->len = from;
  return false;
}

/* rulesetTexts(ruleset, numbers, withSources, out): for each number, a Uint32Array's bytes, the rule's
 * text, and behind a tab list:line; returns the bytes written.  It stops where there is no more room. */
static napi_value texts(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  uint8_t *numbers, *out;
  size_t len, room;
  bool with_source;
  if (!addon_args(env, info, 4, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !addon_bytes(env, argv[1], &numbers, &len)) return NULL;
  TRY(env, napi_get_value_bool(env, argv[2], &with_source));
  if (!addon_bytes(env, argv[3], &out, &room)) return NULL;
  sheet s = {(char *)out, 0, room};
  for (size_t at = 0; at + sizeof(uint32_t) <= len; at += sizeof(uint32_t)) {
    uint32_t rule;
    memcpy(&rule, numbers + at, sizeof rule);
    if (!put_rule(&s, &r->view, rule, with_source)) break;
  }
  return addon_number(env, (double)s.len);
}

const addon_function rule_text_functions[] = {{"rulesetTexts", texts}, {NULL, NULL}};
