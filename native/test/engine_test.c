/* engine_test.c -- what is asked of a config and of memory, and what init leaves. */
#include "rig.h"

#include "preset.h"

static void test_defaults(void) {
  weir_config c;
  memset(&c, 0xff, sizeof c);
  weir_config_init(&c);
  CHECK_EQ(c.abi, weir_abi());
  CHECK(weir_engine_size(&c) > 0);
  CHECK_EQ(weir_engine_size(&c) % 64, 0);
  CHECK_EQ(weir_engine_size(NULL), 0);
}

static void test_presets(void) {
  static const size_t most[] = {
      [WEIR_PRESET_SERVER] = 64 << 20, [WEIR_PRESET_PHONE] = 9 << 20, [WEIR_PRESET_TINY] = 3 << 20};
  weir_config c, untouched;
  for (int i = WEIR_PRESET_SERVER; i <= WEIR_PRESET_TINY; i++) {
    CHECK(weir_config_preset(&c, sizeof c, (weir_preset)i));
    size_t size = weir_engine_size(&c);
    CHECK(size && size <= most[i]);
  }
  CHECK(weir_config_preset(&c, sizeof c, WEIR_PRESET_PHONE) && c.max_flows == 16384);
  memset(&untouched, 0x5a, sizeof untouched);
  c = untouched;
  CHECK(!weir_config_preset(&c, sizeof c, (weir_preset)3));
  CHECK(!weir_config_preset(&c, sizeof c - 4, WEIR_PRESET_TINY));
  CHECK(!weir_config_preset(&c, sizeof c + 4, WEIR_PRESET_TINY));
  CHECK(!memcmp(&c, &untouched, sizeof c));
}

/* Structs that say their size: what one side does not know is left alone. */
static void test_sizes(void) {
  rig r = rig_new();
  struct {
    weir_counters known;
    uint64_t more;
  } newer;
  weir_counters older;
  memset(&newer, 0xff, sizeof newer);
  weir_read_counters(r.engine, &newer.known, sizeof newer);
  CHECK_EQ(newer.more, 0);
  memset(&older, 0xff, sizeof older);
  weir_read_counters(r.engine, &older, 2 * sizeof(uint64_t));
  CHECK_EQ(older.bytes, 0);
  CHECK_EQ(older.passed, UINT64_MAX);
  weir_config c = rig_config();
  c.size += 8;
  CHECK_EQ(weir_engine_size(&c), 0);
  c = rig_config();
  weir_crypto short_one = {.size = sizeof short_one - sizeof(void *)};
  c.crypto = &short_one;
  CHECK_EQ(weir_engine_size(&c), 0);
  c = rig_config();
  c.size = PRESET_CONFIG_FIRST; /* of the time before bypasses: what it lacks has its default */
  CHECK(weir_engine_size(&c) > 0);
  rig_free(&r);
}

static void test_bounds(void) {
  static const struct {
    size_t offset;
    uint32_t least, most, step;
  } fields[] = {{offsetof(weir_config, max_flows), 16, 1u << 24, 1},
                {offsetof(weir_config, max_records), 256, 1u << 20, 0},
                {offsetof(weir_config, max_assemblers), 4, 1u << 20, 1},
                {offsetof(weir_config, assembler_bytes), 8192, 65536, 64},
                {offsetof(weir_config, max_fragments), 1, 4096, 1},
                {offsetof(weir_config, max_dns_pending), 1, 1u << 20, 1},
                {offsetof(weir_config, max_names), 64, 1u << 26, 1},
                {offsetof(weir_config, home_count), 0, WEIR_HOME_MAX, 1},
                {offsetof(weir_config, max_bypasses), 0, BYPASS_MAX, 1},
                {offsetof(weir_config, bypass_s), 0, BYPASS_SECONDS_MAX, 1},
                {offsetof(weir_config, max_hints), 0, 1u << 20, 0}};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    const uint32_t tries[] = {
        fields[i].least,
        fields[i].most,
        fields[i].least - 1,
        fields[i].most + 1,
        UINT32_MAX,
        fields[i].step ? fields[i].least + fields[i].step : fields[i].least * 2 + 2};
    for (unsigned k = 0; k < 5 + (fields[i].step != 0); k++) {
      weir_config c = rig_config();
      memcpy((char *)&c + fields[i].offset, &tries[k], sizeof tries[k]);
      CHECK_EQ(weir_engine_size(&c) > 0, k < 2 || k == 5);
    }
    if (fields[i].step != 1) { /* a multiple of 64, a power of two */
      weir_config c = rig_config();
      const uint32_t odd = fields[i].least + 96;
      memcpy((char *)&c + fields[i].offset, &odd, sizeof odd);
      CHECK_EQ(weir_engine_size(&c), 0);
    }
  }
  weir_config c = rig_config();
  c.abi++;
  CHECK_EQ(weir_engine_size(&c), 0);
  c = rig_config();
  c.on_malformed = 2;
  CHECK_EQ(weir_engine_size(&c), 0);
  c = rig_config();
  c.home_count = 1;
  c.home[0].bits = 129;
  CHECK_EQ(weir_engine_size(&c), 0);
}

static void test_memory(void) {
  weir_config c = rig_config();
  size_t size = weir_engine_size(&c);
  uint8_t *memory = aligned_alloc(64, size + 64);
  weir_engine *e = NULL;
  memset(memory, 0, size + 64);
  CHECK_EQ(weir_engine_init(&e, memory, size - 1, &c), WEIR_NO_MEMORY);
  CHECK_EQ(weir_engine_init(&e, memory + 8, size, &c), WEIR_BAD_ARGUMENT);
  CHECK_EQ(weir_engine_init(&e, NULL, size, &c), WEIR_BAD_ARGUMENT);
  CHECK_EQ(weir_engine_init(NULL, memory, size, &c), WEIR_BAD_ARGUMENT);
  CHECK_EQ(weir_engine_init(&e, memory, size, NULL), WEIR_BAD_ARGUMENT);
  CHECK(e == NULL);
  CHECK_EQ(weir_engine_init(&e, memory, size, &c), WEIR_OK);
  CHECK_EQ(weir_next_deadline(e), UINT64_MAX);
  size_t n = 1;
  weir_records(e, &n);
  CHECK_EQ(n, 0);
  weir_records_release(e, 100); /* more than there are */
  weir_records(e, &n);
  CHECK_EQ(n, 0);
  CHECK(weir_tick(e, 0) && weir_finish(e));
  CHECK_EQ(weir_inspect(e, NULL, 0, NULL), 0);
  for (size_t i = size; i < size + 64; i++) CHECK_EQ(memory[i], 0);
  free(memory);
}

/* Pages nobody needs yet stay untouched: a phone counts each one. */
static void test_init_touches_little(void) {
  weir_config c;
  weir_config_init(&c);
  size_t size = weir_engine_size(&c), dirty = 0;
  uint8_t *memory = aligned_alloc(64, size);
  weir_engine *e;
  memset(memory, 0, size);
  CHECK_EQ(weir_engine_init(&e, memory, size, &c), WEIR_OK);
  for (size_t page = 0; page + 4096 <= size; page += 4096) {
    size_t i = page;
    while (i < page + 4096 && !memory[i]) i++;
    dirty += i < page + 4096;
  }
  CHECK(dirty < 16);
  free(memory);
}

static void test_ring_wraps(void) {
  weir_config c = rig_config();
  c.max_records = 256;
  rig r = rig_with(&c);
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 1, 2, 9);
  for (unsigned i = 0; i < 1000; i++) {
    rig_tcp(&r, &e, 0, i * 1000, TCP_SYN, NULL, 0);
    rig_tcp(&r, &e, 0, i * 1000, TCP_RST, NULL, 0);
    if (i % 50 == 0) rig_drain(&r);
  }
  rig_finish(&r);
  CHECK_EQ(r.count, 1000);
  for (unsigned i = 0; i < r.count; i++) CHECK_EQ(r.records[i].flow_id, i + 1);
  rig_free(&r);
}

static void test_vocabulary(void) {
  CHECK(!strcmp(weir_status_text(WEIR_NO_MEMORY), "memory block smaller than weir_engine_size()"));
  CHECK(!strcmp(weir_protocol_text(WEIR_PROTOCOL_HTTPS), "https"));
  CHECK(!strcmp(weir_protocol_text(WEIR_PROTOCOL_COUNT), "?"));
  CHECK(!strcmp(weir_reason_text(WEIR_REASON_FLOW_DECIDED), "flow-decided"));
  CHECK(!strcmp(weir_close_text(UINT32_MAX), "?"));
  CHECK(!strcmp(weir_status_text(INT32_MIN), "?"));
}

int main(void) {
  test_defaults();
  test_presets();
  test_sizes();
  test_bounds();
  test_memory();
  test_init_touches_little();
  test_ring_wraps();
  test_vocabulary();
  return test_end("engine");
}
