/* trim_test.c -- memory pressure: what is given up is counted, and what is given back was of no use. */
#include "rig.h"

typedef struct taker {
  const uint8_t *memory;
  size_t size, page, total, most;
  unsigned calls;
  bool every_other; /* a page given back may become zeros, or stay */
} taker;

static void take(void *context, void *base, size_t len) {
  taker *t = context;
  uint8_t *at = base;
  CHECK(len && len % t->page == 0 && (uintptr_t)base % t->page == 0);
  CHECK(at >= t->memory && at + len <= t->memory + t->size);
  if (!t->every_other || t->calls % 2) memset(base, 0, len);
  if (len > t->most) t->most = len;
  t->total += len;
  t->calls++;
}

static size_t trim(rig *r, taker *t, weir_trim_level level) {
  weir_pager pager = {t->page, t, take};
  size_t before = t->total, said = weir_trim(r->engine, level, &pager);
  CHECK_EQ(said, t->total - before);
  return said;
}

static taker taker_of(const rig *r, const weir_config *c, size_t page) {
  return (taker){.memory = r->memory, .size = weir_engine_size(c), .page = page};
}

static wire_ends ends_of(unsigned client_port, uint16_t server_port) {
  return wire_between(server_port == 53 ? TRANSPORT_UDP : TRANSPORT_TCP, 1, (uint16_t)client_port,
                      9, server_port);
}

/* Enough flows of every kind for holes in all pools, some of which stay open. */
static void play(rig *r, unsigned round, taker *t) {
  uint8_t hello[512], query[512];
  char host[64];
  for (unsigned i = 0; i < 40; i++) {
    wire_ends e = ends_of(20000 + round * 40 + i, i % 3 ? 443 : 53);
    snprintf(host, sizeof host, "host-%u.of-round-%u.example.org", i, round);
    if (i % 3 == 0) {
      rig_udp(r, &e, 0, query, rig_dns(query, (uint16_t)i, host, 1, NULL));
    } else {
      size_t len = rig_hello(hello, host), half = i % 2 ? len / 2 : len;
      rig_handshake(r, &e, 1001);
      rig_tcp(r, &e, 0, 1001, TCP_ACK, hello, half);
      if (i % 4 == 1) rig_tcp(r, &e, 0, 1001 + (uint32_t)half, TCP_ACK, hello + half, len - half);
      if (i % 5) rig_tcp(r, &e, 0, 1001 + (uint32_t)len, TCP_RST, NULL, 0);
    }
    r->now_us += 700000;
    if (t && i % 7 == 0) trim(r, t, WEIR_TRIM_UNUSED);
  }
}

static weir_config small(weir_crypto *crypto) {
  weir_config c = rig_config();
  weir_crypto_portable(crypto);
  c.crypto = crypto;
  c.max_flows = 512;
  return c;
}

static void test_unused_changes_nothing(size_t page, bool every_other) {
  weir_crypto crypto;
  weir_config c = small(&crypto);
  rig plain = rig_with(&c), trimmed = rig_with(&c);
  taker t = taker_of(&trimmed, &c, page);
  t.every_other = every_other;
  for (unsigned round = 0; round < 12; round++) {
    play(&plain, round, NULL);
    play(&trimmed, round, &t);
  }
  CHECK(t.total > 0);
  CHECK(t.most <= (page > 65536 ? page : 65536));
  rig_finish(&plain), rig_finish(&trimmed);
  CHECK_EQ(plain.count, trimmed.count);
  CHECK(!memcmp(plain.records, trimmed.records, plain.count * sizeof *plain.records));
  weir_counters a = rig_counters(&plain), b = rig_counters(&trimmed);
  CHECK(!memcmp(&a, &b, sizeof a));
  rig_free(&plain), rig_free(&trimmed);
}

static void test_buffers(void) {
  rig r = rig_new();
  uint8_t hello[512], query[512];
  wire_ends tls = ends_of(20000, 443), dns = ends_of(20001, 53);
  size_t len = rig_hello(hello, "late.example.org");
  rig_handshake(&r, &tls, 1001);
  rig_tcp(&r, &tls, 0, 1001, TCP_ACK, hello, len / 2);
  rig_udp(&r, &dns, 0, query, rig_dns(query, 7, "asked.example.org", 1, NULL));
  weir_trim(r.engine, WEIR_TRIM_UNUSED, NULL);
  CHECK_EQ(rig_counters(&r).assemblers_evicted, 0);
  CHECK_EQ(weir_trim(r.engine, WEIR_TRIM_BUFFERS, NULL), 0);
  CHECK_EQ(rig_counters(&r).assemblers_evicted, 1);
  CHECK_EQ(rig_counters(&r).dns_pending_evicted, 1);
  CHECK_EQ(rig_counters(&r).flows_evicted, 0);
  rig_drain(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_DNS), 1);
  CHECK_NAME(rig_record(&r, WEIR_RECORD_DNS, 0), "asked.example.org");
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_FLOW), 2);
  rig_free(&r);
}

static void test_silent(void) {
  rig r = rig_new();
  wire_ends old = ends_of(20000, 443), young = ends_of(20001, 443);
  rig_handshake(&r, &old, 1001);
  r.now_us += (WEIR_TRIM_SILENT_S + 1) * UINT64_C(1000000);
  rig_handshake(&r, &young, 1001);
  weir_trim(r.engine, WEIR_TRIM_SILENT, NULL);
  CHECK_EQ(rig_counters(&r).flows_evicted, 1);
  rig_drain(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_FLOW), 1);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_FLOW, 0).close, WEIR_CLOSE_EVICTED);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_FLOW, 0).tuple.client_port, 20000);
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_FLOW), 2);
  rig_free(&r);
}

/* What finds no room for its record stays; nothing is lost. */
static void test_full_ring(void) {
  weir_crypto crypto;
  weir_config c = small(&crypto);
  c.max_records = 256;
  rig r = rig_with(&c);
  for (unsigned i = 0; i < 300; i++) {
    wire_ends e = ends_of(20000 + i, 443);
    rig_handshake(&r, &e, 1001);
  }
  r.now_us += (WEIR_TRIM_SILENT_S + 1) * UINT64_C(1000000);
  wire_ends e = ends_of(30000, 443);
  rig_handshake(&r, &e, 1001);
  for (unsigned i = 0; i < 3; i++) {
    weir_trim(r.engine, WEIR_TRIM_SILENT, NULL);
    rig_drain(&r);
  }
  CHECK_EQ(rig_counters(&r).flows_evicted, 300);
  CHECK_EQ(rig_counters(&r).records_lost, 0);
  CHECK_EQ(r.count, 300);
  rig_free(&r);
}

/* An engine without flows needs little more than itself and what its tables are found by. */
static void test_empty_again(void) {
  weir_crypto crypto;
  weir_config c = small(&crypto);
  rig r = rig_with(&c);
  taker t = taker_of(&r, &c, 512);
  play(&r, 0, NULL);
  rig_finish(&r);
  trim(&r, &t, WEIR_TRIM_SILENT);
  CHECK_EQ(r.engine->flows.used, 0);
  CHECK_EQ(r.engine->texts.used, 0);
  CHECK_EQ(r.engine->observers.used + r.engine->observers.blocks_used, 0);
  CHECK_EQ(r.engine->pendings.used, 0);
  play(&r, 1, &t);
  rig_finish(&r);
  rig_free(&r);
}

/* Flows end in the order of their beginnings, however often pages are given back in between. */
static void test_while_finishing(void) {
  weir_crypto crypto;
  weir_config c = small(&crypto);
  c.max_records = 256;
  rig r = rig_with(&c);
  taker t = taker_of(&r, &c, 512);
  for (unsigned i = 0; i < 500; i++) {
    wire_ends e = ends_of(20000 + i * 7 % 500, 443);
    rig_handshake(&r, &e, 1001);
  }
  while (!weir_finish(r.engine)) {
    rig_drain(&r);
    trim(&r, &t, WEIR_TRIM_UNUSED);
  }
  rig_drain(&r);
  CHECK(t.total > 0);
  CHECK_EQ(r.count, 500);
  for (unsigned i = 0; i < 500; i++) CHECK_EQ(r.records[i].flow_id, i + 1);
  rig_free(&r);
}

static void test_bad_pagers(void) {
  weir_crypto crypto;
  weir_config c = small(&crypto);
  rig r = rig_with(&c);
  taker t = taker_of(&r, &c, 4096);
  play(&r, 0, NULL);
  const weir_pager bad[] = {
      {0, &t, take}, {4095, &t, take}, {1u << 21, &t, take}, {4096, &t, NULL}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CHECK_EQ(weir_trim(r.engine, WEIR_TRIM_BUFFERS, &bad[i]), 0);
  CHECK_EQ(t.calls, 0);
  rig_free(&r);
}

int main(void) {
  for (size_t page = 512; page <= 65536; page *= 8) {
    test_unused_changes_nothing(page, false);
    test_unused_changes_nothing(page, true);
  }
  test_buffers();
  test_silent();
  test_full_ring();
  test_empty_again();
  test_while_finishing();
  test_bad_pagers();
  return test_end("trim");
}
