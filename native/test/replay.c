/* replay.c -- a capture through the whole engine, one line of text a record.
 *
 * For machines and builds without Node: sanitizers, emulators, other byte orders.
 *   replay CAPTURE [RULESET]
 * Exit status: 0 done, 3 damaged capture, 4 not a capture or not readable, 5 no ruleset. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "crypto.h"
#include "link.h"
#include "weir.h"

#define BATCH 64

typedef struct bytes {
  uint8_t *at;
  size_t len;
} bytes;

static bytes read_file(const char *path) {
  bytes b = {NULL, 0};
  FILE *f = fopen(path, "rb");
  if (!f) return b;
  size_t room = 1 << 16, n;
  b.at = malloc(room);
  while ((n = fread(b.at + b.len, 1, room - b.len, f)) > 0)
    if ((b.len += n) == room) b.at = realloc(b.at, room *= 2);
  fclose(f);
  return b;
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
  print_address((const weir_addr *)(const void *)r->address, 0);
  printf("%.*s %.*s %.*s\n", r->ja4_len, r->ja4, r->alpn_len, r->alpn, r->name_len, r->name);
}

static void drain(weir_engine *engine) {
  size_t count;
  const weir_record *records;
  while ((records = weir_records(engine, &count)), count) {
    for (size_t i = 0; i < count; i++) print_record(&records[i]);
    weir_records_release(engine, count);
  }
}

static void judge(weir_engine *engine, const weir_packet *packets, size_t count) {
  weir_result results[BATCH];
  for (size_t done = 0; done < count; drain(engine))
    done += weir_inspect(engine, packets + done, count - done, results + done);
}

/* Feeds the engine until the capture ends or its damage begins. */
static parse_outcome feed(weir_engine *engine, capture *c, bytes file) {
  weir_packet batch[BATCH];
  size_t count = 0;
  reader in = reader_of(file.at, file.len), ip;
  capture_packet p;
  parse_outcome outcome;
  while ((outcome = capture_next(c, &in, &p)) == PARSE_PARSED) {
    if (link_to_ip(p.link_type, p.frame, &ip) != LINK_IP) continue;
    uint32_t header = (uint32_t)(p.frame.left - ip.left);
    batch[count++] = (weir_packet){.data = ip.at,
                                   .len = (uint32_t)ip.left,
                                   .wire_len = p.wire_len - header,
                                   .now_us = capture_us(&p)};
    if (count < BATCH) continue;
    judge(engine, batch, count);
    count = 0;
  }
  judge(engine, batch, count);
  return outcome == PARSE_NEED_MORE ? capture_end(c, in) : outcome;
}

static weir_engine *new_engine(const weir_crypto *crypto, void **memory) {
  weir_config config;
  weir_engine *engine = NULL;
  weir_config_init(&config);
  config.crypto = crypto;
  size_t size = (weir_engine_size(&config) + 63) & ~(size_t)63;
  *memory = aligned_alloc(64, size);
  memset(*memory, 0, size);
  return weir_engine_init(&engine, *memory, size, &config) == WEIR_OK ? engine : NULL;
}

int main(int argc, char **argv) {
  static capture c;
  weir_crypto crypto;
  weir_ruleset rules;
  void *memory;
  bytes file = argc > 1 ? read_file(argv[1]) : (bytes){NULL, 0};
  bytes compiled = argc > 2 ? read_file(argv[2]) : (bytes){NULL, 0};
  if (!file.at) return fprintf(stderr, "usage: replay CAPTURE [RULESET]\n"), 4;
  weir_crypto_portable(&crypto);
  weir_engine *engine = new_engine(&crypto, &memory);
  if (argc > 2 && weir_ruleset_open(&rules, (weir_bytes){compiled.at, compiled.len}) != WEIR_OK)
    return fprintf(stderr, "%s: no ruleset\n", argv[2]), 5;
  if (argc > 2) weir_engine_use(engine, &rules);
  capture_init(&c);
  parse_outcome outcome = feed(engine, &c, file);
  bool done;
  do {
    done = weir_finish(engine);
    drain(engine);
  } while (!done);
  if (outcome != PARSE_PARSED)
    fprintf(stderr, "%s: %s at byte %llu\n", argv[1], c.message, (unsigned long long)c.bad_offset);
  free(memory);
  free(file.at);
  free(compiled.at);
  return outcome == PARSE_PARSED ? 0 : outcome == PARSE_NOT_MINE ? 4 : 3;
}
