/* packet_parse(): views lie within the packet, and a cut never tells more than the whole. */
#include <stdlib.h>
#include <string.h>

#include "packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool condition) {
  if (!condition) abort();
}

static packet parse(const uint8_t *bytes, size_t len, size_t wire) {
  weir_packet in = {.data = bytes, .len = (uint32_t)len, .wire_len = (uint32_t)wire};
  packet p;
  packet_parse(&p, &in);
  require(p.kind <= PACKET_UNSUPPORTED);
  if (p.kind != PACKET_WHOLE && p.kind != PACKET_FRAGMENT) return p;
  size_t address = p.version == 4 ? 4 : 16;
  require(p.version == 4 || p.version == 6);
  require(p.source >= bytes && p.source + address == p.destination);
  require(p.destination + address <= bytes + len);
  require(!p.body.left || (p.body.at > p.destination && p.body.at + p.body.left <= bytes + len));
  require(p.body.left <= p.body_wire && p.body_wire <= p.ip_bytes);
  require((p.kind == PACKET_FRAGMENT) == (p.fragment_offset || p.more_fragments));
  return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  if (len > 2048) return 0;
  packet whole = parse(data, len, 0);
  for (size_t n = 0; n < len; n += n < 120 ? 1 : 97) {
    uint8_t *cut = malloc(n ? n : 1);
    memcpy(cut, data, n);
    packet p = parse(cut, n, len);
    if (p.kind == PACKET_WHOLE && whole.kind == PACKET_WHOLE) {
      require(p.source_port == whole.source_port && p.destination_port == whole.destination_port);
      require(p.transport == whole.transport && p.ip_bytes == whole.ip_bytes);
      require(p.body.left <= whole.body.left && p.body_wire >= whole.body_wire);
    }
    require(whole.kind != PACKET_WHOLE || p.kind == PACKET_WHOLE || p.kind == PACKET_TRUNCATED);
    free(cut);
  }
  return 0;
}
