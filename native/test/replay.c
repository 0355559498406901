/* replay.c -- a capture through the whole engine, for machines and builds without Node: sanitizers,
 * emulators, other byte orders.
 *   replay CAPTURE [RULESET]          one line of text a record
 *   replay --bytes CAPTURE [RULESET]  records as they are on a little-endian machine
 *   replay --rules RULESET            categories, an empty line, one line of text a rule
 * Exit status: 0 done, 3 damaged capture, 4 not a capture or not readable, 5 no ruleset. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record_bytes.h"
#include "replay_feed.h"
#include "rule_line.h"

/* As an embedder has a ruleset: its pages shared, and never to be written to. */
static weir_bytes map(const char *path) {
  struct stat s;
  weir_bytes out = {NULL, 0};
  int fd = open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, &s) || !s.st_size) return out;
  void *at = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  return at == MAP_FAILED ? out : (weir_bytes){at, (size_t)s.st_size};
}

/* On the heap, where a sanitizer sees its end. */
static weir_bytes copy(const char *path) {
  weir_bytes from = map(path);
  uint8_t *at = malloc(from.len ? from.len : 1);
  if (from.base) memcpy(at, from.base, from.len);
  return from.base ? (weir_bytes){at, from.len} : (free(at), from);
}

static void print_address(const weir_addr *a, uint16_t port) {
  for (unsigned i = 0; i < 16; i++) printf("%02x", a->octets[i]);
  printf(":%u ", port);
}

static void print_record(const weir_record *r) {
  printf("%u %llu %llu-%llu %u ", r->kind, (unsigned long long)r->flow_id,
         (unsigned long long)r->start_us, (unsigned long long)r->end_us, r->tuple.transport);
  print_address(&r->tuple.client, r->tuple.client_port);
  print_address(&r->tuple.server, r->tuple.server_port);
  printf("%s/%s/%s %s %s %s %s %s %02x ", weir_protocol_text(r->protocol),
         weir_protocol_text(r->via), weir_evidence_text(r->evidence),
         weir_host_source_text(r->host_source), weir_verdict_text(r->verdict),
         weir_action_text(r->action), weir_reason_text(r->reason), weir_close_text(r->close),
         r->flags);
  printf("%u %llu/%llu %llu/%llu %x %x %u %u %u %u %u ", r->rule, (unsigned long long)r->packets_up,
         (unsigned long long)r->packets_down, (unsigned long long)r->bytes_up,
         (unsigned long long)r->bytes_down, r->quic_version, r->tls_version, r->qtype, r->dns_id,
         r->rcode, r->answers, r->ttl);
  if (r->kind == WEIR_RECORD_ANSWER)
    print_address((const weir_addr *)(const void *)r->address, 0);
  else
    printf("%llx %u ", (unsigned long long)r->categories, r->overruled);
  printf("%.*s %.*s %.*s\n", r->ja4_len, r->ja4, r->alpn_len, r->alpn, r->name_len, r->name);
}

static void print_records(const weir_record *records, size_t count) {
  for (size_t i = 0; i < count; i++) print_record(&records[i]);
}

static void print_bytes(const weir_record *records, size_t count) {
  uint8_t bytes[sizeof *records];
  for (size_t i = 0; i < count; i++) {
    record_bytes(&records[i], bytes);
    fwrite(bytes, sizeof bytes, 1, stdout);
  }
}

static void print_rules(const weir_ruleset *rules) {
  char line[RULE_LINE_MAX];
  for (unsigned i = 0; i < rules->category_count; i++) {
    weir_bytes category = weir_ruleset_category(rules, i);
    printf("%.*s\n", (int)category.len, (const char *)category.base);
  }
  putchar('\n');
  for (uint32_t i = 0; i < rules->rule_count; i++)
    fwrite(line, rule_line(rules, i, line), 1, stdout);
}

static int replay(const char *path, const weir_ruleset *rules, feed_sink *sink) {
  static capture c;
  weir_crypto crypto;
  weir_engine *engine;
  weir_config config = feed_config(&crypto);
  weir_bytes file = copy(path);
  if (!file.base) return fprintf(stderr, "%s: cannot be read\n", path), 4;
  /* Zeroed by the system, page by page as they are used. */
  size_t size = feed_size(&config);
  uint8_t *memory = calloc(1, size + 63);
  weir_engine_init(&engine, memory + (-(uintptr_t)memory & 63), size, &config);
  if (rules) weir_engine_use(engine, rules);
  parse_outcome outcome = feed_capture(engine, &c, reader_of(file.base, file.len), sink);
  if (outcome != PARSE_PARSED)
    fprintf(stderr, "%s: %s at byte %llu\n", path, c.message, (unsigned long long)c.bad_offset);
  free(memory);
  free((void *)(uintptr_t)file.base);
  return outcome == PARSE_PARSED ? 0 : outcome == PARSE_NOT_MINE ? 4 : 3;
}

int main(int argc, char **argv) {
  weir_ruleset rules;
  bool wants_bytes = argc > 1 && !strcmp(argv[1], "--bytes");
  bool wants_rules = argc > 1 && !strcmp(argv[1], "--rules");
  int path = 1 + wants_bytes, ruleset = 2 + wants_bytes;
  if (argc <= ruleset - !wants_rules)
    return fprintf(stderr, "usage: replay [--bytes] CAPTURE [RULESET] | --rules RULESET\n"), 4;
  bool has_rules = argc > ruleset;
  if (has_rules && weir_ruleset_open(&rules, map(argv[ruleset])) != WEIR_OK)
    return fprintf(stderr, "%s: no ruleset\n", argv[ruleset]), 5;
  if (wants_rules) return print_rules(&rules), 0;
  return replay(argv[path], has_rules ? &rules : NULL, wants_bytes ? print_bytes : print_records);
}
