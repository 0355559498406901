/* embed.c -- the engine in a program of one's own: packets and rules in, verdicts and records out.
 *   make -C native build/plain/example/embed
 *   native/build/plain/example/embed [RULESET]
 * The packets are made here: a DNS query and the first of a TCP connection.
 * Exit status: 0; 1 when the engine or the ruleset was refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "weir.h"

/* From 192.0.2.10: what is the IPv4 address of ads.example? */
static const uint8_t query[] = {
    0x45, 0,    0,   57,  0, 1,   0,   0,   64,  17,  0,   0,   192, 0, 2, 10, 192,
    0,    2,    53,                                           /* IPv4, UDP */
    0xc0, 0x01, 0,   53,  0, 37,  0,   0,                     /* port 49153 to 53 */
    0x12, 0x34, 1,   0,   0, 1,   0,   0,   0,   0,   0,   0, /* one question */
    3,    'a',  'd', 's', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,   0, 1, 0,  1};

/* From the same host: a connection to 203.0.113.80, port 443. */
static const uint8_t syn[] = {0x45, 0,    0,    40,   0,    2,    0,   0, 64,  6,
                              0,    0,    192,  0,    2,    10,   203, 0, 113, 80, /* IPv4, TCP */
                              0xc0, 0x02, 0x01, 0xbb, 0,    0,    0,   1, 0,   0,
                              0,    0,    0x50, 0x02, 0xff, 0xff, 0,   0, 0,   0};

/* All the memory that the engine will ever have: zeroed, and aligned to 64 bytes. */
static weir_engine *new_engine(const weir_crypto *crypto) {
  weir_config config;
  weir_engine *engine = NULL;
  if (weir_abi() != WEIR_ABI || !weir_config_preset(&config, sizeof config, WEIR_PRESET_TINY))
    return NULL;
  config.crypto = crypto;
  config.seed[0] = 0x9e3779b97f4a7c15; /* random, where packets come from strangers */
  size_t size = weir_engine_size(&config);
  void *memory = size ? aligned_alloc(64, (size + 63) / 64 * 64) : NULL;
  if (!memory) return NULL;
  memset(memory, 0, size);
  return weir_engine_init(&engine, memory, size, &config) == WEIR_OK ? engine : NULL;
}

/* The bytes must stay as they are while the rules are in use: better mapped than read. */
static bool use_rules(weir_engine *engine, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) return false;
  size_t len = (size_t)ftell(file);
  uint8_t *bytes = aligned_alloc(64, (len + 63) / 64 * 64);
  weir_ruleset rules;
  rewind(file);
  bool is_read = bytes && fread(bytes, 1, len, file) == len;
  fclose(file);
  if (!is_read || weir_ruleset_open(&rules, (weir_bytes){bytes, len}) != WEIR_OK) return false;
  weir_engine_use(engine, &rules);
  return true;
}

static void print_records(weir_engine *engine) {
  size_t count;
  const weir_record *records;
  while ((records = weir_records(engine, &count)), count) {
    for (size_t i = 0; i < count; i++) {
      const weir_record *r = &records[i];
      const char *kind = r->kind == WEIR_RECORD_FLOW ? "flow" : "dns";
      printf("record: %s %llu, %s, %s %.*s\n", kind, (unsigned long long)r->flow_id,
             weir_protocol_text(r->protocol), weir_action_text(r->action), r->name_len, r->name);
    }
    weir_records_release(engine, count);
  }
}

/* What was refused may be answered: a blocked name with NXDOMAIN, a connection with a reset. */
static void judge(weir_engine *engine, const weir_packet *packet) {
  weir_result result;
  uint8_t answer[1500];
  weir_inspect(engine, packet, 1, &result);
  size_t len = weir_answer(engine, packet, &result, answer, sizeof answer);
  printf("packet: flow %llu %s, %s; %zu bytes of answer\n", (unsigned long long)result.flow_id,
         weir_verdict_text(result.verdict), weir_reason_text(result.reason), len);
}

int main(int argc, char **argv) {
  weir_crypto crypto;
  weir_crypto_portable(&crypto);
  weir_engine *engine = new_engine(&crypto);
  if (!engine) return fprintf(stderr, "embed: no engine\n"), 1;
  if (argc > 1 && !use_rules(engine, argv[1]))
    return fprintf(stderr, "embed: %s is no ruleset\n", argv[1]), 1;
  const weir_packet packets[] = {
      {.data = query, .len = sizeof query, .now_us = 1700000000000000},
      {.data = syn, .len = sizeof syn, .now_us = 1700000000001000},
  };
  for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) judge(engine, &packets[i]);
  /* Between packets: weir_tick(engine, now) when weir_next_deadline(engine) has come. */
  for (bool done = false; !done; print_records(engine)) done = weir_finish(engine);
  return 0;
}
