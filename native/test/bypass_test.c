/* bypass_test.c -- what is lifted, for whom and how long; and tokens. */
#include "rig.h"

#include "http1.h"

#define SECOND UINT64_C(1000000)

static name named(const char *text) {
  name n = {.len = (uint8_t)strlen(text)};
  memcpy(n.text, text, n.len);
  return n;
}

static weir_bypass for_name(const char *text, uint8_t over, uint64_t expires_us) {
  weir_bypass b = {.expires_us = expires_us, .over = over, .name_len = (uint8_t)strlen(text)};
  memcpy(b.name, text, b.name_len);
  return b;
}

static weir_config with_key(weir_crypto *crypto, uint32_t max) {
  weir_config c = rig_config();
  weir_crypto_portable(crypto);
  c.crypto = crypto;
  c.max_bypasses = max;
  memset(c.bypass_key, 0x5a, sizeof c.bypass_key);
  return c;
}

static const uint8_t me[16] = {1}, other[16] = {2}, server[16] = {3};

static bool lifts(rig *r, const uint8_t client[16], const char *host, uint8_t action) {
  name n = named(host);
  return bypasses_lift(&r->engine->bypasses, client, &n, server, action, r->engine->now_us);
}

static void what_is_lifted(void) {
  rig r = rig_new();
  weir_bypass b = for_name("warn.test", WEIR_ACTION_WARN, SECOND);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  CHECK(lifts(&r, me, "warn.test", WEIR_ACTION_WARN));
  CHECK(!lifts(&r, me, "warn.test", WEIR_ACTION_BLOCK));
  CHECK(!lifts(&r, me, "a.warn.test", WEIR_ACTION_WARN));
  CHECK(!lifts(&r, me, "awarn.test", WEIR_ACTION_WARN));
  CHECK(!lifts(&r, me, "test", WEIR_ACTION_WARN));
  b.below = 1, b.over = WEIR_ACTION_BLOCK;
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  CHECK_EQ(weir_bypass_list(r.engine, NULL, 0), 1); /* in the place of the first */
  CHECK(lifts(&r, me, "a.warn.test", WEIR_ACTION_BLOCK));
  CHECK(!lifts(&r, me, "awarn.test", WEIR_ACTION_BLOCK));

  b = for_name("mine.test", WEIR_ACTION_WARN, SECOND);
  memcpy(b.client.octets, me, 16);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  CHECK(lifts(&r, me, "mine.test", WEIR_ACTION_WARN));
  CHECK(!lifts(&r, other, "mine.test", WEIR_ACTION_WARN));

  b = (weir_bypass){.expires_us = SECOND, .over = WEIR_ACTION_BLOCK};
  memcpy(b.addr.octets, server, 16);
  CHECK(!lifts(&r, me, "any.test", WEIR_ACTION_BLOCK));
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  CHECK(lifts(&r, me, "any.test", WEIR_ACTION_BLOCK));
  CHECK_EQ(weir_bypass_remove(r.engine, &b), 1);
  CHECK_EQ(weir_bypass_remove(r.engine, &b), 0);
  b = for_name("mine.test", 0, 0);
  memcpy(b.client.octets, other, 16);
  CHECK_EQ(weir_bypass_remove(r.engine, &b), 0);
  memset(b.client.octets, 0, 16);
  CHECK_EQ(weir_bypass_remove(r.engine, &b), 1);
  CHECK_EQ(weir_bypass_remove(r.engine, NULL), 1);
  CHECK(!lifts(&r, me, "warn.test", WEIR_ACTION_WARN));
  rig_free(&r);
}

static void what_cannot_be(void) {
  weir_crypto crypto;
  weir_config c = with_key(&crypto, 2);
  rig r = rig_with(&c);
  static const char *const names[] = {"A.test", "a.test.", "a b", "\x80"};
  for (size_t i = 0; i < 4; i++) {
    weir_bypass b = for_name(names[i], WEIR_ACTION_WARN, SECOND);
    CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_BAD_ARGUMENT);
  }
  weir_bypass b = for_name("a.test", WEIR_ACTION_ALLOW, SECOND);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_BAD_ARGUMENT);
  b = for_name("a.test", WEIR_ACTION_WARN, 1);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  b = for_name("b.test", WEIR_ACTION_WARN, SECOND);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  b = for_name("c.test", WEIR_ACTION_WARN, SECOND);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_FULL);
  weir_bypass list[1];
  CHECK_EQ(weir_bypass_list(r.engine, list, 1), 2);
  CHECK_NAME(list[0], "a.test");
  rig_free(&r);
  c.max_bypasses = 1025;
  CHECK_EQ(weir_engine_size(&c), 0);
  c.max_bypasses = 0;
  r = rig_with(&c);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_FULL);
  uint8_t token[BYPASS_TOKEN_LEN];
  name host = named("a.test");
  CHECK(!bypasses_offer(&r.engine->bypasses, &crypto, me, &host, 1, token));
  rig_free(&r);
}

/* Times are those of packets, whose clock the engine's own only follows. */
static void expiry(void) {
  rig r = rig_new();
  uint64_t t = 5000 * SECOND;
  weir_tick(r.engine, t);
  weir_bypass b = for_name("warn.test", WEIR_ACTION_WARN, t + 10 * SECOND), listed;
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  weir_tick(r.engine, t + 9 * SECOND);
  CHECK(lifts(&r, me, "warn.test", WEIR_ACTION_WARN));
  CHECK_EQ(weir_bypass_list(r.engine, &listed, 1), 1);
  CHECK_EQ(listed.expires_us, t + 10 * SECOND);
  weir_tick(r.engine, t - 100 * SECOND); /* the clock is set back: a second is left still */
  CHECK_EQ(weir_bypass_list(r.engine, &listed, 1), 1);
  CHECK_EQ(listed.expires_us, t - 99 * SECOND);
  uint32_t tick = (uint32_t)(r.engine->now_us >> FLOW_TICK_SHIFT) + 1;
  CHECK(!bypasses_changed(&r.engine->bypasses, tick, r.engine->now_us));
  weir_tick(r.engine, t - 99 * SECOND);
  CHECK(bypasses_changed(&r.engine->bypasses, tick, r.engine->now_us));
  CHECK(!lifts(&r, me, "warn.test", WEIR_ACTION_WARN));
  CHECK_EQ(weir_bypass_list(r.engine, NULL, 0), 0);
  b.expires_us = UINT64_MAX;
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  CHECK_EQ(weir_bypass_list(r.engine, &listed, 1), 1);
  CHECK_EQ(listed.expires_us, UINT64_MAX);
  rig_free(&r);
}

static void tokens(void) {
  weir_crypto crypto;
  weir_config c = with_key(&crypto, 4);
  rig r = rig_with(&c), other_engine;
  bypasses *t = &r.engine->bypasses;
  name host = named("warn.test"), longer = named("warn.test.x");
  uint8_t token[BYPASS_TOKEN_LEN], wrong[BYPASS_TOKEN_LEN];
  uint64_t now = 1000 * SECOND;
  uint32_t serial;
#define GOOD(client, host, now, token) bypasses_check(t, &crypto, client, host, now, token, &serial)
  CHECK(bypasses_offer(t, &crypto, me, &host, now, token));
  CHECK(GOOD(me, &host, now, token));
  CHECK_EQ(serial, 0);
  CHECK(GOOD(me, &host, now + BYPASS_TOKEN_S * SECOND, token));
  CHECK(!GOOD(me, &host, now + (BYPASS_TOKEN_S + 1) * SECOND, token));
  CHECK(!GOOD(other, &host, now, token));
  CHECK(!GOOD(me, &longer, now, token));
  for (unsigned i = 0; i < BYPASS_TOKEN_LEN; i++) {
    memcpy(wrong, token, sizeof wrong);
    wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
    CHECK(!GOOD(me, &host, now, wrong));
    wrong[i] = i % 2 ? '+' : 0;
    CHECK(!GOOD(me, &host, now, wrong));
  }
  bypasses_use_up(t, serial);
  CHECK(!GOOD(me, &host, now, token));

  /* The last pages are known one by one; older links are as good as used. */
  CHECK(bypasses_offer(t, &crypto, me, &host, now, token));
  CHECK(bypasses_offer(t, &crypto, me, &host, now, wrong));
  CHECK(memcmp(token, wrong, sizeof wrong) != 0);
  CHECK(GOOD(me, &host, now, wrong));
  bypasses_use_up(t, serial);
  CHECK(GOOD(me, &host, now, token));
  for (unsigned i = 2; i < BYPASS_PAGES; i++)
    CHECK(bypasses_offer(t, &crypto, other, &host, now, wrong));
  CHECK(GOOD(me, &host, now, token));
  CHECK(bypasses_offer(t, &crypto, other, &host, now, wrong));
  CHECK(!GOOD(me, &host, now, token));
  CHECK(GOOD(other, &host, now, wrong));

  c.bypass_key[0] ^= 1;
  other_engine = rig_with(&c);
  t = &other_engine.engine->bypasses;
  CHECK(bypasses_offer(t, &crypto, other, &host, now, token));
  CHECK(!GOOD(other, &host, now, wrong));
  rig_free(&r), rig_free(&other_engine);
  r = rig_new(); /* without a key */
  CHECK(!bypasses_offer(&r.engine->bypasses, &crypto, me, &host, now, token));
  t = &r.engine->bypasses;
  CHECK(!GOOD(me, &host, now, wrong));
  rig_free(&r);
}

int main(void) {
  what_is_lifted();
  what_cannot_be();
  expiry();
  tokens();
  return test_end("bypass");
}
