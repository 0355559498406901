#include "mirror.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>
#include <string.h>

#include "request.h"

/* The first of ours, between what people number and what the kernel does (from 49152 down).  u32 takes filters of one
 * priority for one table, whichever way they look: each has its own. */
#define PRIORITY      30565u
#define FILTERS       4u
#define COOKIE_MADE   "weir guard made" /* clsact is ours, too */
#define COOKIE_KEPT   "weir guard kept"
#define CLSACT_HANDLE TC_H_MAKE(TC_H_CLSACT, 0)

static const struct {
  uint32_t parent;
  uint16_t family;
} filters[FILTERS] = {{TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), ETH_P_IP},
                      {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), ETH_P_IPV6},
                      {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), ETH_P_IP},
                      {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), ETH_P_IPV6}};

/* ---- what is there ------------------------------------------------------------ */

typedef struct findings {
  unsigned interface;
  bool has_clsact, has_ingress; /* the older kind of qdisc, without a place for what is sent */
  bool is_made;                 /* clsact came with a mirror */
  bool is_alive;                /* a mirror's device is there */
  unsigned ours, others;        /* filters */
} findings;

static bool read_tcmsg(attributes body, struct tcmsg *out, attributes *rest) {
  if (body.left < sizeof *out) return false;
  memcpy(out, body.at, sizeof *out);
  *rest = message_attributes(body, sizeof *out);
  return true;
}

static void see_qdisc(void *context, uint16_t type, attributes body) {
  (void)type;
  findings *f = context;
  struct tcmsg about;
  attributes rest;
  if (!read_tcmsg(body, &about, &rest) || (unsigned)about.tcm_ifindex != f->interface) return;
  attributes kind = attributes_find(rest, TCA_KIND);
  f->has_clsact = f->has_clsact || attributes_is(kind, "clsact");
  f->has_ingress = f->has_ingress || attributes_is(kind, "ingress");
}

/* The device that a mirror copies to, 0 when it has gone. */
static uint32_t target_of(attributes action) {
  attributes options = attributes_find(action, TCA_ACT_OPTIONS);
  attributes parameters = attributes_find(options, TCA_MIRRED_PARMS);
  struct tc_mirred mirred = {0};
  if (parameters.left >= sizeof mirred) memcpy(&mirred, parameters.at, sizeof mirred);
  return mirred.ifindex;
}

static bool is_our_priority(const struct tcmsg *filter) {
  unsigned priority = TC_H_MAJ(filter->tcm_info) >> 16;
  return priority >= PRIORITY && priority < PRIORITY + FILTERS;
}

static void see_filter(void *context, uint16_t type, attributes body) {
  (void)type;
  findings *f = context;
  struct tcmsg about;
  attributes rest;
  if (!read_tcmsg(body, &about, &rest)) return;
  attributes options = attributes_find(rest, TCA_OPTIONS);
  attributes action = attributes_find(attributes_find(options, TCA_U32_ACT), 1);
  attributes cookie = attributes_find(action, TCA_ACT_COOKIE);
  bool made = attributes_is(cookie, COOKIE_MADE);
  if (made || attributes_is(cookie, COOKIE_KEPT)) {
    f->ours++;
    f->is_made = f->is_made || made;
    f->is_alive = f->is_alive || target_of(action);
  } else if (!is_our_priority(&about)) {
    f->others++; /* ours come with tables, which have no cookie */
  }
}

static int dump(int socket, uint16_t type, unsigned interface, uint32_t parent,
                void (*visit)(void *, uint16_t, attributes), void *context) {
  request r = {0};
  struct tcmsg *about = request_begin(&r, type, NLM_F_DUMP, sizeof *about);
  about->tcm_ifindex = (int)interface;
  about->tcm_parent = parent;
  return request_dump(socket, &r, visit, context);
}

static int find(int socket, unsigned interface, findings *out) {
  *out = (findings){.interface = interface};
  int error = dump(socket, RTM_GETQDISC, interface, 0, see_qdisc, out);
  for (unsigned i = 0; !error && out->has_clsact && i < FILTERS; i += 2)
    error = dump(socket, RTM_GETTFILTER, interface, filters[i].parent, see_filter, out);
  return error;
}

/* ---- what is asked for -------------------------------------------------------- */

static void add_clsact(request *r, uint16_t type, uint16_t flags, unsigned interface) {
  struct tcmsg *to = request_begin(r, type, flags, sizeof *to);
  to->tcm_ifindex = (int)interface;
  to->tcm_parent = TC_H_CLSACT;
  to->tcm_handle = CLSACT_HANDLE;
  request_add_text(r, TCA_KIND, "clsact");
}

static void begin_filter(request *r, uint16_t type, uint16_t flags, unsigned interface,
                         uint32_t parent, unsigned priority, uint16_t family) {
  struct tcmsg *to = request_begin(r, type, flags, sizeof *to);
  to->tcm_ifindex = (int)interface;
  to->tcm_parent = parent;
  to->tcm_info = TC_H_MAKE(priority << 16, htons(family));
  request_add_text(r, TCA_KIND, "u32");
}

/* Whatever the packet: no key is looked at.  `after`: what becomes of it then. */
static void add_action(request *r, int eaction, int after, unsigned device, const char *cookie) {
  struct tc_u32_sel all = {.flags = TC_U32_TERMINAL};
  struct tc_mirred mirred = {.action = after, .eaction = eaction, .ifindex = device};
  size_t options = request_nest(r, TCA_OPTIONS);
  request_add(r, TCA_U32_SEL, &all, sizeof all);
  size_t actions = request_nest(r, TCA_U32_ACT), first = request_nest(r, 1);
  request_add_text(r, TCA_ACT_KIND, "mirred");
  if (cookie) request_add(r, TCA_ACT_COOKIE, cookie, strlen(cookie));
  size_t parameters = request_nest(r, TCA_ACT_OPTIONS);
  request_add(r, TCA_MIRRED_PARMS, &mirred, sizeof mirred);
  request_end(r, parameters);
  request_end(r, first);
  request_end(r, actions);
  request_end(r, options);
}

static bool explain(trouble *why, int error, const char *name) {
  if (error == EPERM)
    return trouble_say(why, TROUBLE_NO_CAPABILITY, error,
                       "a mirror of %s needs CAP_NET_ADMIN: run as root, or try it in a namespace "
                       "of your own with unshare -rn",
                       name);
  if (error == ENOENT || error == EOPNOTSUPP)
    return trouble_say(
        why, TROUBLE_SYSTEM, error,
        "this kernel cannot copy the traffic of %s: it needs the modules sch_ingress, "
        "cls_u32 and act_mirred",
        name);
  if (error == ENODEV)
    return trouble_say(why, TROUBLE_BAD_ARGUMENT, error, "there is no interface %s", name);
  return trouble_say(why, TROUBLE_SYSTEM, error, "a mirror of %s: %s", name, strerror(error));
}

/* ---- public ------------------------------------------------------------------- */

static bool make_room(int socket, unsigned interface, const char *name, findings *f, trouble *why) {
  int error = find(socket, interface, f);
  if (error) return explain(why, error, name);
  if (f->is_alive) return trouble_say(why, TROUBLE_BUSY, EBUSY, "another weir guards %s", name);
  if (f->ours) {
    if (!mirror_clear(socket, interface, why)) return false;
    if ((error = find(socket, interface, f))) return explain(why, error, name);
  }
  if (f->has_ingress)
    return trouble_say(why, TROUBLE_BUSY, EBUSY,
                       "%s has an ingress qdisc, in whose place there must be clsact: tc qdisc del "
                       "dev %s ingress",
                       name, name);
  return true;
}

bool mirror_set(int socket, unsigned interface, const char *name, unsigned device, trouble *why) {
  findings before;
  request r = {0};
  if (!make_room(socket, interface, name, &before, why)) return false;
  const uint16_t anew = NLM_F_CREATE | NLM_F_EXCL;
  if (!before.has_clsact) add_clsact(&r, RTM_NEWQDISC, anew, interface);
  for (unsigned i = 0; i < FILTERS; i++) {
    begin_filter(&r, RTM_NEWTFILTER, anew, interface, filters[i].parent, PRIORITY + i,
                 filters[i].family);
    add_action(&r, TCA_EGRESS_MIRROR, TC_ACT_UNSPEC, device,
               before.has_clsact ? COOKIE_KEPT : COOKIE_MADE);
  }
  int error = request_exchange(socket, &r);
  if (!error) return true;
  trouble ignored;
  mirror_clear(socket, interface, &ignored);
  return explain(why, error, name);
}

bool mirror_is_undone(unsigned interface, unsigned short type, const void *body, size_t len) {
  struct tcmsg about;
  attributes rest;
  if (!read_tcmsg((attributes){body, len}, &about, &rest) ||
      (unsigned)about.tcm_ifindex != interface)
    return false;
  if (type == RTM_DELQDISC) return about.tcm_parent == TC_H_CLSACT;
  return type == RTM_DELTFILTER && is_our_priority(&about);
}

bool mirror_clear(int socket, unsigned interface, trouble *why) {
  findings f;
  char name[IF_NAMESIZE] = "the interface";
  request r = {0};
  if_indextoname(interface, name);
  int error = find(socket, interface, &f);
  if (error) return explain(why, error, name);
  if (!f.ours) return true;
  /* Those that are missing say ENOENT, which is no failure. */
  for (unsigned i = 0; i < FILTERS; i++)
    begin_filter(&r, RTM_DELTFILTER, 0, interface, filters[i].parent, PRIORITY + i,
                 filters[i].family);
  if (f.is_made && !f.others) add_clsact(&r, RTM_DELQDISC, 0, interface);
  error = request_exchange(socket, &r);
  return !error || error == ENOENT || explain(why, error, name);
}

bool mirror_inject(int socket, unsigned device, unsigned interface, trouble *why) {
  request r = {0};
  const uint16_t anew = NLM_F_CREATE | NLM_F_EXCL;
  add_clsact(&r, RTM_NEWQDISC, anew, device);
  begin_filter(&r, RTM_NEWTFILTER, anew, device, filters[0].parent, 1, ETH_P_ALL);
  add_action(&r, TCA_INGRESS_REDIR, TC_ACT_STOLEN, interface, NULL);
  int error = request_exchange(socket, &r);
  return !error || explain(why, error, "its own device");
}

typedef struct clsacts {
  unsigned interfaces[MIRROR_LEFT_MAX];
  size_t count;
} clsacts;

static void collect(void *context, uint16_t type, attributes body) {
  (void)type;
  clsacts *all = context;
  struct tcmsg about;
  attributes rest;
  if (!read_tcmsg(body, &about, &rest) || all->count == MIRROR_LEFT_MAX) return;
  if (attributes_is(attributes_find(rest, TCA_KIND), "clsact"))
    all->interfaces[all->count++] = (unsigned)about.tcm_ifindex;
}

bool mirror_left(int socket, unsigned interfaces[MIRROR_LEFT_MAX], size_t *count, trouble *why) {
  clsacts all = {.count = 0};
  findings f;
  *count = 0;
  int error = dump(socket, RTM_GETQDISC, 0, 0, collect, &all);
  if (error) return explain(why, error, "interfaces");
  for (size_t i = 0; i < all.count; i++) {
    /* An interface may have gone meanwhile. */
    if (find(socket, all.interfaces[i], &f)) continue;
    if (f.ours && !f.is_alive) interfaces[(*count)++] = all.interfaces[i];
  }
  return true;
}

void mirror_clear_left(int socket) {
  unsigned interfaces[MIRROR_LEFT_MAX];
  size_t count;
  trouble ignored;
  if (!mirror_left(socket, interfaces, &count, &ignored)) return;
  for (size_t i = 0; i < count; i++) mirror_clear(socket, interfaces[i], &ignored);
}
