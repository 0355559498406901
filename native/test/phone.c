/* phone.c -- what an engine of the preset `phone` costs in memory that a phone must keep: private dirty
 * pages, less those of the process before it began.
 *   phone RULESET NEXT_RULESET CAPTURE...
 * The captures are played one behind the other, then as many flows as fill every table; the ruleset is
 * exchanged for the next one; then all is trimmed. Prints a line "name bytes" for each figure. */
#define _DEFAULT_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "crypto.h"
#include "link.h"
#include "rig.h"

enum { BATCH = 64, FLOWS = 20000 };

static size_t empty, peak, packets;
static weir_engine *engine;
static uint64_t now_us = UINT64_C(1700000000000000); /* one clock for all captures */

/* Bytes, as the kernel counts them; nothing is allocated to find out. */
static size_t private_dirty(void) {
  static char text[4096];
  int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  close(fd);
  const char *at = n > 0 ? strstr(text, "Private_Dirty:") : NULL;
  if (!at) fprintf(stderr, "no /proc/self/smaps_rollup here\n"), exit(2);
  return strtoull(at + 14, NULL, 10) * 1024;
}

static size_t sample(void) {
  size_t dirty = private_dirty() - empty;
  if (dirty > peak) peak = dirty;
  return dirty;
}

static weir_bytes map(const char *path) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) || !st.st_size) fprintf(stderr, "%s: not readable\n", path), exit(2);
  void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) perror("mmap"), exit(2);
  return (weir_bytes){at, (size_t)st.st_size};
}

static void unmap(weir_bytes b) { munmap((void *)(uintptr_t)b.base, b.len); }

static weir_ruleset open_rules(weir_bytes file) {
  weir_ruleset rules;
  if (weir_ruleset_open(&rules, file) != WEIR_OK) fprintf(stderr, "no ruleset\n"), exit(2);
  return rules;
}

static void drain(void) {
  size_t count;
  while (weir_records(engine, &count), count) weir_records_release(engine, count);
}

static void judge(const weir_packet *batch, size_t count) {
  weir_result results[BATCH];
  for (size_t done = 0; done < count; drain())
    done += weir_inspect(engine, batch + done, count - done, results + done);
  packets += count;
}

static void play(const char *path) {
  static capture c;
  weir_bytes file = map(path);
  weir_packet batch[BATCH];
  size_t count = 0;
  reader in = reader_of(file.base, file.len), ip;
  capture_packet p;
  capture_init(&c);
  while (capture_next(&c, &in, &p) == PARSE_PARSED) {
    if (link_to_ip(p.link_type, p.frame, &ip) != LINK_IP) continue;
    uint32_t header = (uint32_t)(p.frame.left - ip.left);
    batch[count++] = (weir_packet){.data = ip.at,
                                   .len = (uint32_t)ip.left,
                                   .wire_len = p.wire_len - header,
                                   .now_us = now_us += 100};
    if (count == BATCH) judge(batch, count), count = 0;
  }
  judge(batch, count);
  sample();
  unmap(file);
}

static void send(const uint8_t *bytes, size_t len) {
  weir_packet p = {.data = bytes, .len = (uint32_t)len, .now_us = now_us += 20};
  judge(&p, 1);
}

/* A flow with half a hello, one with a whole one, one that asks a name, and a piece of a datagram. */
static void fill(unsigned i) {
  uint8_t bytes[WIRE_HEADERS_MAX + 1024], hello[512], query[300], answer[300];
  char host[80];
  wire_ends e = wire_between(TRANSPORT_TCP, (uint8_t)(i >> 8), (uint16_t)(1024 + i), 9, 443);
  wire_ends d = wire_between(TRANSPORT_UDP, (uint8_t)(i >> 8), (uint16_t)(1024 + i), 10, 53);
  snprintf(host, sizeof host, "a-rather-long-name-of-host-number-%u.in-some-zone.example.org", i);
  size_t len = rig_hello(hello, host), half = i % 2 ? len / 2 : len;
  send(bytes, wire_tcp(bytes, &e, 0, 1000, TCP_SYN, NULL, 0));
  send(bytes, wire_tcp(bytes, &e, 1, 5000, TCP_SYN | TCP_ACK, NULL, 0));
  send(bytes, wire_tcp(bytes, &e, 0, 1001, TCP_ACK, hello, half));
  send(bytes, wire_udp(bytes, &d, 0, query, rig_dns(query, (uint16_t)i, host, 1, NULL)));
  if (i % 2) return;
  const uint8_t address[4] = {203, 0, (uint8_t)(i >> 8), (uint8_t)i};
  send(bytes, wire_udp(bytes, &d, 1, answer, rig_dns(answer, (uint16_t)i, host, 1, address)));
}

static void give_back(void *context, void *base, size_t len) {
  (void)context;
  madvise(base, len, MADV_DONTNEED);
}

static void figure(const char *what, size_t value) { printf("%s %zu\n", what, value); }

int main(int argc, char **argv) {
  static weir_crypto crypto;
  if (argc < 4) return fprintf(stderr, "usage: phone RULESET NEXT_RULESET CAPTURE...\n"), 2;
  private_dirty();
  printf("begin 0\n"), fflush(stdout); /* so that its buffer counts as the process's own */
  empty = private_dirty();

  weir_config config;
  weir_crypto_portable(&crypto);
  weir_config_preset(&config, sizeof config, WEIR_PRESET_PHONE);
  config.crypto = &crypto;
  size_t size = weir_engine_size(&config);
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || weir_engine_init(&engine, memory, size, &config)) return 2;
  weir_bytes file = map(argv[1]);
  weir_ruleset rules = open_rules(file);
  weir_engine_use(engine, &rules);
  figure("rules", rules.rule_count);
  figure("engine", size);
  figure("begun", sample());

  for (int i = 3; i < argc; i++) play(argv[i]);
  figure("captures", peak);
  for (unsigned i = 0; i < FLOWS; i++) fill(i);
  figure("full", sample());

  size_t before = private_dirty(), most = before, dirty;
  weir_bytes next_file = map(argv[2]);
  weir_ruleset next = open_rules(next_file);
  if ((dirty = private_dirty()) > most) most = dirty;
  weir_engine_use(engine, &next);
  unmap(file);
  play(argv[3]);
  if ((dirty = private_dirty()) > most) most = dirty;
  figure("swap", most - before);
  figure("peak", peak);

  weir_pager pager = {(size_t)sysconf(_SC_PAGESIZE), NULL, give_back};
  weir_trim(engine, WEIR_TRIM_BUFFERS, &pager);
  figure("buffers-trimmed", sample());
  now_us += WEIR_TRIM_SILENT_S * UINT64_C(2000000);
  weir_tick(engine, now_us);
  for (unsigned i = 0; i < 64; i++, drain()) weir_trim(engine, WEIR_TRIM_SILENT, NULL);
  weir_trim(engine, WEIR_TRIM_SILENT, &pager);
  figure("trimmed", sample());
  weir_counters n;
  weir_get_counters(engine, &n);
  figure("packets", packets);
  figure("flows", n.flows_opened);
  figure("flows-evicted", n.flows_evicted);
  figure("hints-evicted", n.hints_evicted);
  figure("assemblers-evicted", n.assemblers_evicted);
  figure("queries-evicted", n.dns_pending_evicted);
  return 0;
}
