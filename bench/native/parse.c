/* parse.c -- what does the view of a packet cost, beside copying the packet? */
#include <string.h>

#include "bench.h"
#include "packet.h"
#include "wire.h"

enum { COUNT = 256, SIZE = 325 };

typedef struct packets {
  weir_packet in[COUNT];
  uint8_t bytes[COUNT][SIZE];
  uint8_t copy[SIZE];
} packets;

static uint64_t parse(void *context, size_t n) {
  packets *p = (packets *)context;
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    packet view;
    packet_parse(&view, &p->in[i % COUNT]);
    sum += view.source_port + view.body.left;
  }
  return sum;
}

static uint64_t copy(void *context, size_t n) {
  packets *p = (packets *)context;
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    memcpy(p->copy, p->in[i % COUNT].data, SIZE);
    __asm__ volatile("" : : "r"(p->copy) : "memory");
    sum += p->copy[i % SIZE];
  }
  return sum;
}

int main(void) {
  static packets p;
  for (uint32_t i = 0; i < COUNT; i++) {
    wire_template(p.bytes[i], 0x18, SIZE - WIRE_HEADERS);
    wire_ends(p.bytes[i], i, 0);
    p.in[i] = (weir_packet){.data = p.bytes[i], .len = SIZE};
  }
  bench("parse, IPv4 and TCP, 325 bytes", parse, "memcpy of the packet", copy, &p, 5000000);
  return 0;
}
