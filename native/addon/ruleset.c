/* ruleset.c -- compiled rulesets: mapped read-only from a file, or copied from a buffer. */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
  TRY(env, addon_set_number(env, out, "bytes", (double)r->size));
  return out;
}

static napi_value match_object(napi_env env, const weir_match *match) {
  napi_value out;
  TRY(env, napi_create_object(env, &out));
  TRY(env, addon_set_number(env, out, "rule", match->rule));
  TRY(env, addon_set_number(env, out, "action", match->action));
  TRY(env, addon_set_number(env, out, "depth", match->depth));
  TRY(env, addon_set_number(env, out, "category", match->category));
  return out;
}

static napi_value match_name(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  char name[WEIR_NAME_MAX + 2]; /* one more than the longest, so that a longer one shows */
  size_t len;
  weir_match match;
  if (!addon_args(env, info, 2, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r) return NULL;
  TRY(env, napi_get_value_string_utf8(env, argv[1], name, sizeof name, &len));
  weir_bytes bytes = {(const uint8_t *)name, len};
  if (!len || len > WEIR_NAME_MAX || !weir_ruleset_match_name(&r->view, bytes, &match)) {
    return addon_undefined(env);
  }
  return match_object(env, &match);
}

static napi_value match_address(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint8_t *octets;
  size_t len;
  weir_addr addr;
  weir_match match;
  if (!addon_args(env, info, 2, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !addon_bytes(env, argv[1], &octets, &len)) return NULL;
  if (len != sizeof addr.octets) return addon_throw(env, NULL, "an address has 16 octets");
  memcpy(addr.octets, octets, sizeof addr.octets);
  if (!weir_ruleset_match_addr(&r->view, &addr, &match)) return addon_undefined(env);
  return match_object(env, &match);
}

napi_value addon_provenance(napi_env env, const weir_ruleset *rules, uint32_t rule) {
  napi_value out;
  uint32_t line;
  weir_bytes list, name;
  weir_match match;
  char text[WEIR_NAME_MAX];
  if (!weir_ruleset_provenance(rules, rule, &list, &line, &name)) return addon_undefined(env);
  size_t len = weir_ruleset_text(rules, rule, text);
  TRY(env, napi_create_object(env, &out));
  TRY(env, addon_set_text(env, out, "text", (weir_bytes){(const uint8_t *)text, len}));
  TRY(env, addon_set_text(env, out, "list", list));
  TRY(env, addon_set_number(env, out, "line", line));
  if (weir_ruleset_rule(rules, rule, &match))
    TRY(env, addon_set_text(env, out, "category", weir_ruleset_category(rules, match.category)));
  return out;
}

static napi_value provenance(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint32_t rule;
  if (!addon_args(env, info, 2, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !addon_u32(env, argv[1], &rule)) return NULL;
  return addon_provenance(env, &r->view, rule);
}

static napi_value category(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  uint32_t index;
  if (!addon_args(env, info, 2, argv)) return NULL;
  ruleset_handle *r = addon_ruleset(env, argv[0]);
  if (!r || !addon_u32(env, argv[1], &index)) return NULL;
  weir_bytes name = {NULL, 0};
  if (index <= UINT16_MAX) name = weir_ruleset_category(&r->view, (uint16_t)index);
  TRY(env, napi_create_string_utf8(env, name.len ? (const char *)name.base : "", name.len, &out));
  return out;
}

const addon_function ruleset_functions[] = {{"rulesetFrom", from},
                                            {"rulesetOpen", open_path},
                                            {"rulesetClose", close_ruleset},
                                            {"rulesetCounts", counts},
                                            {"rulesetMatchName", match_name},
                                            {"rulesetMatchAddress", match_address},
                                            {"rulesetProvenance", provenance},
                                            {"rulesetCategory", category},
                                            {NULL, NULL}};
