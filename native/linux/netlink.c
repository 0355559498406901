#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One request: a header, the family's own header, attributes. */
typedef struct request {
  struct nlmsghdr header;
  uint8_t body[256];
} request;

static void *begin(request *r, uint16_t type, uint16_t flags, size_t family_header) {
  memset(r, 0, sizeof *r);
  r->header.nlmsg_type = type;
  r->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
  r->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(family_header);
  return r->body;
}

static void add(request *r, uint16_t type, const void *value, size_t len) {
  struct rtattr attribute = {(uint16_t)RTA_LENGTH(len), type};
  uint8_t *at = (uint8_t *)r + NLMSG_ALIGN(r->header.nlmsg_len);
  memcpy(at, &attribute, sizeof attribute);
  memcpy(at + RTA_LENGTH(0), value, len);
  r->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->header.nlmsg_len) + RTA_SPACE(len));
}

/* Sends it and waits for the kernel's word: 0, or what went wrong as an errno. */
static int exchange(int socket, request *r) {
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    uint8_t rest[512]; /* the request is sent back with it */
  } answer;
  r->header.nlmsg_seq++;
  if (send(socket, r, r->header.nlmsg_len, 0) < 0) return errno;
  ssize_t n = recv(socket, &answer, sizeof answer, 0);
  if (n < 0) return errno;
  if ((size_t)n < sizeof answer.header + sizeof answer.error ||
      answer.header.nlmsg_type != NLMSG_ERROR)
    return EPROTO;
  return -answer.error.error;
}

static bool explain(trouble *why, int error, const char *what) {
  if (error == EPERM)
    return trouble_say(why, TROUBLE_NO_CAPABILITY, error,
                       "%s needs CAP_NET_ADMIN: run as root, or in a namespace of your own", what);
  if (error == EEXIST)
    return trouble_say(why, TROUBLE_CONFLICT, error,
                       "%s is there already: take it away or choose another", what);
  if (error == EINVAL)
    return trouble_say(why, TROUBLE_BAD_ARGUMENT, error, "%s is not valid", what);
  return trouble_say(why, TROUBLE_SYSTEM, error, "%s: %s", what, strerror(error));
}

static bool explain_prefix(trouble *why, int error, const char *kind, const netlink_prefix *p) {
  char address[INET6_ADDRSTRLEN] = "", what[80];
  inet_ntop(p->version == 4 ? AF_INET : AF_INET6, p->octets, address, sizeof address);
  snprintf(what, sizeof what, "the %s %s/%u", kind, address, p->bits);
  return explain(why, error, what);
}

int netlink_open(trouble *why) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) trouble_say(why, TROUBLE_SYSTEM, errno, "rtnetlink: %s", strerror(errno));
  return fd;
}

bool netlink_up(int socket, unsigned index, uint32_t mtu, trouble *why) {
  request r;
  struct ifinfomsg *link = begin(&r, RTM_NEWLINK, 0, sizeof *link);
  link->ifi_index = (int)index;
  link->ifi_flags = link->ifi_change = IFF_UP;
  if (mtu) add(&r, IFLA_MTU, &mtu, sizeof mtu);
  int error = exchange(socket, &r);
  return !error || explain(why, error, "setting the device up with this MTU");
}

static size_t octets(const netlink_prefix *p) { return p->version == 4 ? 4 : 16; }
static uint8_t family(const netlink_prefix *p) { return p->version == 4 ? AF_INET : AF_INET6; }

bool netlink_add_address(int socket, unsigned index, const netlink_prefix *address, trouble *why) {
  request r;
  struct ifaddrmsg *to = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *to);
  to->ifa_family = family(address);
  to->ifa_prefixlen = address->bits;
  to->ifa_index = index;
  if (address->version == 6) to->ifa_flags = IFA_F_NODAD;
  add(&r, IFA_LOCAL, address->octets, octets(address));
  add(&r, IFA_ADDRESS, address->octets, octets(address));
  int error = exchange(socket, &r);
  return !error || explain_prefix(why, error, "address", address);
}

bool netlink_add_route(int socket, unsigned index, const netlink_prefix *to, trouble *why) {
  request r;
  struct rtmsg *route = begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *route);
  route->rtm_family = family(to);
  route->rtm_dst_len = to->bits;
  route->rtm_table = RT_TABLE_MAIN;
  route->rtm_protocol = RTPROT_STATIC;
  route->rtm_scope = RT_SCOPE_LINK;
  route->rtm_type = RTN_UNICAST;
  if (to->bits) add(&r, RTA_DST, to->octets, octets(to));
  add(&r, RTA_OIF, &index, sizeof index);
  int error = exchange(socket, &r);
  return !error || explain_prefix(why, error, "route to", to);
}
