#include "engine.h"

#include <string.h>

#include "identify.h"
#include "preset.h"

#define CONFIG_FLOWS_MAX (1u << 24)
#define CONFIG_HINTS_MAX (1u << 20)

uint32_t weir_abi(void) { return WEIR_ABI; }

static bool is_power_of_two(uint32_t n) { return n && !(n & (n - 1)); }

static bool in_range(uint32_t n, uint32_t least, uint32_t most) { return n >= least && n <= most; }

static bool is_valid(const weir_config *c) {
  if (c->crypto && c->crypto->size < sizeof *c->crypto) return false;
  if (c->home_count > WEIR_HOME_MAX || c->on_malformed > WEIR_VERDICT_PASS) return false;
  for (uint32_t i = 0; i < c->home_count; i++)
    if (c->home[i].bits > 128) return false;
  return in_range(c->max_flows, 16, CONFIG_FLOWS_MAX) && in_range(c->max_records, 256, 1u << 20) &&
         is_power_of_two(c->max_records) && in_range(c->max_assemblers, 4, 1u << 20) &&
         in_range(c->assembler_bytes, 8192, 65536) && c->assembler_bytes % 64 == 0 &&
         in_range(c->max_fragments, 1, 4096) &&
         (!c->max_hints || (c->max_hints <= CONFIG_HINTS_MAX && is_power_of_two(c->max_hints))) &&
         in_range(c->max_dns_pending, 1, 1u << 20) && in_range(c->max_names, 64, 1u << 26) &&
         c->max_bypasses <= BYPASS_MAX && c->bypass_s <= BYPASS_SECONDS_MAX;
}

/* Where each part lies behind the engine itself. */
typedef struct layout {
  size_t flows, fragments, texts, profiles, hints, observers, pendings, bypasses, ring, scratch,
      trim_map, total;
} layout;

static size_t place(size_t *total, size_t bytes) {
  size_t at = *total;
  *total += (bytes + 63) & ~(size_t)63;
  return at;
}

static layout lay_out(const weir_config *c) {
  layout l = {0};
  place(&l.total, sizeof(struct weir_engine));
  l.flows = place(&l.total, flows_size(c->max_flows));
  l.fragments = place(&l.total, fragments_size(c->max_fragments));
  l.texts = place(&l.total, texts_size(c->max_names));
  l.profiles = place(&l.total, profiles_size(c->max_flows));
  l.hints = place(&l.total, hints_size(c->max_hints));
  l.observers = place(&l.total, observers_size(c));
  l.pendings = place(&l.total, pendings_size(c->max_dns_pending));
  l.bypasses = place(&l.total, bypasses_size(c));
  l.ring = place(&l.total, (size_t)c->max_records * sizeof(weir_record));
  l.scratch = place(&l.total, ENGINE_SCRATCH);
  l.trim_map = place(&l.total, (c->max_flows > c->max_names ? c->max_flows : c->max_names) / 8 + 2);
  return l;
}

/* An embedder's config may be older, and so shorter, than the library's: what it lacks has its default. */
static bool read_config(weir_config *out, const weir_config *given) {
  if (!given || given->abi != WEIR_ABI) return false;
  if (!preset_has_config_of(given->size)) return false;
  weir_config_init(out);
  memcpy(out, given, given->size);
  out->size = sizeof *out;
  return is_valid(out);
}

size_t weir_engine_size(const weir_config *config) {
  weir_config c;
  return read_config(&c, config) ? lay_out(&c).total : 0;
}

weir_status weir_engine_init(weir_engine **out, void *memory, size_t size,
                             const weir_config *config) {
  weir_config c;
  if (!out || !memory || (uintptr_t)memory % 64 || !read_config(&c, config))
    return WEIR_BAD_ARGUMENT;
  layout l = lay_out(&c);
  if (size < l.total) return WEIR_NO_MEMORY;
  uint8_t *base = (uint8_t *)memory;
  weir_engine *e = (weir_engine *)memory;
  e->config = c;
  flows_init(&e->flows, base + l.flows, &c);
  fragments_init(&e->fragments, base + l.fragments, &c);
  texts_init(&e->texts, base + l.texts, c.max_names);
  profiles_init(&e->profiles, base + l.profiles);
  e->hints = hints_init(base + l.hints, c.max_hints, c.seed);
  observers_init(&e->observers, base + l.observers, &c);
  pendings_init(&e->pendings, base + l.pendings, c.max_dns_pending);
  bypasses_init(&e->bypasses, base + l.bypasses, &c);
  e->ring = (ring){.entries = (weir_record *)(void *)(base + l.ring), .mask = c.max_records - 1};
  uint32_t half = c.max_records / 2;
  e->room = half < ENGINE_ROOM_MAX ? half : ENGINE_ROOM_MAX;
  e->scratch = base + l.scratch;
  e->trim_map = base + l.trim_map;
  e->default_action = WEIR_ACTION_ALLOW;
  weir_answers_init(&e->answers);
  e->tcp_candidates = identify_tcp_candidates();
  *out = e;
  return WEIR_OK;
}

/* Flows and queries judged earlier are known by another number. When numbers begin anew, all that
 * are kept become 0, which is nobody's. */
static void begin_generation(weir_engine *e) {
  if (++e->generation) return;
  e->generation = 1;
  for (uint32_t i = 0; i < e->flows.used; i++) e->flows.flow[i].generation = 0;
  for (uint32_t i = 1; i <= e->pendings.used; i++) pending_at(&e->pendings, i)->generation = 0;
}

void weir_engine_use(weir_engine *engine, const weir_ruleset *rules) {
  engine->has_rules = rules != NULL;
  if (rules) engine->rules = *rules;
  begin_generation(engine);
}

weir_status weir_engine_mode(weir_engine *engine, weir_protection protection,
                             weir_action default_action) {
  if ((unsigned)protection > WEIR_PROTECTION_OFF ||
      (default_action != WEIR_ACTION_ALLOW && default_action != WEIR_ACTION_BLOCK))
    return WEIR_BAD_ARGUMENT;
  if (engine->protection == protection && engine->default_action == default_action) return WEIR_OK;
  engine->protection = (uint8_t)protection;
  engine->default_action = (uint8_t)default_action;
  begin_generation(engine);
  return WEIR_OK;
}

uint16_t weir_engine_generation(const weir_engine *engine) { return engine->generation; }

void weir_read_counters(const weir_engine *engine, weir_counters *out, size_t size) {
  weir_counters now = engine->counters;
  now.texts_full = engine->texts.full;
  if (size > sizeof now) memset((uint8_t *)out + sizeof now, 0, size - sizeof now);
  memcpy(out, &now, size < sizeof now ? size : sizeof now);
}
