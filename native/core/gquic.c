/* gquic.c -- "QUIC Wire Layout Specification" and "QUIC Crypto" of the Chromium project.
 *
 * Up to Q043 a packet begins with public flags; from Q044 on with the long header of the early
 * drafts, whose connection ID lengths are two nibbles.  A hash follows in the place of a tag. */
#include "gquic.h"

#include "quic_header.h"

#include <string.h>

#define FLAG_VERSION       0x01u
#define FLAG_CONNECTION_ID 0x08u
#define CONNECTION_ID_LEN  8
#define HASH_LEN           12
#define ENTRIES_MAX        128
#define ENTRY_LEN          8
#define TAG(a, b, c, d) \
  ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static bool get_le(reader *r, unsigned width, uint32_t *out) {
  reader b;
  if (!get_bytes(r, width, &b)) return false;
  uint32_t v = 0;
  for (unsigned i = width; i-- > 0;) v = v << 8 | b.at[i];
  *out = v;
  return true;
}

/* Behind the flags: connection ID, version, packet number of 1, 2, 4 or 6 bytes. */
static parse_outcome public_header(reader *r, uint8_t flags, gquic_packet *out) {
  static const uint8_t number_len[4] = {1, 2, 4, 6};
  if (!(flags & FLAG_VERSION) || !(flags & FLAG_CONNECTION_ID)) return PARSE_NOT_MINE;
  if (!skip(r, CONNECTION_ID_LEN) || !get_uint(r, 4, &out->version)) return PARSE_NEED_MORE;
  out->number = quic_gquic_number(out->version);
  if (!out->number || out->number > 43) return PARSE_NOT_MINE;
  return skip(r, number_len[flags >> 4 & 3]) ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* Behind the first byte: version, both lengths (0 or 3 less than the true one), connection IDs,
 * packet number, whose length is in the first byte from Q046 on. */
static parse_outcome long_header(reader *r, uint8_t first, gquic_packet *out) {
  uint8_t lengths;
  if (!get_uint(r, 4, &out->version)) return PARSE_NEED_MORE;
  out->number = quic_gquic_number(out->version);
  if (out->number < 44) return PARSE_NOT_MINE;
  if (!get_u8(r, &lengths)) return PARSE_NEED_MORE;
  size_t dcid = lengths >> 4, scid = lengths & 15;
  size_t number_len = out->number < 46 ? 4u : (first & 3u) + 1;
  size_t rest = (dcid ? dcid + 3 : 0) + (scid ? scid + 3 : 0) + number_len;
  return skip(r, rest) ? PARSE_PARSED : PARSE_NEED_MORE;
}

parse_outcome gquic_open(reader datagram, gquic_packet *out) {
  reader r = datagram;
  uint8_t first;
  if (!get_u8(&r, &first)) return PARSE_NEED_MORE;
  parse_outcome outcome =
      first & 0x80 ? long_header(&r, first, out) : public_header(&r, first, out);
  if (outcome != PARSE_PARSED) return outcome;
  /* Up to Q033 the hash covers a byte of private flags, which stands behind it. */
  if (!skip(&r, HASH_LEN + (out->number < 34 ? 1u : 0u))) return PARSE_NEED_MORE;
  out->frames = r;
  return PARSE_PARSED;
}

static bool get_number(reader *r, unsigned width, bool big_endian, uint64_t *out) {
  reader b;
  if (!get_bytes(r, width, &b)) return false;
  *out = 0;
  for (unsigned i = 0; i < width; i++) *out = *out << 8 | b.at[big_endian ? i : width - 1 - i];
  return true;
}

/* Type 1fdoooss: fin, data length present, offset length (0, 2 to 8), stream ID length (1 to 4). */
static bool stream_frame(reader *r, uint8_t type, bool big_endian, uint64_t *id, quic_piece *out) {
  unsigned offset_len = type >> 2 & 7;
  uint64_t len;
  if (offset_len) offset_len++;
  if (!get_number(r, (type & 3u) + 1, big_endian, id)) return false;
  if (!get_number(r, offset_len, big_endian, &out->offset)) return false;
  len = r->left;
  if (type & 0x20 && !get_number(r, 2, big_endian, &len)) return false;
  return len <= r->left && get_bytes(r, (size_t)len, &out->bytes);
}

parse_outcome gquic_next_piece(reader *frames, unsigned number, quic_piece *out) {
  enum { PADDING = 0, PING = 7, CRYPTO = 8 };
  uint8_t type;
  uint64_t id;
  while (get_u8(frames, &type)) {
    if (type & 0x80) {
      if (!stream_frame(frames, type, number >= 39, &id, out)) return PARSE_MALFORMED;
      if (id == 1) return PARSE_PARSED;
    } else if (type == CRYPTO && number >= 50) {
      bool whole = quic_varint(frames, &out->offset) && quic_varint_block(frames, &out->bytes);
      return whole ? PARSE_PARSED : PARSE_MALFORMED;
    } else if (type != PADDING && type != PING) {
      return PARSE_NOT_MINE; /* acknowledgements and the like: not in a client's first packet */
    }
  }
  return PARSE_NOT_MINE;
}

/* Entries are tag and end of value, little-endian, ascending; the values follow all entries. */
static parse_outcome chlo_entries(reader entries, reader values, hello *out) {
  uint32_t tag, end, at = 0;
  reader entry, value;
  /* An entry at a time: a condition of two reads is one round to gcc 12 on s390x. */
  while (get_bytes(&entries, ENTRY_LEN, &entry)) {
    if (!get_uint(&entry, 4, &tag) || !get_le(&entry, 4, &end) || end < at) return PARSE_MALFORMED;
    if (!get_bytes(&values, end - at, &value)) return PARSE_NEED_MORE;
    if (tag == TAG('S', 'N', 'I', 0)) out->host_refused = !name_from_host(&out->host, value);
    at = end;
  }
  return PARSE_PARSED;
}

parse_outcome gquic_chlo(reader stream, hello *out) {
  uint32_t tag, count;
  reader entries;
  memset(out, 0, sizeof *out);
  if (!get_uint(&stream, 4, &tag)) return PARSE_NEED_MORE;
  if (tag != TAG('C', 'H', 'L', 'O')) return PARSE_NOT_MINE;
  if (!get_le(&stream, 2, &count)) return PARSE_NEED_MORE;
  if (count > ENTRIES_MAX) return PARSE_MALFORMED;
  if (!skip(&stream, 2) || !get_bytes(&stream, ENTRY_LEN * (size_t)count, &entries))
    return PARSE_NEED_MORE;
  return chlo_entries(entries, stream, out);
}
