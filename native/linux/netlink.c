#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "request.h"

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
  const uint32_t waiting = NETLINK_WAITING;
  request r = {0};
  struct ifinfomsg *link = request_begin(&r, RTM_NEWLINK, 0, sizeof *link);
  link->ifi_index = (int)index;
  link->ifi_flags = link->ifi_change = IFF_UP;
  request_add(&r, IFLA_TXQLEN, &waiting, sizeof waiting);
  if (mtu) request_add(&r, IFLA_MTU, &mtu, sizeof mtu);
  int error = request_exchange(socket, &r);
  return !error || explain(why, error, "setting the device up with this MTU");
}

static size_t octets(const netlink_prefix *p) { return p->version == 4 ? 4 : 16; }
static uint8_t family(const netlink_prefix *p) { return p->version == 4 ? AF_INET : AF_INET6; }

bool netlink_add_address(int socket, unsigned index, const netlink_prefix *address, trouble *why) {
  request r = {0};
  struct ifaddrmsg *to = request_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *to);
  to->ifa_family = family(address);
  to->ifa_prefixlen = address->bits;
  to->ifa_index = index;
  if (address->version == 6) to->ifa_flags = IFA_F_NODAD;
  request_add(&r, IFA_LOCAL, address->octets, octets(address));
  request_add(&r, IFA_ADDRESS, address->octets, octets(address));
  int error = request_exchange(socket, &r);
  return !error || explain_prefix(why, error, "address", address);
}

bool netlink_add_route(int socket, unsigned index, const netlink_prefix *to, trouble *why) {
  request r = {0};
  struct rtmsg *route = request_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *route);
  route->rtm_family = family(to);
  route->rtm_dst_len = to->bits;
  route->rtm_table = RT_TABLE_MAIN;
  route->rtm_protocol = RTPROT_STATIC;
  route->rtm_scope = RT_SCOPE_LINK;
  route->rtm_type = RTN_UNICAST;
  if (to->bits) request_add(&r, RTA_DST, to->octets, octets(to));
  request_add(&r, RTA_OIF, &index, sizeof index);
  int error = request_exchange(socket, &r);
  return !error || explain_prefix(why, error, "route to", to);
}
