/* learn_test.c -- hosts and hellos of one flow: which is the flow's, which are further ones. */
#include "rig.h"

#include "learn.h"

typedef struct fixture {
  rig r;
  inspection in;
} fixture;

/* A flow to port `port`, opened by a SYN. */
static fixture begin(uint16_t port) {
  fixture f = {.r = rig_with_rules()};
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, port);
  rig_tcp(&f.r, &e, 0, 1, TCP_SYN, NULL, 0);
  f.in = (inspection){.engine = f.r.engine,
                      .flow = f.r.engine->flows.flow,
                      .facts = f.r.engine->flows.facts,
                      .rule = WEIR_NO_RULE};
  return f;
}

/* The flow's end gives every chunk of text back. */
static void end(fixture *f) {
  rig_finish(&f->r);
  texts *t = &f->r.engine->texts;
  unsigned n = 0;
  while (text_put(t, reader_of("x", 1)) != TEXT_NONE) n++;
  CHECK_EQ(n, f->r.engine->config.max_names);
  rig_free(&f->r);
}

static name name_of(const char *text) {
  name n = {.len = (uint8_t)strlen(text)};
  memcpy(n.text, text, n.len);
  return n;
}

static void host(fixture *f, const char *text, uint8_t source) {
  name n = name_of(text);
  learn_host(&f->in, &n, source);
}

static void check_host(const fixture *f, const char *text, uint8_t source) {
  char out[WEIR_NAME_MAX];
  size_t len =
      text_get(&f->r.engine->texts, f->in.facts->host, out, sizeof out, f->in.facts->host_len);
  CHECK_TEXT(out, len, text);
  CHECK_EQ(f->in.facts->host_source, source);
}

static void test_best_evidence(void) {
  fixture f = begin(80);
  host(&f, "", WEIR_HOST_HTTP_HOST);
  check_host(&f, "", WEIR_HOST_NONE);
  host(&f, "a.test", WEIR_HOST_HTTP_HOST);
  host(&f, "b.test", WEIR_HOST_HTTP_HOST);
  host(&f, "a.test", WEIR_HOST_HTTP_HOST);
  check_host(&f, "a.test", WEIR_HOST_HTTP_HOST);
  host(&f, "c.test", WEIR_HOST_TLS_SNI); /* better */
  check_host(&f, "c.test", WEIR_HOST_TLS_SNI);
  host(&f, "b.test", WEIR_HOST_HTTP_HOST);
  uint32_t chain = inspection_details(&f.in)->names;
  name n;
  CHECK_EQ(learn_next_name(&f.r.engine->texts, &chain, &n), WEIR_HOST_HTTP_HOST);
  CHECK_TEXT(n.text, n.len, "a.test");
  CHECK_EQ(learn_next_name(&f.r.engine->texts, &chain, &n), WEIR_HOST_HTTP_HOST);
  CHECK_TEXT(n.text, n.len, "b.test");
  CHECK_EQ(learn_next_name(&f.r.engine->texts, &chain, &n), 0);
  end(&f);
}

/* Every name is judged, whatever record it ends in; the first block stays. */
static void test_judged_at_once(void) {
  fixture f = begin(80);
  host(&f, "metrics.example.test", WEIR_HOST_HTTP_HOST);
  CHECK_EQ(f.in.action, WEIR_ACTION_AUDIT);
  host(&f, "x.malware.test", WEIR_HOST_HTTP_HOST);
  CHECK_EQ(f.in.verdict, WEIR_VERDICT_DROP);
  uint32_t rule = inspection_details(&f.in)->rule;
  host(&f, "safe.malware.test", WEIR_HOST_HTTP_HOST);
  CHECK_EQ(inspection_details(&f.in)->rule, rule);
  CHECK(f.in.flow->flags & FLOW_DECIDED);
  end(&f);
}

static void test_names_are_bounded(void) {
  fixture f = begin(80);
  char text[WEIR_NAME_MAX + 1];
  memset(text, 'a', sizeof text);
  text[WEIR_NAME_MAX] = 0;
  for (unsigned i = 0; i < 40; i++) { /* of full length */
    text[0] = (char)('a' + i % 26), text[1] = (char)('a' + i / 26);
    host(&f, text, WEIR_HOST_HTTP_HOST);
  }
  CHECK_EQ(inspection_details(&f.in)->name_count, LEARN_NAMES_MAX);
  CHECK_EQ(rig_counters(&f.r).names_dropped, 40 - 1 - LEARN_NAMES_MAX);
  end(&f);
}

/* No text left: counted, and nothing else changes. */
static void test_no_room_for_names(void) {
  fixture f = begin(80);
  texts *t = &f.r.engine->texts;
  uint32_t taken[512], n = 0;
  host(&f, "a.test", WEIR_HOST_HTTP_HOST);
  while ((taken[n] = text_put(t, reader_of("x", 1))) != TEXT_NONE) n++;
  host(&f, "b.malware.test", WEIR_HOST_HTTP_HOST);
  CHECK_EQ(rig_counters(&f.r).names_dropped, 1);
  CHECK_EQ(f.in.verdict, WEIR_VERDICT_DROP); /* judged all the same */
  check_host(&f, "a.test", WEIR_HOST_HTTP_HOST);
  while (n) text_free(t, taken[--n]);
  end(&f);
}

static hello hello_of(const char *sni, const char *alpn) {
  hello h;
  memset(&h, 0, sizeof h);
  h.host = name_of(sni);
  h.alpn_len = (uint8_t)strlen(alpn);
  memcpy(h.alpn, alpn, h.alpn_len);
  h.version = 0x0304;
  return h;
}

static void test_labels_of_hellos(void) {
  static const struct {
    uint16_t port;
    const char *sni, *alpn;
    uint8_t source, protocol, evidence;
  } cases[] = {
      {443, "a.test", "", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_HTTPS, WEIR_EVIDENCE_PAYLOAD},
      {8443, "a.test", "h2,http/1.1", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_HTTPS,
       WEIR_EVIDENCE_PAYLOAD},
      {8443, "a.test", "http/1.1", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_HTTPS, WEIR_EVIDENCE_PAYLOAD},
      {8443, "a.test", "imap", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_TLS, WEIR_EVIDENCE_PAYLOAD},
      {853, "a.test", "", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_DOT, WEIR_EVIDENCE_PAYLOAD},
      {443, "a.test", "dot", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_DOT, WEIR_EVIDENCE_PAYLOAD},
      {443, "dns.google", "h2", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_DOH, WEIR_EVIDENCE_NAME},
      {443, "xdns.google", "h2", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_HTTPS, WEIR_EVIDENCE_PAYLOAD},
      {443, "x.dns.quad9.net", "h2", WEIR_HOST_TLS_SNI, WEIR_PROTOCOL_DOH, WEIR_EVIDENCE_NAME},
      {443, "a.test", "h3", WEIR_HOST_QUIC_SNI, WEIR_PROTOCOL_HTTP3, WEIR_EVIDENCE_PAYLOAD},
      {853, "a.test", "doq", WEIR_HOST_QUIC_SNI, WEIR_PROTOCOL_DOQ, WEIR_EVIDENCE_PAYLOAD},
      {443, "a.test", "smb", WEIR_HOST_QUIC_SNI, WEIR_PROTOCOL_QUIC, WEIR_EVIDENCE_PAYLOAD}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fixture f = begin(cases[i].port);
    hello h = hello_of(cases[i].sni, cases[i].alpn);
    learn_hello(&f.in, &h, cases[i].source);
    CHECK_EQ(f.in.flow->protocol, cases[i].protocol);
    CHECK_EQ(f.in.flow->evidence, cases[i].evidence);
    check_host(&f, cases[i].sni, cases[i].source);
    learn_hello(&f.in, &h, cases[i].source); /* a second one, as after a retry, leaks nothing */
    end(&f);
  }
}

static void test_record_of_a_hello(void) {
  fixture f = begin(443);
  hello h = hello_of("a.test", "h2,http/1.1");
  h.esni = h.ech = true;
  h.ja4_len = WEIR_JA4_MAX;
  memcpy(h.ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1", sizeof h.ja4);
  learn_hello(&f.in, &h, WEIR_HOST_TLS_SNI);
  rig_finish(&f.r);
  weir_record r = rig_record(&f.r, WEIR_RECORD_FLOW, 0);
  CHECK_TEXT(r.alpn, r.alpn_len, "h2,http/1.1");
  CHECK_TEXT(r.ja4, r.ja4_len, "t13d1516h2_8daaf6152771_e5627efa2ab1");
  CHECK_EQ(r.tls_version, 0x0304);
  CHECK(r.flags & WEIR_FLAG_ESNI);
  end(&f);
}

int main(void) {
  test_best_evidence();
  test_judged_at_once();
  test_names_are_bounded();
  test_no_room_for_names();
  test_labels_of_hellos();
  test_record_of_a_hello();
  return test_end("learn");
}
