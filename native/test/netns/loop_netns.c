/* loop_netns.c -- the packet thread between real sockets and a device, in a namespace of the test's own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
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
  loop *l = loop_start(&t, r.engine, 256, wake, NULL, &why);
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
  loop *l = loop_start(&t, r.engine, 4, wake, NULL, &why);
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

int main(void) {
  if (unshare(CLONE_NEWNET)) {
    fprintf(stderr, "loop_netns: a network namespace needs root: %s\n", strerror(errno));
    return 1;
  }
  live(false);
  live(true);
  late_reader();
  return test_end("loop_netns");
}
