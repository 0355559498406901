#include "guard.h"

#include <string.h>
#include <unistd.h>

#include "mirror.h"
#include "netlink.h"

/* Below what IPv6 needs (RFC 8200 5), so that the device has no addresses and says nothing of its own; copies
 * are as long as they are. */
#define MTU 1279u

static bool open_device(guard *g, tun *device, trouble *why) {
  const char *name = "weirg%d";
  bool open = g->observes ? tun_open_for_reading(device, name, true, why)
                          : tun_open(device, name, true, why);
  return open && netlink_up(g->socket, device->index, MTU, why) &&
         (g->observes || mirror_inject(g->socket, device->index, g->interface, why));
}

bool guard_open(guard *g, tun *device, const char *interface, bool observes, trouble *why) {
  memset(g, 0, sizeof *g);
  *device = (tun){.fd = -1};
  g->observes = observes;
  g->locals.fd = -1;
  g->interface = if_nametoindex(interface);
  g->socket = netlink_open(why);
  if (g->socket < 0) return false;
  mirror_clear_left(g->socket);
  if (!g->interface) {
    trouble_say(why, TROUBLE_BAD_ARGUMENT, 0, "there is no interface %s", interface);
  } else if (locals_is_own(g->socket, g->interface, interface, why) &&
             open_device(g, device, why) &&
             mirror_set(g->socket, g->interface, interface, device->index, why)) {
    if (locals_open(&g->locals, g->socket, g->interface, interface, why)) return true;
    trouble ignored;
    mirror_clear(g->socket, g->interface, &ignored);
  }
  close(g->socket);
  locals_close(&g->locals);
  tun_close(device);
  return false;
}

weir_direction guard_direction(const guard *g, const uint8_t *ip, size_t len) {
  unsigned version = len ? ip[0] >> 4 : 0;
  size_t address = version == 4 ? 4 : 16, header = version == 4 ? 20 : 40;
  if ((version != 4 && version != 6) || len < header) return WEIR_DIRECTION_UNKNOWN;
  if (locals_has(&g->locals, ip + header - 2 * address, version)) return WEIR_DIRECTION_OUTBOUND;
  if (locals_has(&g->locals, ip + header - address, version)) return WEIR_DIRECTION_INBOUND;
  return WEIR_DIRECTION_UNKNOWN;
}

bool guard_may_answer(const guard *g, weir_direction direction) {
  return direction == WEIR_DIRECTION_OUTBOUND && !g->observes && g->locals.change == LOCALS_SAME;
}

void guard_answered(guard *g, uint64_t flow_id, const uint8_t *ip) {
  enum { TCP = 6, FLAGS = 13, RST = 4 };
  bool v4 = ip[0] >> 4 == 4;
  if (ip[v4 ? 9 : 6] == TCP && !(ip[(v4 ? 20 : 40) + FLAGS] & RST))
    g->spoken[flow_id % GUARD_SPOKEN] = flow_id;
}

void guard_judge(const guard *g, weir_result *result) {
  if (!result->flow_id || g->spoken[result->flow_id % GUARD_SPOKEN] != result->flow_id) return;
  result->verdict = WEIR_VERDICT_DROP;
  result->action = WEIR_ACTION_BLOCK;
  result->protocol = WEIR_PROTOCOL_UNKNOWN; /* for which there is nothing but a reset */
}

void guard_close(guard *g) {
  trouble ignored; /* an interface that has gone has no mirror either */
  mirror_clear(g->socket, g->interface, &ignored);
  close(g->socket);
  locals_close(&g->locals);
}
