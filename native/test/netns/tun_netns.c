/* tun_netns.c -- the device, its addresses and routes, in a network namespace of the test's own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"
#include "test.h"
#include "tun.h"

static trouble why;

static netlink_prefix prefix(const char *address, uint8_t bits) {
  netlink_prefix p = {.version = strchr(address, ':') ? 6 : 4, .bits = bits};
  inet_pton(p.version == 4 ? AF_INET : AF_INET6, address, p.octets);
  return p;
}

/* The first packet to `port` that comes through within a second: IPv6 routers are asked for, too. */
static ssize_t receive(const tun *t, uint8_t *out, size_t size, uint16_t port) {
  for (unsigned tries = 0; tries < 100; tries++) {
    ssize_t n = read(t->fd, out, size);
    const uint8_t *ip = out + (t->offloads ? TUN_HEADER_LEN : 0);
    if (n > 0) {
      const uint8_t *udp = ip + (ip[0] >> 4 == 4 ? 20 : 40);
      if ((udp[2] << 8 | udp[3]) == port) return n;
    } else {
      usleep(10000);
    }
  }
  return -1;
}

static bool send_to(const char *address, uint16_t port) {
  bool v6 = strchr(address, ':');
  int s = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(v6 ? AF_INET6 : AF_INET, address, v6 ? (void *)&to6.sin6_addr : &to4.sin_addr);
  const struct sockaddr *to = v6 ? (const void *)&to6 : (const void *)&to4;
  ssize_t n = sendto(s, "hello", 5, 0, to, v6 ? sizeof to6 : sizeof to4);
  close(s);
  return n == 5;
}

/* As `ip tuntap add mode tun multi_queue` makes one. */
static void attaches_to_queues(void) {
  struct ifreq request = {.ifr_name = "weir-many"};
  tun t;
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE;
  CHECK(!ioctl(fd, TUNSETIFF, &request) && !ioctl(fd, TUNSETPERSIST, 1));
  close(fd);
  CHECK(tun_open(&t, "weir-many", false, &why));
  CHECK(!ioctl(t.fd, TUNSETPERSIST, 0));
  tun_close(&t);
  CHECK_EQ(if_nametoindex("weir-many"), 0);
}

static void carries(bool offloads) {
  static uint8_t bytes[TUN_PACKET_MAX];
  tun t;
  int s = netlink_open(&why);
  netlink_prefix own4 = prefix("10.99.0.1", 32), own6 = prefix("fd99::1", 128);
  netlink_prefix to4 = prefix("198.51.100.0", 24), to6 = prefix("2001:db8::", 32);
  CHECK(tun_open(&t, "weir-test", offloads, &why));
  CHECK(!strcmp(t.name, "weir-test") && t.index);
  CHECK_EQ(t.offloads != 0, offloads);
  CHECK(netlink_up(s, t.index, 1400, &why));
  CHECK(netlink_add_address(s, t.index, &own4, &why));
  CHECK(netlink_add_address(s, t.index, &own6, &why));
  CHECK(netlink_add_route(s, t.index, &to4, &why));
  CHECK(netlink_add_route(s, t.index, &to6, &why));
  size_t header = t.offloads ? TUN_HEADER_LEN : 0;
  CHECK(send_to("198.51.100.7", 999));
  CHECK_EQ(receive(&t, bytes, sizeof bytes, 999), (long)header + 20 + 8 + 5);
  CHECK(send_to("2001:db8::7", 998));
  CHECK_EQ(receive(&t, bytes, sizeof bytes, 998), (long)header + 40 + 8 + 5);

  /* What is there already stays as it is. */
  CHECK(!netlink_add_route(s, t.index, &to4, &why));
  CHECK_EQ(why.kind, TROUBLE_CONFLICT);
  CHECK(strstr(why.text, "198.51.100.0/24"));
  CHECK(!netlink_add_address(s, t.index, &own6, &why));
  CHECK_EQ(why.kind, TROUBLE_CONFLICT);
  tun other;
  CHECK(!tun_open(&other, "weir-test", false, &why));
  CHECK_EQ(why.kind, TROUBLE_BUSY);

  /* With its descriptor goes everything. */
  tun_close(&t);
  CHECK_EQ(if_nametoindex("weir-test"), 0);
  CHECK(!send_to("198.51.100.7", 999));
  close(s);
}

static void refusals(void) {
  tun t;
  CHECK(!tun_open(&t, "a-name-that-is-too-long", false, &why));
  CHECK_EQ(why.kind, TROUBLE_BAD_ARGUMENT);
  CHECK(!tun_open(&t, "lo", false, &why));
  CHECK_EQ(why.kind, TROUBLE_BUSY);
  CHECK(tun_open(&t, "", false, &why));
  CHECK(!strcmp(t.name, "tun0"));
  int s = netlink_open(&why);
  CHECK(!netlink_up(s, t.index, 1, &why)); /* RFC 791: 68 at least */
  CHECK_EQ(why.kind, TROUBLE_BAD_ARGUMENT);
  close(s);
  tun_close(&t);

  /* Without the capability it says so. */
  if (setresuid(65534, 65534, 65534)) abort();
  CHECK(!tun_open(&t, "", false, &why));
  CHECK_EQ(why.kind, TROUBLE_NO_CAPABILITY);
}

int main(void) {
  if (unshare(CLONE_NEWNET)) {
    fprintf(stderr, "tun_netns: a network namespace needs root: %s\n", strerror(errno));
    return 1;
  }
  carries(false);
  carries(true);
  attaches_to_queues();
  refusals();
  return test_end("tun_netns");
}
