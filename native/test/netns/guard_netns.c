/* guard_netns.c -- a guard's mirror, its eye on this host's addresses, and what it leaves, in a namespace of the
 * test's own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "guard.h"
#include "mirror.h"
#include "netlink.h"
#include "test.h"

static trouble why;
static unsigned left[MIRROR_LEFT_MAX];

static netlink_prefix prefix(const char *address, uint8_t bits) {
  netlink_prefix p = {.version = strchr(address, ':') ? 6 : 4, .bits = bits};
  inet_pton(p.version == 4 ? AF_INET : AF_INET6, address, p.octets);
  return p;
}

/* The interface that is guarded: a device of its own, as anybody's may be. */
static tun interface(int socket) {
  tun t;
  netlink_prefix own4 = prefix("10.9.0.1", 24), own6 = prefix("fd09::1", 64);
  CHECK(tun_open(&t, "eth0", false, &why));
  CHECK(netlink_up(socket, t.index, 1500, &why));
  CHECK(netlink_add_address(socket, t.index, &own4, &why));
  CHECK(netlink_add_address(socket, t.index, &own6, &why));
  return t;
}

/* A packet of nothing but a header. */
static weir_direction direction(const guard *g, const char *from, const char *to) {
  uint8_t ip[40] = {0};
  bool v6 = strchr(from, ':');
  ip[0] = v6 ? 0x60 : 0x45;
  inet_pton(v6 ? AF_INET6 : AF_INET, from, ip + (v6 ? 8 : 12));
  inet_pton(v6 ? AF_INET6 : AF_INET, to, ip + (v6 ? 24 : 16));
  size_t len = v6 ? 40 : 20;
  CHECK_EQ(guard_direction(g, ip, len - 1), WEIR_DIRECTION_UNKNOWN);
  return guard_direction(g, ip, len);
}

static void knows_sides(int socket) {
  static guard g;
  tun device, eth = interface(socket);
  netlink_prefix more = prefix("10.8.0.1", 32);
  CHECK(guard_open(&g, &device, "eth0", false, &why));
  CHECK_EQ(direction(&g, "10.9.0.1", "192.0.2.1"), WEIR_DIRECTION_OUTBOUND);
  CHECK_EQ(direction(&g, "192.0.2.1", "10.9.0.1"), WEIR_DIRECTION_INBOUND);
  CHECK_EQ(direction(&g, "fd09::1", "2001:db8::1"), WEIR_DIRECTION_OUTBOUND);
  CHECK_EQ(direction(&g, "2001:db8::1", "fd09::1"), WEIR_DIRECTION_INBOUND);
  CHECK_EQ(direction(&g, "10.9.0.2", "192.0.2.1"), WEIR_DIRECTION_UNKNOWN);
  CHECK_EQ(direction(&g, "10.8.0.1", "192.0.2.1"), WEIR_DIRECTION_UNKNOWN);
  CHECK(netlink_add_address(socket, eth.index, &more, &why));
  for (unsigned i = 0; i < 100; i++) { /* it is told, asks, and is answered */
    locals_read(&g.locals);
    if (direction(&g, "10.8.0.1", "192.0.2.1") != WEIR_DIRECTION_UNKNOWN) break;
    usleep(1000);
  }
  CHECK_EQ(direction(&g, "10.8.0.1", "192.0.2.1"), WEIR_DIRECTION_OUTBOUND);
  CHECK_EQ(direction(&g, "10.9.0.1", "192.0.2.1"), WEIR_DIRECTION_OUTBOUND);
  CHECK(guard_may_answer(&g, WEIR_DIRECTION_OUTBOUND));
  CHECK(!guard_may_answer(&g, WEIR_DIRECTION_INBOUND));
  CHECK(!guard_may_answer(&g, WEIR_DIRECTION_UNKNOWN));
  tun_close(&eth);
  for (unsigned i = 0; i < 100 && g.locals.change == LOCALS_SAME; i++) {
    usleep(1000);
    locals_read(&g.locals);
  }
  CHECK_EQ(g.locals.change, LOCALS_GONE);
  CHECK(!guard_may_answer(&g, WEIR_DIRECTION_OUTBOUND));
  guard_close(&g);
  tun_close(&device);
}

static void ends_what_it_answered(void) {
  static guard g;
  uint8_t page[40] = {0x45, [9] = 6, [33] = 0x19}, reset[40] = {0x45, [9] = 6, [33] = 4};
  weir_result pass = {.flow_id = 7, .verdict = WEIR_VERDICT_PASS, .protocol = WEIR_PROTOCOL_DNS};
  weir_result r = pass;
  guard_answered(&g, 7, reset);
  guard_judge(&g, &r);
  CHECK_EQ(r.verdict, WEIR_VERDICT_PASS);
  guard_answered(&g, 7, page);
  guard_judge(&g, &r);
  CHECK_EQ(r.verdict, WEIR_VERDICT_DROP);
  CHECK_EQ(r.protocol, WEIR_PROTOCOL_UNKNOWN);
  r = pass;
  r.flow_id += GUARD_SPOKEN;
  guard_judge(&g, &r);
  CHECK_EQ(r.verdict, WEIR_VERDICT_PASS);
}

static void leaves_nothing(int socket) {
  static guard g, other;
  size_t count;
  tun device, second, eth = interface(socket);
  CHECK(guard_open(&g, &device, "eth0", false, &why));
  CHECK(!guard_open(&other, &second, "eth0", false, &why));
  CHECK_EQ(why.kind, TROUBLE_BUSY);
  CHECK(mirror_left(socket, left, &count, &why));
  CHECK_EQ(count, 0);
  tun_close(&device); /* as a process that is killed does */
  CHECK(mirror_left(socket, left, &count, &why));
  CHECK(count == 1 && left[0] == eth.index);
  locals_close(&g.locals);
  close(g.socket);
  mirror_clear_left(socket);
  CHECK(mirror_left(socket, left, &count, &why));
  CHECK_EQ(count, 0);
  tun_close(&eth);
}

static void observes(int socket) {
  static guard g;
  uint8_t packet[32] = {0x45};
  tun device, eth = interface(socket);
  CHECK(guard_open(&g, &device, "eth0", true, &why));
  CHECK(write(device.fd, packet, sizeof packet) < 0 && errno == EBADF);
  CHECK(!guard_may_answer(&g, WEIR_DIRECTION_OUTBOUND));
  guard_close(&g);
  tun_close(&device);
  tun_close(&eth);
}

static void refuses(void) {
  static guard g;
  tun device;
  CHECK(!guard_open(&g, &device, "none0", false, &why));
  CHECK_EQ(why.kind, TROUBLE_BAD_ARGUMENT);
  CHECK(!guard_open(&g, &device, "lo", false, &why));
  CHECK_EQ(why.kind, TROUBLE_BAD_ARGUMENT);
  CHECK_EQ(device.fd, -1);
}

int main(void) {
  CHECK(!unshare(CLONE_NEWNET));
  int socket = netlink_open(&why);
  CHECK(socket >= 0);
  knows_sides(socket);
  ends_what_it_answered();
  leaves_nothing(socket);
  observes(socket);
  refuses();
  close(socket);
  return test_end("guard_netns");
}
