/* ruleset.c -- compiled rulesets: mapped read-only from a file, or copied from a buffer. */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* One more than a host with its trailing dot may have, and the final zero: a longer one shows. */
#define HOST_ROOM (WEIR_NAME_MAX + 3u)

void ruleset_release(ruleset_handle *rules) {
  if (!rules || --rules->owners) return;
  if (rules->mapped) {
    munmap(rules->bytes, rules->size);
  } else {
    free(rules->bytes);
  }
  free(rules);
}

/* The handle outlives its bytes until JavaScript has let go of it. */
typedef struct ruleset_box {
  uint32_t kind;
  ruleset_handle *rules; /* NULL after close */
} ruleset_box;

static void finalize_box(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  ruleset_release(((ruleset_box *)data)->rules);
  free(data);
}

ruleset_handle *addon_ruleset(napi_env env, napi_value value) {
  ruleset_box *box = addon_handle(env, value, HANDLE_RULESET);
  if (box && !box->rules) addon_throw(env, "WEIR_CLOSED", "the ruleset is closed");
  return box ? box->rules : NULL;
}

/* Takes over `bytes`; checks them once, as the core asks. */
static napi_value box_ruleset(napi_env env, void *bytes, size_t size, bool mapped) {
  ruleset_handle *rules = calloc(1, sizeof *rules);
  ruleset_box *box = calloc(1, sizeof *box);
  if (!rules || !box) abort();
  *rules = (ruleset_handle){
      .kind = HANDLE_RULESET, .owners = 1, .bytes = bytes, .size = size, .mapped = mapped};
  *box = (ruleset_box){HANDLE_RULESET, rules};
  weir_status status = weir_ruleset_open(&rules->view, (weir_bytes){bytes, size});
  napi_value out;
  if (status != WEIR_OK) {
    finalize_box(env, box, NULL);
    return addon_throw(env,
                       status == WEIR_RULESET_VERSION ? "WEIR_RULESET_VERSION" : "WEIR_BAD_RULESET",
                       weir_status_text(status));
  }
  if (napi_create_external(env, box, finalize_box, NULL, &out) != napi_ok) {
    finalize_box(env, box, NULL);
    return addon_throw(env, NULL, "napi_create_external");
  }
  return out;
}

static napi_value from(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  uint8_t *base;
  size_t len;
  if (!addon_args(env, info, 1, argv) || !addon_bytes(env, argv[0], &base, &len)) return NULL;
  void *copy = NULL;
  if (posix_memalign(&copy, 64, len ? len : 1)) {
    return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the ruleset");
  }
  if (len) memcpy(copy, base, len);
  return box_ruleset(env, copy, len, false);
}

static napi_value map_file(napi_env env, int fd) {
  struct stat st;
  if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0) {
    return addon_throw(env, "WEIR_BAD_RULESET", weir_status_text(WEIR_BAD_RULESET));
  }
  void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED) return addon_throw(env, "WEIR_CANNOT_READ", strerror(errno));
  return box_ruleset(env, bytes, (size_t)st.st_size, true);
}

static napi_value open_path(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char path[4096];
  size_t len;
  if (!addon_args(env, info, 1, argv)) return NULL;
  TRY(env, napi_get_value_string_utf8(env, argv[0], path, sizeof path, &len));
  int fd = len + 1 < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : (errno = ENAMETOOLONG, -1);
  if (fd < 0) return addon_throw(env, "WEIR_CANNOT_READ", strerror(errno));
  napi_value out = map_file(env, fd);
  close(fd);
  return out;
}

static napi_value close_ruleset(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  ruleset_box *box = addon_handle(env, argv[0], HANDLE_RULESET);
  if (!box) return NULL;
  ruleset_release(box->rules);
  box->rules = NULL;
  return addon_undefined(env);
}

static napi_value counts(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  if (!addon_args(env, info, 1, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r) return NULL;
  TRY(env, napi_create_object(env, &out));
  TRY(env, addon_set_number(env, out, "rules", r->view.rule_count));
  TRY(env, addon_set_number(env, out, "names", r->view.name_count));
  TRY(env, addon_set_number(env, out, "prefixes4", r->view.prefix4_count));
  TRY(env, addon_set_number(env, out, "prefixes6", r->view.prefix6_count));
  TRY(env, addon_set_number(env, out, "patterns", r->view.pattern_count));
  TRY(env, addon_set_number(env, out, "expires", (double)r->view.expires_s));
  TRY(env, addon_set_number(env, out, "bytes", (double)r->size));
  return out;
}

#define HOSTS_AT_ONCE   100u
#define EXPLAIN_MAX     256u
#define BYTES_PER_MATCH (sizeof(uint64_t) + sizeof(uint32_t) + 4)

/* Names of categories, a comma between them, in the order of their bits. */
static napi_status set_categories(napi_env env, napi_value object, const weir_ruleset *rules,
                                  uint64_t categories) {
  char text[4096];
  size_t at = 0;
  for (unsigned bit = 0; categories >> bit && bit < 64; bit++) {
    if (!(categories >> bit & 1)) continue;
    weir_bytes name = weir_ruleset_category(rules, bit);
    if (!name.len || at + 1 + name.len > sizeof text) continue;
    if (at) text[at++] = ',';
    memcpy(text + at, name.base, name.len);
    at += name.len;
  }
  return addon_set_text(env, object, "category", (weir_bytes){(const uint8_t *)text, at});
}

static napi_value match_object(napi_env env, const weir_ruleset *rules, const weir_match *match) {
  napi_value out;
  TRY(env, napi_create_object(env, &out));
  TRY(env, addon_set_number(env, out, "rule", match->rule));
  TRY(env, addon_set_number(env, out, "action", match->action));
  TRY(env, addon_set_number(env, out, "rank", match->rank));
  TRY(env, addon_set_number(env, out, "depth", match->depth));
  TRY(env, addon_set_number(env, out, "flags", match->flags));
  TRY(env, set_categories(env, out, rules, match->categories));
  return out;
}

/* The text of a host; one longer than any is cut where it shows. */
static bool host_of(napi_env env, napi_value value, char text[HOST_ROOM], weir_bytes *out) {
  size_t len;
  if (napi_get_value_string_utf8(env, value, text, HOST_ROOM, &len) != napi_ok) {
    addon_throw(env, NULL, "not a text");
    return false;
  }
  *out = (weir_bytes){(const uint8_t *)text, len};
  return true;
}

/* rulesetMatch(ruleset, host): undefined where no rule speaks. */
static napi_value match_host(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  char text[HOST_ROOM];
  weir_bytes host;
  weir_match match;
  if (!addon_args(env, info, 2, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !host_of(env, argv[1], text, &host)) return NULL;
  if (!weir_ruleset_match_host(&r->view, host, &match)) return addon_undefined(env);
  return match_object(env, &r->view, &match);
}

/* rulesetExplain(ruleset, host): the rules that speak, the one that decides first. */
static napi_value explain_host(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  char text[HOST_ROOM];
  weir_bytes host;
  weir_match all[EXPLAIN_MAX];
  if (!addon_args(env, info, 2, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !host_of(env, argv[1], text, &host)) return NULL;
  size_t count = weir_ruleset_explain_host(&r->view, host, all, EXPLAIN_MAX);
  if (count > EXPLAIN_MAX) count = EXPLAIN_MAX;
  TRY(env, napi_create_array_with_length(env, count, &out));
  for (size_t i = 0; i < count; i++) {
    napi_value match = match_object(env, &r->view, &all[i]);
    if (!match) return NULL;
    TRY(env, napi_set_element(env, out, (uint32_t)i, match));
  }
  return out;
}

/* The answers of rulesetMatchHosts, as parallel arrays in one buffer: src/engine/matches.ts. */
typedef struct match_arrays {
  uint64_t *categories;
  uint32_t *rules;
  uint8_t *actions, *ranks, *flags, *depths;
  size_t capacity;
} match_arrays;

static bool match_arrays_of(napi_env env, napi_value value, match_arrays *out) {
  uint8_t *base;
  size_t size;
  if (!addon_bytes(env, value, &base, &size)) return false;
  if ((uintptr_t)base % sizeof(uint64_t)) {
    addon_throw(env, NULL, "the arrays are not aligned");
    return false;
  }
  size_t n = out->capacity = size / BYTES_PER_MATCH;
  out->categories = (uint64_t *)(void *)base;
  out->rules = (uint32_t *)(void *)(base + n * sizeof(uint64_t));
  out->actions = (uint8_t *)(out->rules + n);
  out->ranks = out->actions + n;
  out->flags = out->ranks + n;
  out->depths = out->flags + n;
  return true;
}

static void put_match(const match_arrays *out, size_t i, const weir_match *match) {
  out->categories[i] = match->categories;
  out->rules[i] = match->rule;
  out->actions[i] = match->action;
  out->ranks[i] = match->rank;
  out->flags[i] = match->flags;
  out->depths[i] = match->depth;
}

/* rulesetMatchHosts(ruleset, bytes, arrays): hosts one behind the other, a newline between them;
 * returns how many were answered, as many as the arrays have room for at most. */
static napi_value match_hosts(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  uint8_t *bytes;
  size_t len, n = 0;
  match_arrays out;
  if (!addon_args(env, info, 3, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !addon_bytes(env, argv[1], &bytes, &len) || !match_arrays_of(env, argv[2], &out))
    return NULL;
  for (size_t at = 0; at < len && n < out.capacity;) {
    weir_bytes hosts[HOSTS_AT_ONCE];
    weir_match matches[HOSTS_AT_ONCE];
    size_t count = 0;
    for (; at < len && count < HOSTS_AT_ONCE && n + count < out.capacity; count++) {
      const uint8_t *end = memchr(bytes + at, '\n', len - at);
      hosts[count] = (weir_bytes){bytes + at, end ? (size_t)(end - bytes) - at : len - at};
      at += hosts[count].len + 1;
    }
    weir_ruleset_match_hosts(&r->view, hosts, count, matches);
    for (size_t i = 0; i < count; i++) put_match(&out, n + i, &matches[i]);
    n += count;
  }
  return addon_number(env, (double)n);
}

/* countLines(bytes): as many as rulesetMatchHosts would answer. */
static napi_value count_lines(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  uint8_t *bytes;
  size_t len, n = 0;
  if (!addon_args(env, info, 1, argv) || !addon_bytes(env, argv[0], &bytes, &len)) return NULL;
  for (size_t i = 0; i < len; i++) n += bytes[i] == '\n';
  return addon_number(env, (double)(n + (len && bytes[len - 1] != '\n')));
}

/* The text of a rule: names and networks are short, patterns may not be. */
static napi_status set_rule_text(napi_env env, napi_value object, const weir_ruleset *rules,
                                 uint32_t rule) {
  char few[WEIR_NAME_MAX];
  size_t len = weir_ruleset_text(rules, rule, few, sizeof few);
  char *text = len > sizeof few ? malloc(len) : few;
  if (!text) abort();
  if (text != few) weir_ruleset_text(rules, rule, text, len);
  napi_status status =
      addon_set_text(env, object, "text", (weir_bytes){(const uint8_t *)text, len});
  if (text != few) free(text);
  return status;
}

napi_value addon_provenance(napi_env env, const weir_ruleset *rules, uint32_t rule,
                            const uint64_t *categories) {
  napi_value out;
  uint32_t line;
  uint8_t severity = 0;
  weir_bytes list, title = {NULL, 0};
  weir_match match;
  if (!weir_ruleset_provenance(rules, rule, &list, &line) ||
      !weir_ruleset_rule(rules, rule, &match))
    return addon_undefined(env);
  weir_ruleset_note(rules, rule, &title, &severity);
  TRY(env, napi_create_object(env, &out));
  TRY(env, set_rule_text(env, out, rules, rule));
  TRY(env, addon_set_text(env, out, "list", list));
  TRY(env, addon_set_number(env, out, "line", line));
  TRY(env, addon_set_number(env, out, "action", match.action));
  TRY(env, addon_set_text(env, out, "title", title));
  TRY(env, addon_set_number(env, out, "severity", severity));
  TRY(env, set_categories(env, out, rules, categories ? *categories : match.categories));
  return out;
}

static napi_value provenance(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint32_t rule;
  if (!addon_args(env, info, 2, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !addon_u32(env, argv[1], &rule)) return NULL;
  return addon_provenance(env, &r->view, rule, NULL);
}

/* rulesetCategories(ruleset): their names, in the order of their bits. */
static napi_value categories(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, text;
  if (!addon_args(env, info, 1, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r) return NULL;
  TRY(env, napi_create_array(env, &out));
  for (unsigned bit = 0; bit < r->view.category_count; bit++) {
    weir_bytes name = weir_ruleset_category(&r->view, bit);
    TRY(env,
        napi_create_string_utf8(env, name.len ? (const char *)name.base : "", name.len, &text));
    TRY(env, napi_set_element(env, out, bit, text));
  }
  return out;
}

const addon_function ruleset_functions[] = {{"rulesetFrom", from},
                                            {"rulesetOpen", open_path},
                                            {"rulesetClose", close_ruleset},
                                            {"rulesetCounts", counts},
                                            {"rulesetMatch", match_host},
                                            {"rulesetMatchHosts", match_hosts},
                                            {"rulesetExplain", explain_host},
                                            {"rulesetProvenance", provenance},
                                            {"rulesetCategories", categories},
                                            {"countLines", count_lines},
                                            {NULL, NULL}};
