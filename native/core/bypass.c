#include "bypass.h"

#include <string.h>

#include "engine.h"
#include "http1.h"
#include "sha256.h"

#define SIGNED_LEN 8  /* serial number and seconds */
#define MAC_LEN    16 /* half of the hash (RFC 2104 5) */
#define RAW_LEN    (SIGNED_LEN + MAC_LEN)

_Static_assert(RAW_LEN * 8 == BYPASS_TOKEN_LEN * 6, "no padding, and one spelling only");
_Static_assert(BYPASS_TOKEN_LEN == HTTP_TOKEN_LEN, "what http1.h looks for");

static const uint8_t nobody[16] = {0};

void bypasses_init(bypasses *t, void *memory, const weir_config *config) {
  static const uint8_t no_key[WEIR_BYPASS_KEY_LEN] = {0};
  t->entries = (weir_bypass *)memory;
  t->max = config->max_bypasses;
  t->soonest_us = UINT64_MAX;
  t->signs = t->max && config->bypass_s && config->crypto &&
             memcmp(config->bypass_key, no_key, sizeof no_key);
  if (t->signs) hmac_key_init(&t->key, config->crypto, config->bypass_key, WEIR_BYPASS_KEY_LEN);
}

/* ---- the table --------------------------------------------------------------- */

static void take_away(bypasses *t, uint32_t i) { t->entries[i] = t->entries[--t->count]; }

static void changed(bypasses *t, uint64_t now_us) {
  t->changed_us = now_us ? now_us : 1;
  t->soonest_us = UINT64_MAX;
  for (uint32_t i = 0; i < t->count; i++)
    if (t->entries[i].expires_us < t->soonest_us) t->soonest_us = t->entries[i].expires_us;
}

static void expire(bypasses *t, uint64_t now_us) {
  if (now_us < t->soonest_us) return;
  for (uint32_t i = t->count; i-- > 0;)
    if (t->entries[i].expires_us <= now_us) take_away(t, i);
  changed(t, now_us);
}

/* For the same host or address. */
static bool is_for_same(const weir_bypass *a, const weir_bypass *b) {
  if (a->name_len != b->name_len) return false;
  return a->name_len ? !memcmp(a->name, b->name, a->name_len) : !memcmp(&a->addr, &b->addr, 16);
}

bool bypasses_add(bypasses *t, const weir_bypass *by, uint64_t now_us) {
  uint32_t i = 0;
  expire(t, now_us);
  while (i < t->count && (!is_for_same(&t->entries[i], by) ||
                          memcmp(&t->entries[i].client, &by->client, sizeof by->client)))
    i++;
  if (i == t->max) return false;
  t->count += i == t->count;
  t->entries[i] = *by;
  changed(t, now_us);
  return true;
}

static bool covers(const weir_bypass *b, const name *host) {
  if (!b->name_len || host->len < b->name_len) return false;
  size_t above = (size_t)host->len - b->name_len;
  if (memcmp(host->text + above, b->name, b->name_len)) return false;
  return !above || (b->below && host->text[above - 1] == '.');
}

bool bypasses_lift(bypasses *t, const uint8_t client[16], const name *host,
                   const uint8_t server[16], uint8_t action, uint64_t now_us) {
  expire(t, now_us);
  for (uint32_t i = 0; i < t->count; i++) {
    const weir_bypass *b = &t->entries[i];
    if (b->over < action) continue;
    if (memcmp(&b->client, nobody, 16) && memcmp(&b->client, client, 16)) continue;
    if (host && covers(b, host)) return true;
    if (server && !b->name_len && !memcmp(&b->addr, server, 16)) return true;
  }
  return false;
}

bool bypasses_changed(bypasses *t, uint32_t tick, uint64_t now_us) {
  expire(t, now_us);
  return t->changed_us && (int32_t)((uint32_t)(t->changed_us >> FLOW_TICK_SHIFT) - tick) >= 0;
}

/* ---- tokens ------------------------------------------------------------------ */

static void write_be32(uint8_t *p, uint32_t v) {
  for (unsigned i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t read_be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t seconds(uint64_t us) { return (uint32_t)(us / 1000000); }

/* Behind the signed bytes comes the hash of all that the link is bound to, of which only the last part varies
 * in length. */
static void sign(const bypasses *t, const weir_crypto *crypto, const uint8_t client[16],
                 const name *host, uint8_t raw[RAW_LEN]) {
  sha256 h;
  uint8_t message[SIGNED_LEN + SHA256_LEN], mac[HKDF_HASH_LEN];
  memcpy(message, raw, SIGNED_LEN);
  sha256_init(&h);
  sha256_update(&h, crypto, client, 16);
  sha256_update(&h, crypto, host->text, host->len);
  sha256_final(&h, crypto, message + SIGNED_LEN);
  hmac_short(&t->key, crypto, message, sizeof message, mac);
  memcpy(raw + SIGNED_LEN, mac, MAC_LEN);
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(const uint8_t raw[RAW_LEN], uint8_t out[BYPASS_TOKEN_LEN]) {
  for (size_t i = 0; i < RAW_LEN; i += 3, out += 4) {
    uint32_t v = (uint32_t)raw[i] << 16 | (uint32_t)raw[i + 1] << 8 | raw[i + 2];
    for (unsigned k = 0; k < 4; k++) out[k] = (uint8_t)alphabet[v >> (18 - 6 * k) & 63];
  }
}

static bool decode(const uint8_t token[BYPASS_TOKEN_LEN], uint8_t raw[RAW_LEN]) {
  for (size_t i = 0; i < RAW_LEN; i += 3, token += 4) {
    uint32_t v = 0;
    for (unsigned k = 0; k < 4; k++) {
      size_t digit = find_byte(reader_of(alphabet, 64), token[k]);
      if (digit == 64) return false;
      v = v << 6 | (uint32_t)digit;
    }
    raw[i] = (uint8_t)(v >> 16);
    raw[i + 1] = (uint8_t)(v >> 8);
    raw[i + 2] = (uint8_t)v;
  }
  return true;
}

/* In a time that does not tell where they differ. */
static bool is_same_mac(const uint8_t *a, const uint8_t *b) {
  volatile uint8_t differs = 0;
  for (unsigned i = 0; i < MAC_LEN; i++) differs |= a[i] ^ b[i];
  return !differs;
}

bool bypasses_offer(bypasses *t, const weir_crypto *crypto, const uint8_t client[16],
                    const name *host, uint64_t now_us, uint8_t out[BYPASS_TOKEN_LEN]) {
  uint8_t raw[RAW_LEN];
  if (!t->signs || !host->len) return false;
  uint32_t page = t->issued % BYPASS_PAGES;
  t->used[page / 64] &= ~(UINT64_C(1) << page % 64);
  write_be32(raw, t->issued++);
  write_be32(raw + 4, seconds(now_us));
  sign(t, crypto, client, host, raw);
  encode(raw, out);
  return true;
}

bool bypasses_check(const bypasses *t, const weir_crypto *crypto, const uint8_t client[16],
                    const name *host, uint64_t now_us, const uint8_t token[BYPASS_TOKEN_LEN],
                    uint32_t *serial) {
  uint8_t raw[RAW_LEN], right[RAW_LEN];
  if (!t->signs || !decode(token, raw)) return false;
  memcpy(right, raw, SIGNED_LEN);
  sign(t, crypto, client, host, right);
  if (!is_same_mac(raw + SIGNED_LEN, right + SIGNED_LEN)) return false;
  *serial = read_be32(raw);
  uint32_t page = *serial % BYPASS_PAGES;
  return t->issued - *serial - 1 < BYPASS_PAGES &&
         seconds(now_us) - read_be32(raw + 4) <= BYPASS_TOKEN_S &&
         !(t->used[page / 64] >> page % 64 & 1);
}

void bypasses_use_up(bypasses *t, uint32_t serial) {
  uint32_t page = serial % BYPASS_PAGES;
  t->used[page / 64] |= UINT64_C(1) << page % 64;
}

/* ---- public ------------------------------------------------------------------ */

/* The engine's clock and that of packets run alike, but for what inspect.c says. */
static uint64_t to_engine_time(const weir_engine *e, uint64_t us) {
  if (!e->now_us || us == UINT64_MAX) return us;
  uint64_t ahead = us > e->clock_us ? us - e->clock_us : 0;
  return ahead < UINT64_MAX - e->now_us ? e->now_us + ahead : UINT64_MAX;
}

static uint64_t from_engine_time(const weir_engine *e, uint64_t us) {
  if (!e->now_us || us == UINT64_MAX) return us;
  uint64_t ahead = us > e->now_us ? us - e->now_us : 0;
  return ahead < UINT64_MAX - e->clock_us ? e->clock_us + ahead : UINT64_MAX;
}

weir_status weir_bypass_add(weir_engine *engine, const weir_bypass *bypass) {
  name host;
  weir_bypass own = *bypass;
  if (own.over != WEIR_ACTION_WARN && own.over != WEIR_ACTION_BLOCK) return WEIR_BAD_ARGUMENT;
  if (own.name_len && (!name_from_host(&host, reader_of(own.name, own.name_len)) ||
                       host.len != own.name_len || memcmp(host.text, own.name, host.len)))
    return WEIR_BAD_ARGUMENT;
  own.expires_us = to_engine_time(engine, own.expires_us);
  return bypasses_add(&engine->bypasses, &own, engine->now_us) ? WEIR_OK : WEIR_FULL;
}

size_t weir_bypass_remove(weir_engine *engine, const weir_bypass *which) {
  bypasses *t = &engine->bypasses;
  size_t removed = 0;
  expire(t, engine->now_us);
  for (uint32_t i = t->count; i-- > 0;) {
    const weir_bypass *b = &t->entries[i];
    if (which && (!is_for_same(b, which) ||
                  (memcmp(&which->client, nobody, 16) && memcmp(&which->client, &b->client, 16))))
      continue;
    take_away(t, i);
    removed++;
  }
  if (removed) changed(t, engine->now_us);
  return removed;
}

size_t weir_bypass_list(weir_engine *engine, weir_bypass *out, size_t max) {
  const bypasses *t = &engine->bypasses;
  expire(&engine->bypasses, engine->now_us);
  for (uint32_t i = 0; i < t->count && i < max; i++) {
    out[i] = t->entries[i];
    out[i].expires_us = from_engine_time(engine, out[i].expires_us);
  }
  return t->count;
}
