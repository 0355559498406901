#include "blocked.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "packet.h"

#define SNAP_MAX     65575u /* the longest IP packet: IPv6's length does not count its header */
#define LINKTYPE_RAW 101u

typedef struct file_head {
  uint32_t magic; /* of microseconds, in the machine's byte order: readers tell by it */
  uint16_t major, minor;
  uint32_t zone, figures, snap, link;
} file_head;

typedef struct packet_head {
  uint32_t seconds, micros, len, wire_len;
} packet_head;

void blocked_init(blocked *b) {
  b->fd = -1;
  b->used = 0;
  b->left_out = 0;
}

/* What cannot be written ends the capture, and nothing else. */
void blocked_flush(blocked *b) {
  size_t done = 0;
  while (b->fd >= 0 && done < b->used) {
    ssize_t n = write(b->fd, b->buffer + done, b->used - done);
    if (n > 0) {
      done += (size_t)n;
    } else if (errno != EINTR) {
      b->room = 0;
      break;
    }
  }
  b->used = 0;
}

static void append(blocked *b, const void *bytes, size_t len) {
  memcpy(b->buffer + b->used, bytes, len);
  b->used += len;
}

void blocked_open(blocked *b, int fd, bool with_payload, uint64_t most) {
  const file_head head = {0xa1b2c3d4, 2, 4, 0, 0, SNAP_MAX, LINKTYPE_RAW};
  b->fd = fd;
  b->with_payload = with_payload;
  b->room = most > sizeof head ? most - sizeof head : 0;
  append(b, &head, sizeof head);
  blocked_flush(b);
}

/* Up to where the transport's payload begins.  Of a fragment, which may have none of its headers, up to where IP's end. */
static size_t headers_len(const weir_packet *p) {
  packet view;
  packet_parse(&view, p);
  if (view.kind == PACKET_WHOLE || view.kind == PACKET_FRAGMENT)
    return (size_t)(view.body.at - p->data);
  size_t fixed = p->len && p->data[0] >> 4 == 4 ? 20 : 40;
  return fixed < p->len ? fixed : p->len;
}

void blocked_put(blocked *b, const weir_packet *p) {
  if (b->fd < 0) return;
  size_t len = b->with_payload ? p->len : headers_len(p);
  if (len > SNAP_MAX) len = SNAP_MAX;
  packet_head head = {(uint32_t)(p->now_us / 1000000), (uint32_t)(p->now_us % 1000000),
                      (uint32_t)len, p->len};
  if (sizeof head + len > b->room) {
    b->left_out++;
    return;
  }
  if (sizeof head + len > sizeof b->buffer - b->used) blocked_flush(b);
  b->room -= sizeof head + len;
  append(b, &head, sizeof head);
  append(b, p->data, len);
}

void blocked_close(blocked *b) {
  if (b->fd >= 0) close(b->fd);
  b->fd = -1;
}
