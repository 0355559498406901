/* weir_inspect(): packets, times and clock jumps against three engines that must agree.
 *
 * Input: a byte of options, then frames: what, time step, length (two bytes), bytes.  One engine
 * gets packets one by one and is drained now and then, one gets them in batches and is drained only
 * when it asks, one is the first again. */
#include <stdlib.h>
#include <string.h>

#include "../test/ruleset_golden.h"
#include "../test/arrival_same.h"
#include "../test/wire.h"
#include "crypto.h"
#include "engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PACKETS_MAX = 200 };

typedef struct subject {
  weir_engine *engine;
  void *memory;
  weir_record *records;
  weir_result results[PACKETS_MAX];
  size_t count;
  size_t pages; /* of its records, those of pages: they hang on who asked for answers */
} subject;

typedef struct script {
  weir_packet packets[PACKETS_MAX];
  uint8_t before[PACKETS_MAX]; /* what is done before the packet: BEFORE_* */
  size_t count;
} script;

enum { BEFORE_TICK = 1, BEFORE_DRAIN = 2, BEFORE_FINISH = 4, BEFORE_RULES = 8 };

static weir_crypto crypto;
static weir_ruleset rules;

static void require(bool condition) {
  if (!condition) abort();
}

/* ---- the script ------------------------------------------------------------ */

/* Four flows of each transport, so that bytes meet in few of them. */
static size_t packet_of(uint8_t *out, uint8_t what, reader bytes) {
  static const uint16_t ports[4] = {53, 443, 80, 25};
  static const uint8_t flags[8] = {TCP_ACK, TCP_ACK,           TCP_ACK,           TCP_ACK,
                                   TCP_SYN, TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK, TCP_RST};
  uint8_t shape = 0, at = 0;
  get_u8(&bytes, &shape);
  wire_ends ends =
      wire_between(what & 1 ? TRANSPORT_TCP : TRANSPORT_UDP, 1, (uint16_t)(1000 + (shape >> 2 & 3)),
                   (uint8_t)(shape & 1), ports[shape & 3]);
  if (shape & 0x20) ends.version = 6;
  unsigned down = shape >> 4 & 1;
  if (what & 1) {
    get_u8(&bytes, &at);
    return wire_tcp(out, &ends, down, 0xffffff80u + (at & 0x7f) * 8u + (shape >> 7),
                    flags[shape & 0x40 ? at >> 5 : 0], bytes.at, bytes.left);
  }
  if (shape & 0x40) { /* a fragment */
    get_u8(&bytes, &at);
    size_t n = wire_ip(out, &ends, down, bytes.left);
    if (ends.version == 4) wire_put16(out + 6, (at & 0x1fu) | (at & 0x80u) << 6);
    memcpy(out + n, bytes.at, bytes.left);
    return n + bytes.left;
  }
  return wire_udp(out, &ends, down, bytes.at, bytes.left);
}

static uint64_t step_of(uint8_t code) {
  if (code < 128) return code * UINT64_C(1000);
  if (code < 240) return (uint64_t)(code - 127) << 20;
  return code & 1 ? (uint64_t)0 - ((uint64_t)1 << (code & 15) << 22)
                  : (uint64_t)1 << (code & 15) << 34;
}

static void read_script(script *s, reader in) {
  uint64_t now = UINT64_C(1700000000000000);
  uint8_t what, step, head[2];
  reader len, bytes;
  s->count = 0;
  while (s->count < PACKETS_MAX && get_u8(&in, &what) && get_u8(&in, &step) &&
         get_bytes(&in, 2, &len)) {
    head[0] = len.at[0], head[1] = len.at[1];
    size_t n = (size_t)(head[0] & 7) << 8 | head[1];
    if (!get_bytes(&in, n < in.left ? n : in.left, &bytes)) break;
    uint8_t *copy = malloc(bytes.left + WIRE_HEADERS_MAX);
    size_t size = bytes.left;
    if (what & 2)
      size = packet_of(copy, what, bytes);
    else
      memcpy(copy, bytes.at, bytes.left);
    copy = realloc(copy, size ? size : 1);
    now += step_of(step);
    s->packets[s->count] = (weir_packet){
        .data = copy, .len = (uint32_t)size, .now_us = now, .direction = what >> 2 & 3};
    if (head[0] & 0x80) s->packets[s->count].wire_len = (uint32_t)size + (head[0] >> 4 & 7u) * 100;
    s->before[s->count++] = (what >> 4 & 3) == 3 ? (uint8_t)(what >> 6) : 0;
    if ((what >> 4) == 11) s->before[s->count - 1] = BEFORE_FINISH;
    if ((what >> 4) == 15) s->before[s->count - 1] = BEFORE_RULES;
  }
}

/* ---- an engine ------------------------------------------------------------- */

static weir_config config_of(uint8_t options) {
  weir_config c;
  weir_config_init(&c);
  c.max_flows = 16;
  c.max_assemblers = 4;
  c.assembler_bytes = 8192;
  c.max_records = 256;
  c.max_fragments = 2;
  c.max_hints = options & 1 ? 8 : 0;
  c.max_dns_pending = 3;
  c.max_names = 64;
  c.on_malformed = options >> 1 & 1;
  c.crypto = options & 4 ? &crypto : NULL;
  if (options & 8) c.tcp_idle_us = UINT64_MAX;
  return c;
}

static void subject_new(subject *s, uint8_t options) {
  weir_config config = config_of(options);
  size_t size = weir_engine_size(&config);
  s->memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
  memset(s->memory, 0, size);
  require(weir_engine_init(&s->engine, s->memory, size, &config) == WEIR_OK);
  if (options & 16) weir_engine_use(s->engine, &rules);
  s->records = NULL;
  s->count = s->pages = 0;
}

static void subject_free(subject *s) { free(s->memory), free(s->records); }

static void check_record(const weir_record *r) {
  bool is_traffic = r->kind == WEIR_RECORD_FLOW || r->kind == WEIR_RECORD_DNS;
  /* Of what was done, a page is all that can be: nobody here has a link's signature. */
  require((r->kind >= WEIR_RECORD_NAME && r->kind <= WEIR_RECORD_DNS) ||
          r->kind == WEIR_RECORD_PAGE);
  require(r->protocol < WEIR_PROTOCOL_COUNT && r->via < WEIR_PROTOCOL_COUNT);
  require(*weir_evidence_text(r->evidence) != '?' && *weir_host_source_text(r->host_source) != '?');
  require(*weir_verdict_text(r->verdict) != '?' && *weir_action_text(r->action) != '?');
  require(*weir_reason_text(r->reason) != '?' && *weir_close_text(r->close) != '?');
  require((r->kind == WEIR_RECORD_FLOW) == (r->close != WEIR_CLOSE_NONE));
  require(r->flow_id > 0 && r->name_len <= WEIR_NAME_MAX && r->alpn_len <= WEIR_ALPN_MAX &&
          r->ja4_len <= WEIR_JA4_MAX);
  require(r->start_us <= r->end_us);
  require(is_traffic || r->kind == WEIR_RECORD_PAGE || r->rule == WEIR_NO_RULE);
  bool stops = r->action >= WEIR_ACTION_WARN && r->reason != WEIR_REASON_AUDIT_MODE &&
               r->reason != WEIR_REASON_BYPASS;
  require((r->verdict == WEIR_VERDICT_DROP) == stops || !is_traffic);
  require(stops || r->kind != WEIR_RECORD_PAGE);
  require(r->rule != WEIR_NO_RULE ? r->action && r->generation
                                  : !r->action || r->action == WEIR_ACTION_BLOCK);
  require(r->kind != WEIR_RECORD_FLOW || r->packets_up + r->packets_down > 0);
  for (unsigned i = r->name_len; i < WEIR_NAME_MAX; i++) require(!r->name[i]);
  for (unsigned i = 0; i < r->name_len; i++) require(r->name[i] < 'A' || r->name[i] > 'Z');
}

static void drain(subject *s) {
  size_t n;
  const weir_record *r;
  while ((r = weir_records(s->engine, &n)), n > 0) {
    s->records = realloc(s->records, (s->count + n) * sizeof *r);
    for (size_t i = 0; i < n; i++) {
      check_record(&r[i]);
      if (r[i].kind == WEIR_RECORD_PAGE)
        s->pages++;
      else
        s->records[s->count++] = r[i];
    }
    weir_records_release(s->engine, n);
  }
}

static void finish(subject *s) {
  while (!weir_finish(s->engine)) drain(s);
  drain(s);
}

/* The packet's number picks what comes into use. */
static void use_rules(weir_engine *e, unsigned n) {
  weir_action otherwise = n / 3 % 2 ? WEIR_ACTION_BLOCK : WEIR_ACTION_ALLOW;
  require(weir_engine_mode(e, (weir_protection)(n % 3), otherwise) == WEIR_OK);
  weir_engine_use(e, n / 6 % 3 ? &rules : NULL);
}

/* So do bypasses, of a host with all below it and of an address, and go again. */
static void use_bypasses(weir_engine *e, uint64_t now_us, unsigned n) {
  weir_bypass by = {.expires_us = now_us + n * 100000, .over = WEIR_ACTION_BLOCK, .below = 1};
  static const char host[] = "malware.test";
  memcpy(by.addr.octets + 10, (uint8_t[]){255, 255, 198, 51, 100, 0}, 6);
  if (n & 1) memcpy(by.name, host, by.name_len = sizeof host - 1);
  if (n & 2)
    require(weir_bypass_remove(e, n & 4 ? &by : NULL) <= 2);
  else
    require(weir_bypass_add(e, &by) == WEIR_OK && weir_bypass_list(e, NULL, 0) <= 2);
}

static void before(subject *s, const script *c, size_t i) {
  if (c->before[i] & BEFORE_RULES) {
    use_rules(s->engine, (unsigned)i);
    use_bypasses(s->engine, c->packets[i].now_us, (unsigned)i);
  }
  if (c->before[i] & BEFORE_FINISH) finish(s);
  if (c->before[i] & BEFORE_TICK)
    while (!weir_tick(s->engine, c->packets[i].now_us)) drain(s);
}

/* ---- answers and the way back ------------------------------------------------ */

static packet view_of(const uint8_t *bytes, size_t len) {
  weir_packet in = {.data = bytes, .len = (uint32_t)len};
  packet p;
  packet_parse(&p, &in);
  return p;
}

/* What is said fits, is a packet, and goes to the sender alone. */
static void answer(const subject *s, const weir_packet *in, const weir_result *result) {
  static const size_t rooms[] = {0, 60, 100, 1500};
  size_t room = rooms[in->len % 4];
  uint8_t *out = malloc(room ? room : 1);
  size_t len = weir_answer(s->engine, in, result, out, room);
  require(len <= room);
  if (len) {
    packet to = view_of(in->data, in->len), back = view_of(out, len);
    size_t address = to.version == 4 ? 4 : 16;
    require(result->verdict == WEIR_VERDICT_DROP && back.kind == PACKET_WHOLE);
    require(back.ip_bytes == len && back.version == to.version);
    require(!memcmp(back.destination, to.source, address));
    require(!memcmp(back.source, to.destination, address));
    require(arrival_same(s->engine, in, &(weir_packet){.data = out, .len = (uint32_t)len}));
  }
  free(out);
}

/* Forth changes addresses and ports and nothing else; what comes back from there is the server's. */
static void turn(const subject *s, const weir_packet *in) {
  weir_hairpin way = {.tcp_port = 8080, .udp_port = 8081};
  uint8_t out[100], *copy = malloc(in->len ? in->len : 1);
  way.mask4.octets[15] = way.mask6.octets[15] = 9;
  memcpy(copy, in->data, in->len);
  if (weir_hairpin_forth(s->engine, &way, copy, in->len, in->len & 1)) {
    packet from = view_of(in->data, in->len), to = view_of(copy, in->len);
    require(to.kind == from.kind && to.body.left == from.body.left);
    require(to.destination_port == (to.transport == TRANSPORT_TCP ? 8080 : 8081));
  }
  memcpy(copy, in->data, in->len);
  weir_hairpin_back(s->engine, &way, copy, in->len, in->len & 1);
  require(weir_hairpin_reset(s->engine, &way, in, out, sizeof out) <= sizeof out);
  free(copy);
}

/* Pages given back, of which every other one loses what it held. */
static void lose_pages(void *context, void *base, size_t len) {
  size_t *calls = context;
  if (++*calls % 2) memset(base, 0, len);
}

static void trim(subject *s) {
  size_t calls = 0;
  const weir_pager pager = {512, &calls, lose_pages};
  weir_trim(s->engine, WEIR_TRIM_UNUSED, &pager);
}

static void run_singly(subject *s, const script *c, bool is_trimmed) {
  for (size_t i = 0; i < c->count; i++) {
    before(s, c, i);
    if (is_trimmed) trim(s);
    if (c->before[i] & BEFORE_DRAIN) drain(s);
    while (!weir_inspect(s->engine, &c->packets[i], 1, &s->results[i])) drain(s);
    answer(s, &c->packets[i], &s->results[i]);
    turn(s, &c->packets[i]);
  }
  finish(s);
}

static void run_batches(subject *s, const script *c) {
  for (size_t from = 0, to; from < c->count; from = to) {
    before(s, c, from);
    for (to = from + 1; to < c->count && !(c->before[to] & ~BEFORE_DRAIN); to++) continue;
    while ((from += weir_inspect(s->engine, &c->packets[from], to - from, &s->results[from])) < to)
      drain(s);
  }
  finish(s);
}

/* ---- what must hold -------------------------------------------------------- */

static unsigned chain(const uint32_t *next, size_t stride, uint32_t head, uint32_t none) {
  unsigned n = 0;
  for (; head != none; n++)
    head = *(const uint32_t *)(const void *)((const char *)next + head * stride);
  return n;
}

/* Slots of free runs, whose first slot has the next run's number and the run's length. */
static unsigned chain_runs(const uint32_t *next, const uint32_t *run, size_t stride, uint32_t head,
                           uint32_t none) {
  unsigned n = 0;
  for (; head != none; head = *(const uint32_t *)(const void *)((const char *)next + head * stride))
    n += *(const uint32_t *)(const void *)((const char *)run + head * stride);
  return n;
}

/* What every pool ever took has come back to it. */
static void check_pools(const weir_engine *e) {
  const observers *o = &e->observers;
  require(e->flows.count == 0 && e->flows.young_head == FLOW_NONE &&
          e->flows.young_tail == FLOW_NONE);
  require(chain_runs(&e->flows.flow->wheel_next, &e->flows.flow->wheel_prev, sizeof(flow),
                     e->flows.free, FLOW_NONE) == e->flows.used);
  for (uint32_t i = 0; i <= e->flows.mask; i++) require(!e->flows.slots[i].flow);
  for (uint32_t i = 0; i < FLOW_WHEEL; i++) require(e->flows.wheel[i] == FLOW_NONE);
  require(o->oldest == OBSERVER_NONE && o->newest == OBSERVER_NONE);
  require(chain(&o->slots->older, sizeof(observer), o->free, OBSERVER_NONE) == o->used);
  require(o->blocks_oldest == OBSERVER_NONE && o->blocks_newest == OBSERVER_NONE);
  require(chain(&o->blocks->older, sizeof(block), o->blocks_free, OBSERVER_NONE) == o->blocks_used);
  require(e->pendings.oldest == PENDING_NONE && e->pendings.newest == PENDING_NONE);
  require(chain(&e->pendings.slots[-1].next, sizeof(pending), e->pendings.free, PENDING_NONE) ==
          e->pendings.used);
  const uint32_t *first = /* a chunk begins with its link */
      (const uint32_t *)(const void *)((const uint8_t *)e->texts.chunks - TEXT_CHUNK_BYTES);
  require(chain_runs(first, first + 1, TEXT_CHUNK_BYTES, e->texts.free, TEXT_NONE) ==
          e->texts.used);
  require(e->fragments.count == 0);
}

static void check_counters(const subject *s, const script *c) {
  weir_counters n;
  uint64_t flows = 0;
  weir_get_counters(s->engine, &n);
  require(n.packets == c->count && n.passed + n.dropped == n.packets);
  require(n.flows_opened == n.flows_closed && n.flows_evicted <= n.flows_closed);
  require(n.records_written == s->count + s->pages);
  for (size_t i = 0; i < s->count; i++) flows += s->records[i].kind == WEIR_RECORD_FLOW;
  require(flows == n.flows_closed);
  require(n.fragments <= n.packets &&
          n.fragments_joined + n.fragments_expired + n.fragments_evicted <= n.fragments);
}

static void check_same(const subject *a, const subject *b, size_t packets) {
  weir_counters x, y;
  require(a->count == b->count);
  require(!a->count || !memcmp(a->records, b->records, a->count * sizeof(weir_record)));
  require(!memcmp(a->results, b->results, packets * sizeof(weir_result)));
  weir_get_counters(a->engine, &x);
  weir_get_counters(b->engine, &y);
  x.records_written -= a->pages;
  y.records_written -= b->pages;
  require(!memcmp(&x, &y, sizeof x));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static script c;
  static subject s[3];
  static _Alignas(64) unsigned char file[sizeof ruleset_golden];
  if (!len) return 0;
  memcpy(file, ruleset_golden, sizeof file);
  weir_crypto_portable(&crypto);
  require(weir_ruleset_open(&rules, (weir_bytes){file, sizeof file}) == WEIR_OK);
  read_script(&c, reader_of(data + 1, len - 1));
  for (unsigned i = 0; i < 3; i++) {
    subject_new(&s[i], data[0]);
    if (i == 1)
      run_batches(&s[i], &c);
    else
      run_singly(&s[i], &c, i == 2);
    check_pools(s[i].engine);
    check_counters(&s[i], &c);
  }
  check_same(&s[0], &s[1], c.count);
  /* Trimming changes where flows lie, and so which of equals gives way in a full table. */
  weir_counters n;
  weir_get_counters(s[0].engine, &n);
  if (!n.flows_evicted) check_same(&s[0], &s[2], c.count);
  for (unsigned i = 0; i < 3; i++) subject_free(&s[i]);
  for (size_t i = 0; i < c.count; i++) free((void *)(uintptr_t)c.packets[i].data);
  return 0;
}
