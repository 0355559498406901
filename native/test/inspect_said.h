/* inspect_said.h -- what the tests of whole flows say over and over, and check. */
#ifndef WEIR_TEST_INSPECT_SAID_H
#define WEIR_TEST_INSPECT_SAID_H

#include "rig.h"

#define FLOW    WEIR_RECORD_FLOW
#define TEXT(s) (s), sizeof(s) - 1

static const wire_ends web = {.version = 4,
                              .transport = TRANSPORT_TCP,
                              .address = {{10, 0, 0, 1}, {198, 51, 100, 80}},
                              .port = {40000, 80}};

static inline uint32_t say(rig *r, const wire_ends *e, uint32_t seq, const char *text) {
  rig_tcp(r, e, 0, seq, TCP_ACK, text, strlen(text));
  return seq + (uint32_t)strlen(text);
}

/* The hosts of the first flow, in order of their records, with commas. */
static inline const char *hosts(rig *r) {
  static char out[1024];
  size_t n = 0;
  rig_finish(r);
  for (size_t i = 0; i < r->count; i++) {
    const weir_record *x = &r->records[i];
    if (x->kind != FLOW && x->kind != WEIR_RECORD_NAME) continue;
    n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? "," : "", x->name_len, x->name);
  }
  rig_free(r);
  return out;
}

#define CHECK_HOSTS(r, expected)              \
  do {                                        \
    const char *told = hosts(r);              \
    CHECK_TEXT(told, strlen(told), expected); \
  } while (0)

static const char request_a[] = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
static const char request_b[] = "GET / HTTP/1.1\r\nHost: b.test\r\n\r\n";
static const char post_a[] = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 40\r\n\r\n";
static const char body40[] = "GET / HTTP/1.1\r\nHost: body.test\r\n\r\n.....";

static const wire_ends resolver = {.version = 4,
                                   .transport = TRANSPORT_UDP,
                                   .address = {{10, 0, 0, 1}, {198, 51, 100, 53}},
                                   .port = {5000, 53}};

static inline void ask(rig *r, uint16_t id, const char *host, uint16_t type) {
  uint8_t bytes[600];
  rig_udp(r, &resolver, 0, bytes, rig_dns(bytes, id, host, type, NULL));
}

static inline void answer(rig *r, uint16_t id, const char *host, unsigned last) {
  uint8_t bytes[600];
  rig_udp(r, &resolver, 1, bytes,
          rig_dns(bytes, id, host, 1, (uint8_t[]){198, 51, 100, (uint8_t)last}));
}

static inline void check_result(const rig *r, uint8_t verdict, uint8_t reason, bool rule,
                                const char *file, int line) {
  if (r->result.verdict == verdict && r->result.reason == reason &&
      (r->result.rule != WEIR_NO_RULE) == rule) {
    test_passed++;
  } else {
    test_failed++;
    fprintf(stderr, "%s:%d: %s, %s, rule %d\n", file, line, weir_verdict_text(r->result.verdict),
            weir_reason_text(r->result.reason), (int)r->result.rule);
  }
}

#define CHECK_RESULT(verdict, reason, rule) \
  check_result(&r, WEIR_VERDICT_##verdict, WEIR_REASON_##reason, rule, __FILE__, __LINE__)

#endif
