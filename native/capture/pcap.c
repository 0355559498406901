/* pcap.c -- the classic capture file (draft-ietf-opsawg-pcap). */
#include "format.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, MODIFIED_RECORD_HEADER = 24 };

#define MAGIC_US       0xa1b2c3d4u
#define MAGIC_NS       0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u /* Kuznetzov's Linux libpcap: eight bytes more a record */

static uint32_t swapped(uint32_t v) {
  return v >> 24 | (v >> 8 & 0xff00u) | (v << 8 & 0xff0000u) | v << 24;
}

static bool is_magic(uint32_t v) { return v == MAGIC_US || v == MAGIC_NS || v == MAGIC_MODIFIED; }

bool capture_is_pcap(uint32_t magic) { return is_magic(magic) || is_magic(swapped(magic)); }

parse_outcome capture_pcap_header(capture *c, reader *in) {
  reader header = *in;
  uint32_t magic, snaplen, link_type;
  uint16_t major, minor;
  if (in->left < FILE_HEADER) return capture_want(c, FILE_HEADER);
  bool big = get_order32(&header, true, &magic) && is_magic(magic);
  if (!get_order16(&header, big, &major) || !get_order16(&header, big, &minor) ||
      !skip(&header, 8) || !get_order32(&header, big, &snaplen) ||
      !get_order32(&header, big, &link_type))
    return capture_want(c, FILE_HEADER);
  if (major != 2) return capture_damaged(c, "pcap version other than 2");
  if (!big) magic = swapped(magic);
  c->format = CAPTURE_PCAP;
  c->big_endian = big;
  c->nanoseconds = magic == MAGIC_NS;
  c->record_header = magic == MAGIC_MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
  c->minor = (uint8_t)(minor > 4 ? 4 : minor);
  c->link_type = link_type & 0x03ffffffu; /* above: length of the frame check sequence */
  c->interface_count = 1;
  capture_advance(c, in, FILE_HEADER);
  return PARSE_PARSED;
}

/* Before version 2.3 the two lengths stood the other way round, and some
 * writers of 2.3 had not heard of it. */
static bool lengths_swapped(const capture *c, uint32_t kept, uint32_t wire) {
  return c->minor < 3 || (c->minor == 3 && kept > wire);
}

parse_outcome capture_pcap_record(capture *c, reader *in, capture_packet *out) {
  reader record = *in, header;
  bool big = c->big_endian;
  if (!get_bytes(&record, c->record_header, &header)) return capture_want(c, c->record_header);
  uint32_t seconds = order32(header.at, big), fraction = order32(header.at + 4, big);
  uint32_t kept = order32(header.at + 8, big), wire = order32(header.at + 12, big);
  if (lengths_swapped(c, kept, wire)) {
    uint32_t other = kept;
    kept = wire;
    wire = other;
  }
  if (kept > CAPTURE_PACKET_MAX) return capture_damaged(c, "packet longer than 262144 bytes");
  if (!get_bytes(&record, kept, &out->frame)) return capture_want(c, c->record_header + kept);
  out->time_ns = seconds * NS_PER_S + (c->nanoseconds ? fraction : fraction * 1000ull);
  out->has_time = true;
  out->wire_len = wire > kept ? wire : kept;
  out->interface = 0;
  out->link_type = c->link_type;
  capture_advance(c, in, c->record_header + kept);
  return PARSE_PARSED;
}
