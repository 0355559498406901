/* warn_test.c -- from a page to its link, and on: what clients are told, what becomes of flows, what is recorded. */
#include "ruleset_file.h"

#include "rig.h"

static weir_bytes file;
static weir_ruleset rules;
static weir_crypto crypto;

/* warn.test is warned about and block.test blocked, with all below; so is what is at 192.0.2.0/24. */
static void make_rules(void) {
  static const char *const lists[] = {"watch"};
  ruleset_file f = file_new();
  file_lists(&f, lists, 1, 100);
  unsigned warn = file_verdict(&f, WEIR_ACTION_WARN, 7, 3, 1);
  unsigned stop = file_verdict(&f, WEIR_ACTION_BLOCK, 7, 3, 1);
  file_name_entry(&f, "warn.test", warn, 1);
  file_name_entry(&f, "block.test", stop, 2);
  file_number_names(&f);
  file_network(&f, 0, 0xc0000200, 0, 24, stop, 3);
  file = file_write(&f);
  file_free(&f);
  CHECK_EQ(weir_ruleset_open(&rules, file), WEIR_OK);
}

static rig start(void) {
  weir_config c = rig_config();
  weir_crypto_portable(&crypto);
  c.crypto = &crypto;
  c.bypass_s = 60;
  memset(c.bypass_key, 7, sizeof c.bypass_key);
  rig r = rig_with(&c);
  weir_engine_use(r.engine, &rules);
  return r;
}

static char told[2000];

/* A new flow, a request, and what it is told: the response, or "" when it goes on. */
static const char *ask(rig *r, wire_ends *e, const char *method, const char *path,
                       const char *host) {
  static uint8_t bytes[WIRE_HEADERS_MAX + 1024], out[1500];
  char request[1024];
  int len =
      snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, path, host);
  e->port[0]++;
  rig_handshake(r, e, 1000);
  size_t n = wire_tcp(bytes, e, 0, 1000, TCP_ACK, request, (size_t)len);
  rig_packet(r, bytes, n, 0);
  weir_packet in = {.data = bytes, .len = (uint32_t)n, .now_us = r->now_us};
  size_t size = weir_answer(r->engine, &in, &r->result, out, sizeof out);
  packet view;
  packet_parse(&view, &(weir_packet){.data = out, .len = (uint32_t)size});
  if (size) memcpy(told, view.body.at, view.body.left);
  told[size ? view.body.left : 0] = 0;
  return told;
}

/* The link of the page that was told last. */
static const char *link_of(const char *page) {
  static char path[100];
  const char *at = strstr(page, "href=\"");
  CHECK(at != NULL);
  *path = 0;
  if (at) memcpy(path, at + 6, strcspn(at + 6, "\"")), path[strcspn(at + 6, "\"")] = 0;
  return path;
}

static bool is_page(const char *text) { return strstr(text, "HTTP/1.1 403 ") == text; }
static bool leads_on(const char *text) {
  return strstr(text, "HTTP/1.1 303 See Other\r\nLocation: /\r\n") == text;
}

static void going_on(uint8_t version) {
  rig r = start();
  char path[100];
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 80), else_ = e;
  e.version = else_.version = version;
  else_.address[0][3] = 9;
  CHECK(is_page(ask(&r, &e, "GET", "/secret", "www.warn.test")));
  CHECK(strstr(told, "<b>www.warn.test</b>") && strstr(told, "held back"));
  strcpy(path, link_of(told));
  CHECK(!strncmp(path, "/.well-known/weir/bypass?t=", 27) && strlen(path) == 27 + 32);

  CHECK(is_page(ask(&r, &else_, "GET", path, "www.warn.test"))); /* somebody else's link */
  CHECK(is_page(ask(&r, &e, "GET", path, "warn.test")));         /* and for another host */
  CHECK(is_page(ask(&r, &e, "HEAD", path, "www.warn.test")));
  CHECK_EQ(rig_counters(&r).bypasses_refused, 2);
  CHECK_EQ(weir_bypass_list(r.engine, NULL, 0), 0);

  CHECK(leads_on(ask(&r, &e, "GET", path, "www.warn.test")));
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP); /* nobody else hears of the link */
  rig_tcp(&r, &e, 0, 1100, TCP_ACK | TCP_FIN, NULL, 0);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(*ask(&r, &e, "GET", "/", "www.warn.test"), 0);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_PASS);
  CHECK_EQ(r.result.reason, WEIR_REASON_BYPASS);
  CHECK_EQ(r.result.action, WEIR_ACTION_WARN);
  CHECK(is_page(ask(&r, &else_, "GET", "/", "www.warn.test")));
  CHECK(is_page(ask(&r, &e, "GET", "/", "warn.test")));

  /* Used up: without the bypass, the link leads to the page again. */
  CHECK_EQ(weir_bypass_remove(r.engine, NULL), 1);
  CHECK(is_page(ask(&r, &e, "GET", path, "www.warn.test")));
  CHECK(leads_on(ask(&r, &e, "GET", link_of(told), "www.warn.test")));
  r.now_us += 61 * 1000000;
  CHECK(is_page(ask(&r, &e, "GET", "/", "www.warn.test")));
  CHECK_EQ(rig_counters(&r).bypasses_granted, 2);

  rig_finish(&r);
  weir_record granted = rig_record(&r, WEIR_RECORD_BYPASS, 0);
  CHECK_NAME(granted, "www.warn.test");
  CHECK_EQ(granted.action, WEIR_ACTION_WARN);
  CHECK_EQ(granted.reason, WEIR_REASON_BYPASS);
  CHECK_EQ(granted.ttl, 60);
  CHECK(granted.rule != WEIR_NO_RULE && granted.generation);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_BYPASS), 2);
  weir_record page = rig_record(&r, WEIR_RECORD_PAGE, 0);
  CHECK_NAME(page, "www.warn.test");
  CHECK_EQ(page.action, WEIR_ACTION_WARN);
  CHECK_EQ(page.reason, WEIR_REASON_RULE_WARN);
  CHECK_EQ(page.verdict, WEIR_VERDICT_DROP);
  CHECK(page.rule == granted.rule && page.generation == granted.generation);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_PAGE), 7); /* not of the HEAD, nor where it led on */
  size_t went_on = 0;
  for (size_t i = 0; i < r.count; i++)
    went_on += r.records[i].kind == WEIR_RECORD_FLOW && r.records[i].reason == WEIR_REASON_BYPASS;
  CHECK_EQ(went_on, 1);
  for (size_t i = 0; i < r.count; i++) /* nothing of any path is in any record */
    for (size_t k = 0; k + 6 < sizeof r.records[i]; k++)
      CHECK(memcmp((char *)&r.records[i] + k, "secret", 6) != 0);
  rig_free(&r);
}

/* What is sent once more gets its page once more, which is one page to whoever sees it. */
static void shown_once(void) {
  rig r = start();
  uint8_t bytes[WIRE_HEADERS_MAX + 1024], out[1500];
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 80);
  CHECK(is_page(ask(&r, &e, "GET", "/", "block.test")));
  static const char again[] = "GET / HTTP/1.1\r\nHost: block.test\r\n\r\n";
  size_t n = wire_tcp(bytes, &e, 0, 1000, TCP_ACK, again, sizeof again - 1);
  rig_packet(&r, bytes, n, 0);
  weir_packet in = {.data = bytes, .len = (uint32_t)n, .now_us = r.now_us};
  CHECK(weir_answer(r.engine, &in, &r.result, out, sizeof out) > 0);
  CHECK(is_page(ask(&r, &e, "GET", "/", "block.test"))); /* another flow */
  rig_finish(&r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_PAGE), 2);
  CHECK_NAME(rig_record(&r, WEIR_RECORD_PAGE, 0), "block.test");
  CHECK_EQ(rig_record(&r, WEIR_RECORD_PAGE, 0).action, WEIR_ACTION_BLOCK);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_PAGE, 0).flow_id, 1);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_PAGE, 1).flow_id, 2);
  CHECK_EQ(rig_counters(&r).records_lost, 0);
  rig_free(&r);
}

static void too_late(void) {
  rig r = start();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 80);
  char path[100];
  ask(&r, &e, "GET", "/", "warn.test");
  strcpy(path, link_of(told));
  r.now_us += 601 * 1000000;
  CHECK(is_page(ask(&r, &e, "GET", path, "warn.test")));
  rig_free(&r);
}

/* Of a flow with several hosts, the page is for the one that the rule is about. */
static void second_host(void) {
  rig r = start();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 80);
  static uint8_t bytes[WIRE_HEADERS_MAX + 200], out[1500];
  const char *first = "GET / HTTP/1.1\r\nHost: fine.test\r\n\r\n";
  const char *second = "GET / HTTP/1.1\r\nHost: warn.test\r\n\r\n";
  rig_handshake(&r, &e, 1000);
  rig_tcp(&r, &e, 0, 1000, TCP_ACK, first, strlen(first));
  size_t n =
      wire_tcp(bytes, &e, 0, 1000 + (uint32_t)strlen(first), TCP_ACK, second, strlen(second));
  rig_packet(&r, bytes, n, 0);
  weir_packet in = {.data = bytes, .len = (uint32_t)n, .now_us = r.now_us};
  size_t len = weir_answer(r.engine, &in, &r.result, out, sizeof out - 1);
  out[len] = 0;
  CHECK(strstr((char *)out + 40, "<b>warn.test</b>") != NULL);
  memmove(told, out + 40, len - 39);
  CHECK(leads_on(ask(&r, &e, "GET", link_of(told), "warn.test")));
  rig_free(&r);
}

static weir_bypass of(const char *host, uint8_t over, const rig *r) {
  weir_bypass b = {
      .expires_us = r->now_us + 60000000, .over = over, .name_len = (uint8_t)strlen(host)};
  memcpy(b.name, host, b.name_len);
  return b;
}

static void hello(rig *r, wire_ends *e, const char *host) {
  uint8_t bytes[512];
  e->port[0]++;
  rig_handshake(r, e, 1000);
  rig_tcp(r, e, 0, 1000, TCP_ACK, bytes, rig_hello(bytes, host));
}

/* A flow that goes on by a bypass ends with it, and one that was stopped goes on with one. */
static void live_flows(void) {
  rig r = start();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  hello(&r, &e, "block.test");
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  weir_bypass b = of("block.test", WEIR_ACTION_WARN, &r);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  rig_tcp(&r, &e, 0, 2000, TCP_ACK, "x", 1);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP); /* over warnings only */
  b.over = WEIR_ACTION_BLOCK;
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  for (unsigned i = 0; i < 3; i++) {
    rig_tcp(&r, &e, i & 1, 2001, TCP_ACK, "x", 1);
    CHECK_EQ(r.result.verdict, WEIR_VERDICT_PASS);
    CHECK_EQ(r.result.reason, WEIR_REASON_BYPASS);
    r.now_us += 1000000;
  }
  weir_bypass_remove(r.engine, &b);
  rig_tcp(&r, &e, 0, 2002, TCP_ACK, "x", 1);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  rig_tcp(&r, &e, 0, 2003, TCP_ACK, "x", 1);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_PASS);
  r.now_us += 60000000;
  rig_tcp(&r, &e, 0, 2004, TCP_ACK, "x", 1);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  for (unsigned i = 0; i < 2; i++) {
    r.now_us += 100000;
    rig_tcp(&r, &e, 0, 2005 + i, TCP_ACK, "x", 1);
  }
  CHECK_EQ(r.result.reason, WEIR_REASON_FLOW_DECIDED);
  rig_free(&r);
}

/* What went on for one host is stopped for the next. */
static void next_host_of_a_flow(void) {
  rig r = start();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 80);
  weir_bypass b = of("warn.test", WEIR_ACTION_WARN, &r);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  CHECK_EQ(*ask(&r, &e, "GET", "/", "warn.test"), 0);
  const char *next = "GET / HTTP/1.1\r\nHost: block.test\r\n\r\n";
  rig_tcp(&r, &e, 0, 1000 + 35, TCP_ACK, next, strlen(next));
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(r.result.reason, WEIR_REASON_RULE_BLOCK);
  rig_free(&r);
}

static void addresses(void) {
  rig r = start();
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  memcpy(e.address[1], (uint8_t[]){192, 0, 2, 7}, 4);
  rig_tcp(&r, &e, 0, 999, TCP_SYN, NULL, 0);
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  weir_bypass b = {.expires_us = r.now_us + 60000000, .over = WEIR_ACTION_BLOCK};
  memcpy(b.addr.octets + 10, (uint8_t[]){255, 255, 192, 0, 2, 7}, 6);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  hello(&r, &e, "block.test");
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_PASS);
  weir_engine_mode(r.engine, WEIR_PROTECTION_BLOCK, WEIR_ACTION_BLOCK);
  hello(&r, &e, "unknown.test");
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_PASS);
  e.address[1][3] = 8;
  hello(&r, &e, "unknown.test");
  CHECK_EQ(r.result.verdict, WEIR_VERDICT_DROP);
  rig_free(&r);
}

static void query(rig *r, const wire_ends *resolver, const char *host, uint8_t verdict,
                  uint8_t reason) {
  uint8_t bytes[300];
  rig_udp(r, resolver, 0, bytes, rig_dns(bytes, 1, host, 1, NULL));
  CHECK_EQ(r->result.verdict, verdict);
  CHECK_EQ(r->result.reason, reason);
}

/* Who is to see a page must find its host; who has only names to go by is stopped by them. */
static void queries(void) {
  rig r = start();
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 53, 53);
  query(&r, &e, "warn.test", WEIR_VERDICT_PASS, WEIR_REASON_RULE_WARN);
  query(&r, &e, "block.test", WEIR_VERDICT_DROP, WEIR_REASON_RULE_BLOCK);
  e.port[0]++;
  query(&r, &e, "warn.test", WEIR_VERDICT_PASS, WEIR_REASON_RULE_WARN);
  weir_answers answers;
  weir_answers_init(&answers);
  answers.dns.stops_warned = 1;
  weir_engine_answers(r.engine, &answers);
  e.port[0]++;
  query(&r, &e, "warn.test", WEIR_VERDICT_DROP, WEIR_REASON_RULE_WARN);
  weir_bypass b = of("warn.test", WEIR_ACTION_WARN, &r);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK);
  e.port[0]++;
  query(&r, &e, "warn.test", WEIR_VERDICT_PASS, WEIR_REASON_BYPASS);
  b = (weir_bypass){.expires_us = UINT64_MAX, .over = WEIR_ACTION_BLOCK};
  memcpy(b.addr.octets + 10, (uint8_t[]){255, 255, 198, 51, 100, 53}, 6);
  CHECK_EQ(weir_bypass_add(r.engine, &b), WEIR_OK); /* to the resolver, not to what it knows */
  query(&r, &e, "block.test", WEIR_VERDICT_DROP, WEIR_REASON_RULE_BLOCK);
  rig_finish(&r);
  CHECK_EQ(rig_record(&r, WEIR_RECORD_FLOW, 0).verdict, WEIR_VERDICT_DROP); /* the block */
  rig_free(&r);
}

int main(void) {
  make_rules();
  going_on(4);
  going_on(6);
  shown_once();
  too_late();
  second_host();
  live_flows();
  next_host_of_a_flow();
  addresses();
  queries();
  free((void *)(uintptr_t)file.base);
  return test_end("warn");
}
