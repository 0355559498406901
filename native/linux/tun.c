#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

static bool explain_open(trouble *why) {
  switch (errno) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return trouble_say(why, TROUBLE_NO_TUN, errno,
                         "/dev/net/tun is missing: load the kernel's module tun, or give the "
                         "container the device /dev/net/tun");
    case EACCES:
    case EPERM:
      return trouble_say(why, TROUBLE_NO_CAPABILITY, errno,
                         "/dev/net/tun may not be opened: run as root, or with read and write "
                         "permission on it");
    default: return trouble_say(why, TROUBLE_SYSTEM, errno, "/dev/net/tun: %s", strerror(errno));
  }
}

static bool explain_attach(trouble *why, const char *name) {
  switch (errno) {
    case EPERM:
      return trouble_say(why, TROUBLE_NO_CAPABILITY, errno,
                         "a TUN device needs CAP_NET_ADMIN: run as root, or try it in a namespace "
                         "of your own with unshare -rn");
    case EBUSY:
      return trouble_say(why, TROUBLE_BUSY, errno,
                         "the device %s is in use: end what uses it, or take another name", name);
    case EINVAL:
      return trouble_say(why, TROUBLE_BUSY, errno,
                         "%s is a device of another kind: take another name", name);
    default: return trouble_say(why, TROUBLE_SYSTEM, errno, "%s: %s", name, strerror(errno));
  }
}

/* The most that this kernel takes, from checksums upwards. */
static unsigned take_offloads(int fd) {
  static const unsigned sets[] = {
      TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN | TUN_F_USO4 | TUN_F_USO6,
      TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN, TUN_F_CSUM};
  for (unsigned i = 0; i < sizeof sets / sizeof *sets; i++)
    if (!ioctl(fd, TUNSETOFFLOAD, sets[i])) return sets[i];
  return 0;
}

/* A device that somebody made for several queues is attached to by one: one thread reads them all, and what
 * more queues hold, one longer queue does as well (netlink_up()). */
static bool attach(int fd, struct ifreq *request, short flags) {
  request->ifr_flags = flags;
  return !ioctl(fd, TUNSETIFF, request);
}

static bool open_with(int mode, tun *out, const char *name, bool offloads, trouble *why) {
  struct ifreq request = {0};
  *out = (tun){.fd = -1};
  if (strlen(name) >= sizeof request.ifr_name)
    return trouble_say(why, TROUBLE_BAD_ARGUMENT, 0, "%s is too long for a device's name", name);
  int fd = open("/dev/net/tun", mode | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return explain_open(why);
  strcpy(request.ifr_name, name);
  short flags = (short)(IFF_TUN | IFF_NO_PI | (offloads ? IFF_VNET_HDR : 0));
  if (!attach(fd, &request, flags) &&
      (errno != EINVAL || !attach(fd, &request, (short)(flags | IFF_MULTI_QUEUE)))) {
    explain_attach(why, name);
    close(fd);
    return false;
  }
  out->fd = fd;
  strcpy(out->name, request.ifr_name);
  out->index = if_nametoindex(out->name);
  out->offloads = offloads ? take_offloads(fd) : 0;
  return true;
}

bool tun_open(tun *out, const char *name, bool offloads, trouble *why) {
  return open_with(O_RDWR, out, name, offloads, why);
}

bool tun_open_for_reading(tun *out, const char *name, bool offloads, trouble *why) {
  return open_with(O_RDONLY, out, name, offloads, why);
}

void tun_close(tun *t) {
  if (t->fd >= 0) close(t->fd);
  t->fd = -1;
}
