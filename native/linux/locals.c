#include "locals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mirror.h"
#include "netlink.h"
#include "request.h"

#define FIRST_MAX_MS 5000

/* ---- the table ---------------------------------------------------------------- */

static void map(uint8_t out[16], const uint8_t *octets, unsigned version) {
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (version != 4) {
    memcpy(out, octets, 16);
    return;
  }
  memcpy(out, mapped, sizeof mapped);
  memcpy(out + sizeof mapped, octets, 4);
}

/* Strangers choose only what is looked for, not what is kept: chains stay as long as these are. */
static unsigned slot_of(const locals_table *t, const uint8_t address[16]) {
  uint64_t high, low;
  memcpy(&high, address, sizeof high);
  memcpy(&low, address + 8, sizeof low);
  unsigned i = (unsigned)(((high * 31 + low) * 0x9e3779b97f4a7c15u) >> 54);
  while (t->used[i] && memcmp(t->octets[i], address, 16)) i = (i + 1) % LOCALS_SLOTS;
  return i;
}

static void put(locals_table *t, const uint8_t *octets, unsigned version) {
  uint8_t address[16];
  map(address, octets, version);
  unsigned i = slot_of(t, address);
  if (t->used[i] || t->count == LOCALS_MAX) return;
  memcpy(t->octets[i], address, sizeof address);
  t->used[i] = true;
  t->count++;
}

bool locals_has(const locals *l, const uint8_t *octets, unsigned version) {
  uint8_t address[16];
  const locals_table *t = &l->tables[l->current];
  map(address, octets, version);
  return t->used[slot_of(t, address)];
}

/* ---- what rtnetlink says ------------------------------------------------------ */

static void see_address(locals_table *t, attributes body) {
  struct ifaddrmsg about;
  if (body.left < sizeof about) return;
  memcpy(&about, body.at, sizeof about);
  attributes all = message_attributes(body, sizeof about);
  attributes own = attributes_find(all, IFA_LOCAL); /* IPv6 has it only with a peer */
  if (!own.left) own = attributes_find(all, IFA_ADDRESS);
  if (about.ifa_family == AF_INET && own.left >= 4) put(t, own.at, 4);
  if (about.ifa_family == AF_INET6 && own.left >= 16) put(t, own.at, 16);
}

/* A port of a VRF has a stack of this host's above it; one of a bridge does not. */
static bool is_enslaved(attributes link) {
  attributes about = attributes_find(link, IFLA_LINKINFO);
  return attributes_u32(attributes_find(link, IFLA_MASTER)) &&
         !attributes_is(attributes_find(about, IFLA_INFO_SLAVE_KIND), "vrf");
}

static locals_change see_link(const locals *l, uint16_t type, attributes body) {
  struct ifinfomsg about;
  if (body.left < sizeof about) return LOCALS_SAME;
  memcpy(&about, body.at, sizeof about);
  if ((unsigned)about.ifi_index != l->interface || about.ifi_family != AF_UNSPEC)
    return LOCALS_SAME;
  if (type == RTM_DELLINK) return LOCALS_GONE;
  return is_enslaved(message_attributes(body, sizeof about)) ? LOCALS_ENSLAVED : LOCALS_SAME;
}

/* All addresses, into the other table; what changes meanwhile makes it stale. */
static void ask(locals *l) {
  request r = {0};
  struct ifaddrmsg *all = request_begin(&r, RTM_GETADDR, NLM_F_DUMP, sizeof *all);
  all->ifa_family = AF_UNSPEC;
  l->is_stale = false;
  l->asks = write(l->fd, r.bytes, r.len) == (ssize_t)r.len;
  memset(&l->tables[!l->current], 0, sizeof(locals_table));
}

static void notice(locals *l, locals_change change) {
  if (l->change == LOCALS_SAME) l->change = change;
}

static void take(locals *l, const struct nlmsghdr *header, attributes body) {
  switch (header->nlmsg_type) {
    case RTM_NEWADDR:
      if (header->nlmsg_flags & NLM_F_MULTI) { /* else it was not asked for: something changes */
        see_address(&l->tables[!l->current], body);
        break;
      } /* FALLTHROUGH */
    case RTM_DELADDR: l->is_stale = true; break;
    case NLMSG_DONE:
      l->asks = false;
      if (header->nlmsg_flags & NLM_F_DUMP_INTR) l->is_stale = true;
      l->current = !l->current;
      break;
    case RTM_NEWLINK:
    case RTM_DELLINK: notice(l, see_link(l, header->nlmsg_type, body)); break;
    case RTM_DELQDISC:
    case RTM_DELTFILTER:
      if (mirror_is_undone(l->interface, header->nlmsg_type, body.at, body.left))
        notice(l, LOCALS_UNDONE);
      break;
    case NLMSG_ERROR: l->asks = false; break;
    default: break;
  }
}

void locals_read(locals *l) {
  uint8_t bytes[REQUEST_ANSWER_MAX];
  struct nlmsghdr header;
  attributes body;
  for (;;) {
    ssize_t n = read(l->fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == ENOBUFS) { /* it said more than could be kept */
      l->is_stale = true;
      continue;
    }
    if (n <= 0) break;
    attributes received = {bytes, (size_t)n};
    while (message_next(&received, &header, &body)) take(l, &header, body);
  }
  if (l->is_stale && !l->asks) ask(l);
}

/* ---- beginning and end -------------------------------------------------------- */

typedef struct link_facts {
  unsigned interface;
  bool is_loopback, is_enslaved;
} link_facts;

static void see_own_link(void *context, uint16_t type, attributes body) {
  link_facts *facts = context;
  struct ifinfomsg about;
  if (type != RTM_NEWLINK || body.left < sizeof about) return;
  memcpy(&about, body.at, sizeof about);
  if ((unsigned)about.ifi_index != facts->interface) return;
  facts->is_loopback = about.ifi_flags & IFF_LOOPBACK;
  facts->is_enslaved = is_enslaved(message_attributes(body, sizeof about));
}

bool locals_is_own(int socket, unsigned interface, const char *name, trouble *why) {
  request r = {0};
  link_facts facts = {.interface = interface};
  struct ifinfomsg *all = request_begin(&r, RTM_GETLINK, NLM_F_DUMP, sizeof *all);
  all->ifi_family = AF_UNSPEC;
  int error = request_dump(socket, &r, see_own_link, &facts);
  if (error) return trouble_say(why, TROUBLE_SYSTEM, error, "%s: %s", name, strerror(error));
  if (facts.is_loopback)
    return trouble_say(why, TROUBLE_BAD_ARGUMENT, 0,
                       "%s is the loopback: name the interface that leads to others", name);
  if (facts.is_enslaved)
    return trouble_say(why, TROUBLE_BAD_ARGUMENT, 0,
                       "%s is a port of another interface: name the bridge or bond above it", name);
  return true;
}

static bool read_all(locals *l) {
  struct pollfd waiting = {.fd = l->fd, .events = POLLIN};
  for (ask(l); l->asks; locals_read(l))
    if (poll(&waiting, 1, FIRST_MAX_MS) != 1) return false;
  return true;
}

static bool subscribe(int fd) {
  static const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_TC};
  for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++)
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i]))
      return false;
  return !fcntl(fd, F_SETFL, O_NONBLOCK);
}

bool locals_open(locals *l, int socket, unsigned interface, const char *name, trouble *why) {
  memset(l, 0, sizeof *l);
  l->interface = interface;
  l->fd = netlink_open(why);
  if (l->fd < 0) return false;
  if (subscribe(l->fd) && read_all(l)) return locals_is_own(socket, interface, name, why);
  return trouble_say(why, TROUBLE_SYSTEM, errno, "the addresses of this host: %s", strerror(errno));
}

void locals_close(locals *l) {
  if (l->fd >= 0) close(l->fd);
  l->fd = -1;
}
