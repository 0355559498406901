/* loop_netns.c -- the packet thread between real sockets and a device, in a namespace of the test's own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#include "dns.h"
#include "loop.h"
#include "netlink.h"

static trouble why;
static atomic_uint woken;

static void wake(void *context) {
  (void)context;
  atomic_fetch_add(&woken, 1);
}

static netlink_prefix prefix(const char *address, uint8_t bits) {
  netlink_prefix p = {.version = 4, .bits = bits};
  inet_pton(AF_INET, address, p.octets);
  return p;
}

static netlink_prefix prefix6(const char *address, uint8_t bits) {
  netlink_prefix p = {.version = 6, .bits = bits};
  inet_pton(AF_INET6, address, p.octets);
  return p;
}

static struct sockaddr_in at(const char *address, uint16_t port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, address, &to.sin_addr);
  return to;
}

static tun device(bool offloads) {
  tun t;
  int s = netlink_open(&why);
  netlink_prefix own = prefix("10.99.0.1", 32), all = prefix("0.0.0.0", 0);
  CHECK(tun_open(&t, "weir-loop", offloads, &why));
  CHECK(netlink_up(s, t.index, 1500, &why));
  CHECK(netlink_add_address(s, t.index, &own, &why));
  CHECK(netlink_add_route(s, t.index, &all, &why));
  close(s);
  return t;
}

/* Whether something can be read within so many milliseconds. */
static bool readable(int s, int ms) {
  struct pollfd p = {.fd = s, .events = POLLIN};
  return poll(&p, 1, ms) == 1;
}

static void ask(uint16_t id, const char *host, unsigned rcode, bool answered) {
  uint8_t bytes[512];
  dns_message m;
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in to = at("198.51.100.53", 53);
  size_t n = rig_dns(bytes, id, host, 1, NULL);
  CHECK_EQ(sendto(s, bytes, n, 0, (struct sockaddr *)&to, sizeof to), n);
  CHECK_EQ(readable(s, answered ? 2000 : 200), answered);
  if (answered) {
    ssize_t got = recv(s, bytes, sizeof bytes, 0);
    CHECK(got > 0 && dns_parse(reader_of(bytes, (size_t)got), &m) == PARSE_PARSED);
    CHECK(m.id == id && m.is_response && m.rcode == rcode);
  }
  close(s);
}

/* 0, or why not within two seconds; EINPROGRESS: nobody answered. */
static int dial(const char *address, uint16_t port, int ms) {
  int error = 0, s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  socklen_t len = sizeof error;
  struct sockaddr_in to = at(address, port);
  struct pollfd p = {.fd = s, .events = POLLOUT};
  if (connect(s, (struct sockaddr *)&to, sizeof to) && errno == EINPROGRESS)
    error = poll(&p, 1, ms) == 1 && !getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &len)
                ? error
                : EINPROGRESS;
  close(s);
  return error;
}

/* Rules change while packets come. */
static void no_rules(weir_engine *engine, void *argument) {
  (void)argument;
  weir_engine_use(engine, NULL);
}

static size_t drain(loop *l, rig *r) {
  size_t count, all = 0;
  for (const weir_record *from; (from = loop_records(l, &count), count); all += count) {
    r->records = realloc(r->records, (r->count + count) * sizeof *from);
    memcpy(&r->records[r->count], from, count * sizeof *from);
    r->count += count;
    loop_release(l, count);
  }
  return all;
}

static void live(bool offloads) {
  rig r = rig_with_rules();
  tun t = device(offloads);
  loop_counters counters;
  loop *l = loop_start(&t, r.engine, NULL, 256, wake, NULL, &why);
  CHECK(l != NULL);
  ask(1, "x.malware.test", 3, true);
  ask(2, "www.example.test", 0, false);
  CHECK_EQ(dial("192.0.2.99", 443, 2000), ECONNREFUSED);
  CHECK_EQ(dial("198.51.100.9", 443, 100), EINPROGRESS);
  loop_call(l, no_rules, NULL);
  ask(3, "x.malware.test", 0, false);
  CHECK_EQ(dial("192.0.2.99", 443, 100), EINPROGRESS);
  loop_get_counters(l, &counters);
  CHECK(counters.reads >= 6);
  CHECK_EQ(counters.writes, 2);
  CHECK_EQ(counters.answers_lost, 0);
  CHECK_EQ(counters.confined, 1);
  loop_stop(l);
  CHECK(drain(l, &r) > 0);
  CHECK(atomic_load(&woken) > 0);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_DNS), 3);
  CHECK(rig_count(&r, WEIR_RECORD_FLOW) >= 5);
  loop_free(l);
  tun_close(&t);
  rig_free(&r);
}

/* A reader who never comes loses records; the thread goes on. */
static void late_reader(void) {
  rig r = rig_with_rules();
  tun t = device(false);
  loop_counters counters;
  loop *l = loop_start(&t, r.engine, NULL, 4, wake, NULL, &why);
  for (uint16_t i = 0; i < 20; i++) ask(i, "x.malware.test", 3, true);
  loop_get_counters(l, &counters);
  CHECK_EQ(counters.writes, 20);
  CHECK(counters.records_lost >= 16);
  CHECK_EQ(drain(l, &r), 4);
  ask(99, "x.malware.test", 3, true);
  loop_get_counters(l, &counters);
  CHECK_EQ(drain(l, &r), 1);
  loop_stop(l);
  loop_free(l);
  tun_close(&t);
  rig_free(&r);
}

/* Queries that come in one batch, each of a flow of its own: more than the engine has room for. */
enum { BURST = 60, BURSTS = 3 };

static void send_burst(weir_engine *engine, void *argument) {
  uint8_t bytes[512];
  size_t n = rig_dns(bytes, 7, "x.malware.test", 1, NULL);
  (void)engine;
  for (const int *s = argument, *end = s + BURST; s < end; s++)
    CHECK_EQ(write(*s, bytes, n), (ssize_t)n);
}

static void full_table(void) {
  rig r = rig_with_rules();
  tun t = device(true);
  loop_counters counters;
  loop *l = loop_start(&t, r.engine, NULL, 1024, wake, NULL, &why);
  for (unsigned burst = 0; burst < BURSTS; burst++) {
    int sockets[BURST];
    struct sockaddr_in to = at("198.51.100.53", 53);
    for (unsigned i = 0; i < BURST; i++) {
      sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      CHECK(!connect(sockets[i], (struct sockaddr *)&to, sizeof to));
    }
    loop_call(l, send_burst, sockets);
    for (unsigned i = 0; i < BURST; i++) {
      CHECK(readable(sockets[i], 2000));
      close(sockets[i]);
    }
  }
  loop_get_counters(l, &counters);
  CHECK_EQ(counters.writes, BURST * BURSTS);
  loop_stop(l);
  drain(l, &r);
  CHECK_EQ(rig_count(&r, WEIR_RECORD_DNS), BURST * BURSTS);
  for (size_t i = 0; i < r.count; i++)
    if (r.records[i].kind == WEIR_RECORD_DNS)
      CHECK_EQ(r.records[i].flags, WEIR_FLAG_QUERY | WEIR_FLAG_RESPONSE);
  loop_free(l);
  tun_close(&t);
  rig_free(&r);
}

/* ---- hairpin ----------------------------------------------------------------- */

static weir_addr mapped(const char *address) {
  weir_addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
  if (strchr(address, ':'))
    inet_pton(AF_INET6, address, a.octets);
  else
    inet_pton(AF_INET, address, a.octets + 12);
  return a;
}

static tun device_with_room(bool offloads) {
  tun t;
  int s = netlink_open(&why);
  netlink_prefix own4 = prefix("198.18.0.1", 15), own6 = prefix6("fd77::1", 64);
  netlink_prefix all4 = prefix("0.0.0.0", 0), all6 = prefix6("::", 0);
  CHECK(tun_open(&t, "weir-loop", offloads, &why));
  CHECK(netlink_up(s, t.index, 1500, &why));
  CHECK(netlink_add_address(s, t.index, &own4, &why));
  CHECK(netlink_add_address(s, t.index, &own6, &why));
  CHECK(netlink_add_route(s, t.index, &all4, &why));
  CHECK(netlink_add_route(s, t.index, &all6, &why));
  close(s);
  return t;
}

static union socket_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} place(const char *address, uint16_t port) {
  union socket_address a = {.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
  if (strchr(address, ':'))
    inet_pton(AF_INET6, address, &a.v6.sin6_addr);
  else
    a.v4 = at(address, port);
  return a;
}

static int listener(const char *own, uint16_t port) {
  union socket_address a = place(own, port);
  int s = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  CHECK(!bind(s, &a.any, sizeof a) && !listen(s, 16));
  return s;
}

/* The client's end of a flow to port 443 there, and the listener's. */
static void meet(int listening, const char *server, int ends[2]) {
  union socket_address to = place(server, 443);
  struct timeval patience = {.tv_sec = 2};
  ends[0] = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  CHECK(!connect(ends[0], &to.any, sizeof to));
  CHECK(readable(listening, 2000));
  ends[1] = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
  setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

/* A hello, and a megabyte each way behind it, all as it was sent. */
static void carried(int ends[2]) {
  static uint8_t sent[1 << 20], got[1 << 20];
  uint8_t hello[512];
  size_t n = rig_hello(hello, "www.example.test");
  CHECK_EQ(send(ends[0], hello, n, 0), n);
  CHECK_EQ(recv(ends[1], got, n, MSG_WAITALL), n);
  CHECK(!memcmp(got, hello, n));
  for (size_t i = 0; i < sizeof sent; i++) sent[i] = (uint8_t)(i * 31 >> 7);
  for (unsigned way = 0; way < 2; way++) {
    size_t put = 0, taken = 0;
    while (taken < sizeof sent) {
      ssize_t w =
          put < sizeof sent ? send(ends[way], sent + put, sizeof sent - put, MSG_DONTWAIT) : 0;
      if (w > 0) put += (size_t)w;
      ssize_t r =
          readable(ends[!way], 2000) ? recv(ends[!way], got + taken, sizeof got - taken, 0) : -1;
      if (r <= 0) break;
      taken += (size_t)r;
    }
    CHECK_EQ(taken, sizeof sent);
    CHECK(!memcmp(sent, got, sizeof sent));
    memset(got, 0, sizeof got);
  }
}

/* A blocked name: both ends are told. */
static void refused(int ends[2]) {
  uint8_t hello[512], byte;
  CHECK(send(ends[0], hello, rig_hello(hello, "ads.example.test"), 0) > 0);
  CHECK(recv(ends[0], &byte, 1, 0) < 0 && errno == ECONNRESET);
  CHECK(recv(ends[1], &byte, 1, 0) < 0 && errno == ECONNRESET);
}

/* The port is another each time: the listener's flows of the time before may not have quite ended. */
static void hairpinned(bool offloads, uint16_t port) {
  static const char *const own[] = {"198.18.0.1", "fd77::1"};
  static const char *const servers[] = {"198.51.100.9", "2001:db8::9"};
  rig r = rig_with_rules();
  tun t = device_with_room(offloads);
  weir_hairpin way = {.own4 = mapped(own[0]),
                      .own6 = mapped(own[1]),
                      .mask4 = mapped("198.18.0.2"),
                      .mask6 = mapped("fd77::2"),
                      .tcp_port = port};
  loop *l = loop_start(&t, r.engine, &way, 256, wake, NULL, &why);
  for (unsigned v = 0; v < 2; v++) {
    int listening = listener(own[v], port), ends[2];
    usleep(300000); /* the device's IPv6 address settles */
    meet(listening, servers[v], ends);
    carried(ends);
    close(ends[0]), close(ends[1]);
    meet(listening, servers[v], ends);
    refused(ends);
    close(ends[0]), close(ends[1]), close(listening);
  }
  loop_stop(l);
  drain(l, &r);
  unsigned allowed = 0, dropped = 0;
  for (size_t i = 0; i < r.count; i++) {
    const weir_record *record = &r.records[i];
    if (record->kind != WEIR_RECORD_FLOW || record->tuple.server_port != 443) continue;
    (record->verdict == WEIR_VERDICT_PASS ? allowed++ : dropped++);
    if (record->verdict == WEIR_VERDICT_PASS)
      CHECK(record->bytes_up > 1 << 20 && record->bytes_down > 1 << 20);
  }
  CHECK_EQ(allowed, 2);
  CHECK_EQ(dropped, 2);
  loop_free(l);
  tun_close(&t);
  rig_free(&r);
}

/* ---- the filter --------------------------------------------------------------- */

static void open_socket(weir_engine *engine, void *argument) {
  (void)engine, (void)argument;
  socket(AF_INET, SOCK_DGRAM, 0);
}

static void map_code(weir_engine *engine, void *argument) {
  (void)engine, (void)argument;
  mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void take_memory(weir_engine *engine, void *argument) {
  (void)engine, (void)argument;
  for (size_t size = 16; size < 64 << 20; size *= 2) free(malloc(size));
}

/* What becomes of a process whose packet thread does this: the signal that ends it, or 0. */
static int fate(void (*deed)(weir_engine *engine, void *argument)) {
  int status;
  pid_t child = fork();
  if (!child) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    rig r = rig_with_rules();
    tun t = device(false);
    loop *l = loop_start(&t, r.engine, NULL, 256, wake, NULL, &why);
    loop_call(l, deed, NULL);
    loop_stop(l);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void confined(void) {
  CHECK_EQ(fate(open_socket), SIGSYS);
  CHECK_EQ(fate(map_code), SIGSYS);
  CHECK_EQ(fate(take_memory), 0);
}

int main(void) {
  if (unshare(CLONE_NEWNET)) {
    fprintf(stderr, "loop_netns: a network namespace needs root: %s\n", strerror(errno));
    return 1;
  }
  live(false);
  live(true);
  late_reader();
  full_table();
  hairpinned(false, 8080);
  hairpinned(true, 8081);
  confined();
  return test_end("loop_netns");
}
