/* capture_dump.c -- one line for each packet of a capture, to compare with other readers.
 *
 *   capture_dump FILE [BYTES]   number, seconds, bytes kept, bytes on the wire, interface, link
 *                               type, link outcome, where IP begins
 * BYTES: how much is read at a time, 65536 when absent.  Exit status 2: damage or no capture. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "link.h"

static capture state;
static uint8_t buffer[CAPTURE_RECORD_MAX];

static void print(const capture_packet *p) {
  reader ip = {0};
  link_outcome found = link_to_ip(p->link_type, p->frame, &ip);
  long at = found == LINK_IP ? (long)(ip.at - p->frame.at) : -1;
  printf("%" PRIu64 "\t", state.packets);
  if (p->has_time)
    printf("%" PRIu64 ".%09" PRIu64, p->time_ns / 1000000000u, p->time_ns % 1000000000u);
  printf("\t%zu\t%u\t%u\t%u\t%d\t%ld\n", p->frame.left, p->wire_len, p->interface, p->link_type,
         (int)found, at);
}

/* Prints what the buffer holds, moves the rest to its front; false when the capture is over. */
static bool drain(size_t *have) {
  reader in = reader_of(buffer, *have);
  capture_packet packet;
  parse_outcome outcome;
  while ((outcome = capture_next(&state, &in, &packet)) == PARSE_PARSED) print(&packet);
  memmove(buffer, in.at, in.left);
  *have = in.left;
  return outcome == PARSE_NEED_MORE;
}

int main(int argc, char **argv) {
  size_t chunk = argc > 2 ? strtoul(argv[2], NULL, 10) : 65536, have = 0, got = 1;
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!file) return 1;
  capture_init(&state);
  bool going = true;
  while (going && got) {
    size_t room = sizeof buffer - have;
    got = fread(buffer + have, 1, room < chunk ? room : chunk, file);
    have += got;
    going = drain(&have);
  }
  fclose(file);
  if (capture_end(&state, reader_of(buffer, have)) == PARSE_PARSED) return 0;
  fprintf(stderr, "%s, at byte %" PRIu64 "\n", state.message, state.bad_offset);
  return 2;
}
