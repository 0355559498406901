#include "outgoing.h"

#include <string.h>
#include <unistd.h>

static size_t header_len(const outgoing *o) { return o->device->offloads ? TUN_HEADER_LEN : 0; }

uint8_t *outgoing_room(outgoing *o) {
  if (o->used > OUTGOING_BYTES) outgoing_write(o);
  return o->bytes + o->used + header_len(o);
}

void outgoing_put(outgoing *o, size_t len, uint64_t *taken, uint64_t *lost) {
  size_t header = header_len(o);
  uint8_t *bytes = o->bytes + o->used;
  memset(bytes, 0, header); /* nothing is left for the kernel to fill in */
  o->used += (header + len + 63) & ~(size_t)63;
  outgoing_put_there(o, bytes + header, len, taken, lost);
}

void outgoing_put_there(outgoing *o, const uint8_t *ip, size_t len, uint64_t *taken,
                        uint64_t *lost) {
  size_t header = header_len(o);
  o->packets[o->count].bytes = ip - header;
  o->packets[o->count].len = header + len;
  o->packets[o->count].taken = taken;
  o->packets[o->count++].lost = lost;
  if (o->count == OUTGOING_MAX) outgoing_write(o);
}

void outgoing_write(outgoing *o) {
  for (size_t i = 0; i < o->count; i++) {
    ssize_t n = write(o->device->fd, o->packets[i].bytes, o->packets[i].len);
    uint64_t *counter = n == (ssize_t)o->packets[i].len ? o->packets[i].taken : o->packets[i].lost;
    if (counter) ++*counter;
  }
  o->count = o->used = 0;
}
