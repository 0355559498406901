#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (4 << 20) /* of the kernel's for what was not asked for yet */

static bool is_tun(int fd, unsigned index) {
  struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
  struct ifreq request = {.ifr_data = (void *)&driver};
  if (!if_indextoname(index, request.ifr_name)) return false;
  return !ioctl(fd, SIOCETHTOOL, &request) && !strcmp(driver.driver, "tun");
}

static struct sockaddr_ll place(unsigned index, uint16_t protocol) {
  return (struct sockaddr_ll){
      .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)index};
}

/* Only headers are kept, and none that came before the tap was bound. */
static bool watch(int fd, unsigned index) {
  struct sock_filter keep = BPF_STMT(BPF_RET | BPF_K, TAP_SEEN_MAX);
  struct sock_fprog filter = {1, &keep};
  struct sockaddr_ll to = place(index, ETH_P_ALL);
  int size = BUFFER_BYTES, on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
                 sizeof size)) /* not in a user's namespace */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return !setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) &&
         !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) &&
         !bind(fd, (struct sockaddr *)&to, sizeof to);
}

bool tap_open(tap *out, unsigned index, bool watches, trouble *why) {
  *out = (tap){.fd = -1, .index = index};
  int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 && errno == EPERM)
    return trouble_say(why, TROUBLE_NO_CAPABILITY, errno, "a tap on a device needs CAP_NET_RAW");
  if (fd < 0) return trouble_say(why, TROUBLE_SYSTEM, errno, "a tap: %s", strerror(errno));
  if (!is_tun(fd, index))
    trouble_say(why, TROUBLE_BAD_ARGUMENT, 0, "interface %u is no TUN device", index);
  else if (watches && !watch(fd, index))
    trouble_say(why, TROUBLE_SYSTEM, errno, "watching the device: %s", strerror(errno));
  else
    out->fd = fd;
  if (out->fd < 0) close(fd);
  return out->fd >= 0;
}

void tap_close(tap *t) {
  if (t->fd >= 0) close(t->fd);
  t->fd = -1;
}

tap_outcome tap_send(const tap *t, const uint8_t *packet, size_t len) {
  struct sockaddr_ll to = place(t->index, len && packet[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
  for (;;) {
    if (sendto(t->fd, packet, len, 0, (struct sockaddr *)&to, sizeof to) >= 0) return TAP_SENT;
    if (errno == EINTR) continue;
    return errno == ENOBUFS || errno == EAGAIN ? TAP_FULL : TAP_REFUSED;
  }
}

static uint64_t time_of(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    struct timespec t;
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    memcpy(&t, CMSG_DATA(c), sizeof t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
  }
  return 0;
}

bool tap_next(const tap *t, uint8_t *bytes, tap_sight *out) {
  union {
    struct cmsghdr align;
    uint8_t bytes[256];
  } control;
  struct sockaddr_ll from;
  struct iovec into = {bytes, TAP_SEEN_MAX};
  struct msghdr message = {.msg_name = &from,
                           .msg_namelen = sizeof from,
                           .msg_iov = &into,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  ssize_t n;
  while ((n = recvmsg(t->fd, &message, 0)) < 0)
    if (errno != EINTR) return false;
  *out = (tap_sight){.time_us = time_of(&message),
                     .to_reader = from.sll_pkttype == PACKET_OUTGOING,
                     .len = (size_t)n};
  return true;
}

unsigned tap_missed(const tap *t) {
  struct tpacket_stats stats = {0};
  socklen_t len = sizeof stats;
  return getsockopt(t->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) ? 0 : stats.tp_drops;
}
