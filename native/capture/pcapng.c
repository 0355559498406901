/* pcapng.c -- the block-structured capture file (draft-ietf-opsawg-pcapng). */
#include "format.h"

enum {
  INTERFACE_DESCRIPTION = 1,
  PACKET = 2, /* obsolete, still met */
  SIMPLE_PACKET = 3,
  ENHANCED_PACKET = 6
};
#define SECTION_HEADER     0x0a0d0d0au /* reads the same in both byte orders */
#define BYTE_ORDER         0x1a2b3c4du
#define BYTE_ORDER_SWAPPED 0x4d3c2b1au

enum { OPTION_END = 0, IF_TSRESOL = 9, IF_TSOFFSET = 14 };
enum {
  BLOCK_HEAD = 8,           /* type and length */
  BLOCK_TAIL = 4,           /* the length again */
  SECTION_HEAD = 24,        /* up to the options */
  DEFAULT_RESOLUTION = 6,   /* microseconds, section 4.2 */
  BINARY_RESOLUTION = 0x80, /* powers of two, not of ten */
  FINEST_DECIMAL = 19,
  FINEST_BINARY = 63
};

typedef struct block {
  uint32_t type, length;
  reader body; /* set by whole_block() */
} block;

bool capture_is_pcapng(uint32_t magic) { return magic == SECTION_HEADER; }

/* ---- time (section 4.2, if_tsresol and if_tsoffset) ---- */

static uint64_t times(uint64_t units, uint64_t ns) {
  return units > UINT64_MAX / ns ? UINT64_MAX : units * ns;
}

static uint64_t power_of_ten(unsigned exponent) {
  uint64_t v = 1;
  while (exponent--) v *= 10;
  return v;
}

static uint64_t decimal_ns(uint64_t units, unsigned digits) {
  if (digits == 6) return times(units, 1000);
  if (digits == 9) return units;
  return digits < 9 ? times(units, power_of_ten(9 - digits)) : units / power_of_ten(digits - 9);
}

/* The fraction is multiplied in two halves: 63 bits of it times 10^9 would not fit. */
static uint64_t binary_ns(uint64_t units, unsigned bits) {
  uint64_t whole = times(units >> bits, NS_PER_S);
  uint64_t part = units & ((1ull << bits) - 1);
  uint64_t ns = bits <= 32 ? part * NS_PER_S >> bits
                           : ((part >> 32) * NS_PER_S + ((part & UINT32_MAX) * NS_PER_S >> 32)) >>
                                 (bits - 32);
  return whole > UINT64_MAX - ns ? UINT64_MAX : whole + ns;
}

/* Times that 64 bits do not hold stop at the ends of the scale. */
static uint64_t time_of(const capture_interface *i, uint64_t units) {
  uint64_t ns = i->resolution & BINARY_RESOLUTION
                    ? binary_ns(units, i->resolution & ~(unsigned)BINARY_RESOLUTION)
                    : decimal_ns(units, i->resolution);
  if (i->offset_s < 0) {
    uint64_t back = times(0 - (uint64_t)i->offset_s, NS_PER_S);
    return ns > back ? ns - back : 0;
  }
  uint64_t ahead = times((uint64_t)i->offset_s, NS_PER_S);
  return ns > UINT64_MAX - ahead ? UINT64_MAX : ns + ahead;
}

/* ---- blocks (section 3.1) ---- */

/* All of a block that is small enough to lie in the caller's buffer. */
static parse_outcome whole_block(capture *c, const reader *in, block *b) {
  reader probe = *in;
  uint32_t again;
  if (b->length > CAPTURE_RECORD_MAX) return capture_damaged(c, "block longer than 524288 bytes");
  if (!skip(&probe, BLOCK_HEAD) ||
      !get_bytes(&probe, b->length - BLOCK_HEAD - BLOCK_TAIL, &b->body) ||
      !get_order32(&probe, c->big_endian, &again))
    return capture_want(c, b->length);
  return again == b->length ? PARSE_PARSED
                            : capture_damaged(c, "the two lengths of a block differ");
}

/* Leaves the rest of a block, of which `taken` bytes have been looked at, to pass_over(). */
static void leave_block(capture *c, reader *in, const block *b, uint32_t taken) {
  c->block_at = c->offset;
  c->skip = b->length - taken - BLOCK_TAIL;
  c->trailer = b->length;
  capture_advance(c, in, taken);
}

/* Blocks that hold no packet may be larger than any buffer. */
static parse_outcome pass_over(capture *c, reader *in) {
  uint32_t here = in->left < c->skip ? (uint32_t)in->left : c->skip;
  capture_advance(c, in, here);
  c->skip -= here;
  if (c->skip) return capture_want(c, 1);
  reader probe = *in;
  uint32_t again;
  if (!get_order32(&probe, c->big_endian, &again)) return capture_want(c, BLOCK_TAIL);
  if (again != c->trailer) {
    c->offset = c->block_at;
    return capture_damaged(c, "the two lengths of a block differ");
  }
  capture_advance(c, in, BLOCK_TAIL);
  c->trailer = 0;
  return PARSE_PARSED;
}

/* Section 4.1.  Its own third field says how to read it. */
static parse_outcome section(capture *c, reader *in) {
  reader probe = *in;
  block b = {.type = SECTION_HEADER};
  uint32_t order;
  uint16_t major, minor;
  if (!skip(&probe, BLOCK_HEAD) || !get_order32(&probe, true, &order))
    return capture_want(c, BLOCK_HEAD + 4);
  if (order != BYTE_ORDER && order != BYTE_ORDER_SWAPPED) {
    capture_damaged(c, "section header without a byte-order magic");
    return c->sections ? PARSE_MALFORMED : PARSE_NOT_MINE;
  }
  if (in->left < SECTION_HEAD + BLOCK_TAIL) return capture_want(c, SECTION_HEAD + BLOCK_TAIL);
  c->big_endian = order == BYTE_ORDER;
  reader length = reader_of(in->at + 4, 4);
  if (!get_order32(&length, c->big_endian, &b.length) ||
      !get_order16(&probe, c->big_endian, &major) || !get_order16(&probe, c->big_endian, &minor))
    return capture_want(c, SECTION_HEAD + BLOCK_TAIL);
  if (b.length < SECTION_HEAD + BLOCK_TAIL || b.length % 4 || b.length > CAPTURE_BLOCK_MAX)
    return capture_damaged(c, "section header with an impossible length");
  if (major != 1 || (minor != 0 && minor != 2))
    return capture_damaged(c, "pcapng version other than 1.0 and 1.2");
  c->sections++;
  c->interface_count = 0;
  leave_block(c, in, &b, SECTION_HEAD);
  return PARSE_PARSED;
}

/* ---- interfaces (section 4.2) ---- */

static bool is_resolution(uint8_t v) {
  return v & BINARY_RESOLUTION ? (v & 0x7f) <= FINEST_BINARY : v <= FINEST_DECIMAL;
}

static const char *interface_option(const capture *c, capture_interface *i, uint16_t code,
                                    reader value) {
  if (code == IF_TSRESOL) {
    if (value.left != 1) return "time resolution of a wrong size";
    i->resolution = value.at[0];
    if (!is_resolution(i->resolution)) return "time resolution that 64 bits do not hold";
  }
  if (code == IF_TSOFFSET) {
    uint32_t first, second;
    if (value.left != 8 || !get_order32(&value, c->big_endian, &first) ||
        !get_order32(&value, c->big_endian, &second))
      return "time offset of a wrong size";
    uint64_t v = c->big_endian ? (uint64_t)first << 32 | second : (uint64_t)second << 32 | first;
    i->offset_s = v > INT64_MAX ? -(int64_t)(UINT64_MAX - v) - 1 : (int64_t)v;
  }
  return NULL;
}

/* NULL, or what is wrong. */
static const char *interface_options(const capture *c, capture_interface *i, reader options) {
  const char *wrong = NULL;
  while (options.left && !wrong) {
    uint16_t code, length;
    reader value;
    if (!get_order16(&options, c->big_endian, &code) ||
        !get_order16(&options, c->big_endian, &length))
      return "option cut short";
    if (code == OPTION_END) return NULL;
    if (!get_bytes(&options, length, &value) || !skip(&options, (4u - length % 4u) % 4u))
      return "option longer than its block";
    wrong = interface_option(c, i, code, value);
  }
  return wrong;
}

static parse_outcome interface(capture *c, reader *in, block *b) {
  parse_outcome outcome = whole_block(c, in, b);
  if (outcome != PARSE_PARSED) return outcome;
  capture_interface i = {.resolution = DEFAULT_RESOLUTION};
  reader body = b->body;
  if (!get_order16(&body, c->big_endian, &i.link_type) || !skip(&body, 2) ||
      !get_order32(&body, c->big_endian, &i.snaplen))
    return capture_damaged(c, "interface block too short");
  const char *wrong = interface_options(c, &i, body);
  if (wrong) return capture_damaged(c, wrong);
  if (c->interface_count == CAPTURE_INTERFACES_MAX)
    return capture_damaged(c, "more than 256 interfaces in a section");
  if (!c->interface_count) c->link_type = i.link_type;
  c->interfaces[c->interface_count++] = i;
  capture_advance(c, in, b->length);
  return PARSE_PARSED;
}

/* ---- packets (sections 4.3, 4.4 and appendix A) ---- */

typedef struct packet_fields {
  uint32_t interface, high, low, kept, wire;
} packet_fields;

static bool enhanced(const capture *c, reader *body, packet_fields *p) {
  return get_order32(body, c->big_endian, &p->interface) &&
         get_order32(body, c->big_endian, &p->high) && get_order32(body, c->big_endian, &p->low) &&
         get_order32(body, c->big_endian, &p->kept) && get_order32(body, c->big_endian, &p->wire);
}

static bool obsolete(const capture *c, reader *body, packet_fields *p) {
  uint16_t interface_id;
  if (!get_order16(body, c->big_endian, &interface_id) || !skip(body, 2)) return false;
  p->interface = interface_id;
  return get_order32(body, c->big_endian, &p->high) && get_order32(body, c->big_endian, &p->low) &&
         get_order32(body, c->big_endian, &p->kept) && get_order32(body, c->big_endian, &p->wire);
}

/* It says how long the packet was; how much of it was kept follows from the snap length. */
static bool simple(const capture *c, reader *body, packet_fields *p) {
  if (!get_order32(body, c->big_endian, &p->wire)) return false;
  uint32_t snaplen = c->interface_count ? c->interfaces[0].snaplen : 0;
  p->interface = 0;
  p->kept = snaplen && snaplen < p->wire ? snaplen : p->wire;
  return true;
}

static bool packet_fields_of(const capture *c, const block *b, reader *body, packet_fields *p) {
  return b->type == ENHANCED_PACKET ? enhanced(c, body, p)
         : b->type == SIMPLE_PACKET ? simple(c, body, p)
                                    : obsolete(c, body, p);
}

static parse_outcome packet(capture *c, reader *in, block *b, capture_packet *out) {
  parse_outcome outcome = whole_block(c, in, b);
  if (outcome != PARSE_PARSED) return outcome;
  packet_fields p = {0};
  reader body = b->body;
  if (!packet_fields_of(c, b, &body, &p)) return capture_damaged(c, "packet block too short");
  if (p.interface >= c->interface_count)
    return capture_damaged(c, "packet of an interface that is not described");
  if (p.kept > CAPTURE_PACKET_MAX) return capture_damaged(c, "packet longer than 262144 bytes");
  if (!get_bytes(&body, p.kept, &out->frame))
    return capture_damaged(c, "packet longer than its block");
  const capture_interface *i = &c->interfaces[p.interface];
  out->has_time = b->type != SIMPLE_PACKET;
  if (out->has_time) c->last_ns = time_of(i, (uint64_t)p.high << 32 | p.low);
  out->time_ns = c->last_ns;
  out->wire_len = p.wire > p.kept ? p.wire : p.kept;
  out->interface = p.interface;
  out->link_type = i->link_type;
  capture_advance(c, in, b->length);
  return PARSE_PARSED;
}

/* PARSED: `b` has a type and a length that could be. */
static parse_outcome block_head(capture *c, const reader *in, block *b) {
  reader probe = *in;
  if (!get_order32(&probe, c->big_endian, &b->type))
    return capture_want(c, BLOCK_HEAD + BLOCK_TAIL);
  if (b->type == SECTION_HEADER) return PARSE_PARSED;
  if (!get_order32(&probe, c->big_endian, &b->length))
    return capture_want(c, BLOCK_HEAD + BLOCK_TAIL);
  if (b->length < BLOCK_HEAD + BLOCK_TAIL || b->length % 4)
    return capture_damaged(c, "block with an impossible length");
  return b->length <= CAPTURE_BLOCK_MAX ? PARSE_PARSED
                                        : capture_damaged(c, "block longer than 16 MiB");
}

parse_outcome capture_pcapng_packet(capture *c, reader *in, capture_packet *out) {
  for (;;) {
    block b;
    parse_outcome outcome = c->trailer ? pass_over(c, in) : PARSE_PARSED;
    if (outcome == PARSE_PARSED) outcome = block_head(c, in, &b);
    if (outcome != PARSE_PARSED) return outcome;
    if (b.type == ENHANCED_PACKET || b.type == SIMPLE_PACKET || b.type == PACKET)
      return packet(c, in, &b, out);
    if (b.type == SECTION_HEADER)
      outcome = section(c, in);
    else if (b.type == INTERFACE_DESCRIPTION)
      outcome = interface(c, in, &b);
    else
      leave_block(c, in, &b, BLOCK_HEAD);
    if (outcome != PARSE_PARSED) return outcome;
  }
}
