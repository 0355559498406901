/* The packet thread beside a bare loop in C that does only what must be done: the same flags, MTU, queue, generator
 * and CPUs, in turns, in a network namespace that ends with this process.  Arguments: read, answer or hairpin; a compiled
 * ruleset; how many flows; the program flood; rounds; milliseconds of each.  Prints a line each round: nanoseconds
 * of the thread's CPU for a packet (hairpin: for a kilobyte) of the bare loop and of the engine's, and packets for
 * each time that they woke. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench.h"
#include "crypto.h"
#include "file.h"
#include "loop.h"
#include "netlink.h"
#include "openssl.h"

enum {
  LOOPS_CPU = 0,
  FLOOD_CPU = 1,
  PORT = 8080,
  RECORDS = 4096,
  CLIENT_PORT = 40053,
  ANSWER_MAX = 1500
};

typedef enum { READ, ANSWER, HAIRPIN } work;

typedef struct bare {
  tun device;
  work does;
  weir_engine *engine; /* for one answer */
  uint8_t answer[TUN_HEADER_LEN + ANSWER_MAX];
  size_t answer_len;
  pthread_t thread;
  atomic_ullong reads, wakeups;
} bare;

typedef struct figures {
  double ns;
  uint64_t packets, wakeups, bytes, written;
} figures;

typedef struct side {
  const char *device;
  const char *server; /* of bulk transfers; routed to the device */
  clockid_t clock;    /* of its thread */
  bare *bare;
  loop *loop;
} side;

static trouble why;
static atomic_ullong received;

static void must(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "live: %s: %s %s\n", what, why.text, strerror(errno));
  exit(1);
}

static void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

/* ---- the bare loop ----------------------------------------------------------- */

static void swap(uint8_t *a, uint8_t *b, size_t len) {
  for (size_t i = 0; i < len; i++) {
    uint8_t kept = a[i];
    a[i] = b[i];
    b[i] = kept;
  }
}

/* Two bytes of a packet, and the checksum over them (RFC 1624 3). */
static void put_word(uint8_t *at, const uint8_t *word, uint8_t *sum) {
  uint32_t total = (uint32_t)(~(sum[0] << 8 | sum[1]) & 0xffff);
  total += (uint32_t)(~(at[0] << 8 | at[1]) & 0xffff) + (uint32_t)(word[0] << 8 | word[1]);
  total = (total & 0xffff) + (total >> 16);
  total = ~(total + (total >> 16));
  sum[0] = (uint8_t)(total >> 8);
  sum[1] = (uint8_t)total;
  memcpy(at, word, 2);
}

/* What the engine answers to the first query, byte for byte, is the answer to all: of another the server's address and
 * the query's number are put in. */
static void write_answer(bare *b, const uint8_t *query, size_t len) {
  uint8_t *ip = b->answer + TUN_HEADER_LEN;
  if (!b->answer_len) {
    weir_result result;
    weir_packet in = {.data = query, .len = (uint32_t)len, .now_us = 1};
    weir_inspect(b->engine, &in, 1, &result);
    b->answer_len = weir_answer(b->engine, &in, &result, ip, ANSWER_MAX);
    must(b->answer_len > 28, "the engine's answer");
  }
  for (unsigned i = 0; i < 4; i += 2) {
    uint8_t before[2] = {ip[12 + i], ip[13 + i]};
    put_word(ip + 12 + i, query + 16 + i, ip + 10);
    memcpy(ip + 12 + i, before, 2); /* the UDP checksum is over it, too */
    put_word(ip + 12 + i, query + 16 + i, ip + 26);
  }
  put_word(ip + 28, query + 28, ip + 26);
  if (write(b->device.fd, b->answer, TUN_HEADER_LEN + b->answer_len) < 0) return;
}

/* What was read from an open device is written back to it with its ends swapped: checksums stay right. */
static void turn_round(bare *b, uint8_t *bytes, size_t len) {
  uint8_t *ip = bytes + TUN_HEADER_LEN;
  if (b->does == READ || ip[0] != 0x45) return;
  if (b->does == ANSWER) {
    if (ip[9] == IPPROTO_UDP && len > TUN_HEADER_LEN + 40)
      write_answer(b, ip, len - TUN_HEADER_LEN);
    return;
  }
  swap(ip + 12, ip + 16, 4);
  if (write(b->device.fd, bytes, len) < 0) return;
}

static void *run_bare(void *argument) {
  static uint8_t bytes[TUN_PACKET_MAX];
  bare *b = argument;
  struct epoll_event event = {.events = EPOLLIN};
  int epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, b->device.fd, &event);
  while (epoll_wait(epoll, &event, 1, -1) == 1) {
    ssize_t n;
    uint64_t reads = 0;
    atomic_fetch_add_explicit(&b->wakeups, 1, memory_order_relaxed);
    while ((n = read(b->device.fd, bytes, sizeof bytes)) > 0) {
      turn_round(b, bytes, (size_t)n);
      if (++reads % 64) continue;
      atomic_fetch_add_explicit(&b->reads, 64, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&b->reads, reads % 64, memory_order_relaxed);
  }
  return NULL;
}

/* ---- the two devices ----------------------------------------------------------- */

static netlink_prefix prefix(const char *address, uint8_t bits) {
  netlink_prefix p = {.version = 4, .bits = bits};
  inet_pton(AF_INET, address, p.octets);
  return p;
}

static tun device(const char *name, const char *own, uint8_t bits, const char *routed) {
  tun t;
  netlink_prefix address = prefix(own, bits), route = prefix(routed, 24);
  must(tun_open(&t, name, true, &why), name);
  int s = netlink_open(&why);
  must(s >= 0 && netlink_up(s, t.index, 1500, &why) &&
           netlink_add_address(s, t.index, &address, &why) &&
           netlink_add_route(s, t.index, &route, &why),
       name);
  close(s);
  return t;
}

static void ignore(void *context) { (void)context; }

static void find_clock(weir_engine *engine, void *argument) {
  (void)engine;
  pthread_getcpuclockid(pthread_self(), argument);
}

static weir_engine *new_engine(const weir_ruleset *rules, uint32_t flows) {
  static weir_crypto crypto;
  weir_config config;
  weir_engine *engine;
  weir_config_init(&config);
  must(weir_crypto_openssl_new(&crypto), "a crypto provider");
  config.crypto = &crypto;
  if (config.max_flows < flows + flows / 8) config.max_flows = flows + flows / 8;
  size_t size = weir_engine_size(&config);
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (size >= (size_t)256 << 20) madvise(memory, size, MADV_HUGEPAGE); /* as the addon does */
  must(memory != MAP_FAILED && weir_engine_init(&engine, memory, size, &config) == WEIR_OK,
       "an engine");
  weir_engine_use(engine, rules);
  return engine;
}

static void start_bare(side *out, work does, const weir_ruleset *rules) {
  static bare b;
  b.does = does;
  b.engine = new_engine(rules, 0);
  b.device = device(out->device, "10.99.0.1", 32, "203.0.113.0");
  must(!pthread_create(&b.thread, NULL, run_bare, &b), "a thread");
  pthread_getcpuclockid(b.thread, &out->clock);
  out->bare = &b;
}

static weir_addr mapped(const char *address) {
  weir_addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
  inet_pton(AF_INET, address, a.octets + 12);
  return a;
}

static void start_weir(side *out, work does, const weir_ruleset *rules, uint32_t flows) {
  static tun t;
  weir_hairpin way = {
      .own4 = mapped("198.18.0.1"), .mask4 = mapped("198.18.0.2"), .tcp_port = PORT};
  t = device(out->device, "198.18.0.1", 15, "198.51.100.0");
  out->loop = loop_start(&t, new_engine(rules, flows), does == HAIRPIN ? &way : NULL, RECORDS,
                         ignore, NULL, &why);
  must(out->loop, "the packet thread");
  loop_call(out->loop, find_clock, &out->clock);
}

/* ---- load ---------------------------------------------------------------------- */

/* Records are read as they come, by a reader who does nothing with them. */
static void read_records(side *s) {
  size_t count;
  if (!s->loop) return;
  while (loop_records(s->loop, &count), count) loop_release(s->loop, count);
}

static uint64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void wait_ms(side *s, unsigned ms) {
  uint64_t end = now_ms() + ms;
  do {
    usleep(1000);
    read_records(s);
  } while (now_ms() < end);
}

static figures look(side *s) {
  struct timespec t;
  loop_counters counters;
  figures f = {.bytes = atomic_load(&received)};
  clock_gettime(s->clock, &t);
  f.ns = (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
  if (s->loop) {
    loop_get_counters(s->loop, &counters);
    f.packets = counters.reads;
    f.wakeups = counters.wakeups;
    f.written = counters.writes;
  } else {
    f.packets = atomic_load(&s->bare->reads);
    f.wakeups = atomic_load(&s->bare->wakeups);
  }
  return f;
}

static pid_t start_flood(const char *program, side *s, const char *kind, const char *flows,
                         const char *packets) {
  pid_t child = fork();
  if (child) return child;
  int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  execl(program, program, s->device, kind, flows, packets, "1", "0", (char *)NULL);
  _exit(127);
}

static void *serve(void *argument) {
  static char bytes[1 << 18];
  int listening = *(int *)argument;
  for (;;) {
    int s = accept(listening, NULL, NULL);
    for (ssize_t n; (n = recv(s, bytes, sizeof bytes, MSG_TRUNC)) > 0;)
      atomic_fetch_add_explicit(&received, (unsigned long long)n, memory_order_relaxed);
    close(s);
  }
  return NULL;
}

static void start_server(void) {
  static int listening;
  pthread_t thread;
  int yes = 1;
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  listening = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  must(!bind(listening, (struct sockaddr *)&any, sizeof any) && !listen(listening, 8), "listener");
  must(!pthread_create(&thread, NULL, serve, &listening), "a thread");
}

static pid_t start_bulk(side *s) {
  static char bytes[1 << 18] = "SSH-2.0-bulk\r\n";
  pid_t child = fork();
  if (child) return child;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  inet_pton(AF_INET, s->server, &to.sin_addr);
  int out = socket(AF_INET, SOCK_STREAM, 0);
  must(!connect(out, (struct sockaddr *)&to, sizeof to), "connect");
  while (send(out, bytes, sizeof bytes, MSG_NOSIGNAL) > 0) continue;
  _exit(0);
}

static figures measure(side *s, work does, const char *program, const char *flows, unsigned ms) {
  pid_t child = does == HAIRPIN
                    ? start_bulk(s)
                    : start_flood(program, s, does == READ ? "data" : "dns", flows, "0");
  wait_ms(s, 150);
  figures before = look(s);
  wait_ms(s, ms);
  figures after = look(s);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  wait_ms(s, 20);
  return (figures){after.ns - before.ns, after.packets - before.packets,
                   after.wakeups - before.wakeups, after.bytes - before.bytes,
                   after.written - before.written};
}

/* Each flow is there before anything is measured. */
static void begin_flows(side *s, const char *program, const char *flows) {
  pid_t child = start_flood(program, s, "data", "0", flows);
  while (!waitpid(child, NULL, WNOHANG)) wait_ms(s, 1);
}

/* The client whom answers reach, who never reads them. */
static void open_client(void) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(CLIENT_PORT)};
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  inet_pton(AF_INET, "198.18.0.1", &own.sin_addr);
  must(!bind(s, (struct sockaddr *)&own, sizeof own), "a client");
}

static void write_setting(const char *path, const char *value) {
  FILE *f = fopen(path, "w");
  must(f && fputs(value, f) >= 0 && !fclose(f), path);
}

int main(int argc, char **argv) {
  weir_ruleset rules;
  if (argc != 7 || weir_ruleset_open(&rules, bench_map(argv[2])) != WEIR_OK) return 2;
  work does = argv[1][0] == 'r' ? READ : argv[1][0] == 'a' ? ANSWER : HAIRPIN;
  unsigned rounds = (unsigned)atoi(argv[5]), ms = (unsigned)atoi(argv[6]);
  must(!unshare(CLONE_NEWNET), "a network namespace, which needs root");
  write_setting("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
  write_setting("/proc/sys/net/ipv4/conf/default/rp_filter", "0");
  side bare = {.device = "bare0", .server = "203.0.113.9"};
  side weir = {.device = "weir0", .server = "198.51.100.9"};
  stay_on(LOOPS_CPU); /* threads begin where their maker is */
  start_bare(&bare, does, &rules);
  start_weir(&weir, does, &rules, (uint32_t)strtoul(argv[3], NULL, 0));
  stay_on(FLOOD_CPU);
  if (does == HAIRPIN) start_server();
  if (does == ANSWER) open_client();
  if (does == READ) begin_flows(&weir, argv[4], argv[3]);
  for (unsigned i = 0; i < rounds; i++) {
    figures b = measure(&bare, does, argv[4], argv[3], ms);
    figures w = measure(&weir, does, argv[4], argv[3], ms);
    double of_bare = does == HAIRPIN ? (double)b.bytes / 1000 : (double)b.packets;
    double of_weir = does == HAIRPIN ? (double)w.bytes / 1000 : (double)w.packets;
    printf("%.2f\t%.2f\t%.1f\t%.1f\n", b.ns / of_bare, w.ns / of_weir,
           (double)b.packets / (double)(b.wakeups + 1),
           (double)w.packets / (double)(w.wakeups + 1));
    fflush(stdout);
  }
  exit(0);
}
