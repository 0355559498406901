/* quic.c -- from a flow's datagrams to its ClientHello.
 *
 * A client's Initial packets are protected with keys that follow from their version and from the
 * Destination Connection ID of the first of them (RFC 9001 5.2).  The server then chooses another
 * connection ID, and the keys stay; after a Retry they follow from the one that the Retry brought
 * (RFC 9000 7.2, 17.2.5); with another version they are made anew.  None of what causes that need
 * have been seen: each packet is tried with the keys at hand, then with those it would have as
 * a first packet, and the AEAD's tag tells. */
#include "quic.h"

#include "assembler.h"
#include "gquic.h"
#include "quic_header.h"
#include "quic_keys.h"

#include <string.h>

/* Bounds on what a datagram and a flow can make us do. */
#define PACKETS_MAX     8   /* coalesced in one datagram */
#define DERIVATIONS_MAX 4   /* of keys, for one datagram */
#define PIECES_MAX      256 /* of the handshake in one packet */
#define PASSES_MAX      4   /* over them */
#define PATIENCE        128 /* of a flow; what each datagram takes of it: */
#define COST_OPENED     2   /* something was opened, but the hello is not whole */
#define COST_FRUITLESS  4   /* nothing was, though it is QUIC */
#define COST_DOUBTFUL   32  /* and nothing shows that it is */

#define FIXED_BIT 0x40u /* RFC 9000 17.2; RFC 9287 lets it be cleared */

struct quic_state {
  const quic_profile *profile; /* of `keys`; NULL: there are none */
  uint32_t version;            /* of the crypto bytes, or the last one seen */
  uint8_t is_quic;
  uint8_t client; /* 1 + from_client of packets that client keys opened; 0 unknown */
  uint8_t spent;  /* of PATIENCE */
  uint8_t dcid_len;
  uint8_t dcid[QUIC_CID_MAX]; /* that made `keys` */
  uint64_t base;              /* gQUIC: where in its stream the CHLO begins */
  quic_keys keys;
  assembler crypto;
};
_Static_assert(sizeof(quic_state) <= QUIC_STATE_MAX, "zeroed by the caller");

/* One call's surroundings. */
typedef struct visit {
  quic_state *state;
  uint8_t *block; /* crypto bytes, in order */
  size_t block_len;
  const weir_crypto *crypto;
  const quic_opened *ahead;
  uint8_t *scratch;
  size_t scratch_len;
  size_t datagram_len;
  hello *hello;
  unsigned derivations;
  bool from_client;
  bool opened;
} visit;

static bool same_bytes(reader a, reader b) {
  return a.left == b.left && !memcmp(a.at, b.at, a.left);
}

/* These very bytes are open already, as they would be here. */
static bool is_ahead(const visit *v, const quic_packet *p, const quic_profile *profile) {
  const quic_opened *o = v->ahead;
  return o && o->whole.at == p->whole.at && o->whole.left == p->whole.left && o->profile == profile;
}

static bool open_with(visit *v, const quic_keys *keys, const quic_profile *profile,
                      const quic_packet *p, reader *frames) {
  if (is_ahead(v, p, profile) && !memcmp(keys, &v->ahead->keys, sizeof *keys)) {
    *frames = v->ahead->frames;
    return true;
  }
  return quic_open(keys, v->crypto, p->whole, p->pn_offset, v->scratch, v->scratch_len, frames);
}

/* Tries keys made from `dcid`, and keeps them if they fit. */
static bool open_anew(visit *v, const quic_packet *p, const quic_profile *profile, reader dcid,
                      reader *frames) {
  quic_keys keys;
  if (!v->derivations) return false;
  v->derivations--;
  if (is_ahead(v, p, profile) && same_bytes(dcid, p->dcid))
    keys = v->ahead->keys;
  else
    quic_client_keys(&keys, v->crypto, profile, dcid);
  if (!open_with(v, &keys, profile, p, frames)) return false;
  quic_state *s = v->state;
  memmove(s->dcid, dcid.at, dcid.left);
  s->dcid_len = (uint8_t)dcid.left;
  s->keys = keys;
  s->profile = profile;
  s->version = p->version;
  return true;
}

static bool open_initial(visit *v, const quic_packet *p, const quic_profile *profile,
                         reader *frames) {
  quic_state *s = v->state;
  reader first = reader_of(s->dcid, s->dcid_len);
  bool same = s->profile == profile && s->version == p->version, had_keys = s->profile;
  if (!v->crypto) return false;
  if (same && open_with(v, &s->keys, profile, p, frames)) return true;
  if (same && same_bytes(first, p->dcid)) return false;
  if (open_anew(v, p, profile, p->dcid, frames)) {
    /* After a Retry the client sends the same bytes (RFC 9000 17.2.5.2); another version is
     * another hello. */
    if (!same) memset(&s->crypto, 0, sizeof s->crypto);
    return true;
  }
  /* Compatible version negotiation keeps the first connection ID and the bytes (RFC 9368 2.3,
   * RFC 9369 4). */
  return !same && had_keys && open_anew(v, p, profile, first, frames);
}

static parse_outcome next_piece(const quic_profile *profile, unsigned gquic, reader *frames,
                                quic_piece *out) {
  if (gquic) return gquic_next_piece(frames, gquic, out);
  if (profile->gquic_frames) return gquic_next_piece(frames, 50, out);
  return quic_next_piece(frames, out);
}

/* gQUIC's second CHLO, after the server's rejection, goes on in the stream of the first, which may
 * not have been seen.  Pieces before the base get offsets beyond any block. */
static void rebase(quic_state *s, quic_piece *piece) {
  if (piece->bytes.left >= 4 && !memcmp(piece->bytes.at, "CHLO", 4) && piece->offset != s->base) {
    memset(&s->crypto, 0, sizeof s->crypto);
    s->base = piece->offset;
  }
  piece->offset -= s->base;
}

/* Takes the crypto bytes out of a packet's frames.  Frames in a wild order can leave more runs than
 * the assembler remembers; what it refused fits once runs have grown together, hence the passes. */
static bool take_frames(visit *v, const quic_profile *profile, unsigned gquic, reader frames) {
  assembler *a = &v->state->crypto;
  bool refused = true;
  for (unsigned pass = 0; refused && pass < PASSES_MAX; pass++) {
    reader r = frames;
    quic_piece piece;
    parse_outcome outcome = PARSE_PARSED;
    refused = false;
    for (unsigned n = 0; n < PIECES_MAX; n++) {
      outcome = next_piece(profile, gquic, &r, &piece);
      if (outcome != PARSE_PARSED) break;
      if (gquic) rebase(v->state, &piece);
      if (assembler_put(a, v->block, v->block_len, piece.offset, piece.bytes) == ASSEMBLER_FULL)
        refused = true;
    }
    if (outcome == PARSE_MALFORMED) return false;
  }
  return true;
}

/* A TLS handshake message (RFC 8446 4) at the front of the crypto bytes. */
static parse_outcome client_hello(visit *v, reader stream) {
  enum { CLIENT_HELLO = 1 };
  uint8_t type;
  uint32_t len;
  reader body;
  if (!get_u8(&stream, &type)) return PARSE_NEED_MORE;
  if (type != CLIENT_HELLO) return PARSE_MALFORMED;
  if (!get_uint(&stream, 3, &len)) return PARSE_NEED_MORE;
  if (len > v->block_len - 4) return PARSE_MALFORMED;
  if (!get_bytes(&stream, len, &body)) return PARSE_NEED_MORE;
  return hello_parse(body, HELLO_QUIC, v->crypto, v->hello) == PARSE_PARSED ? PARSE_PARSED
                                                                            : PARSE_MALFORMED;
}

/* What the crypto bytes tell so far; a message of gQUIC's server is dropped. */
static parse_outcome judge(visit *v, bool chlo) {
  quic_state *s = v->state;
  reader stream = reader_of(v->block, assembler_ready(&s->crypto));
  if (!chlo) return client_hello(v, stream);
  parse_outcome outcome = gquic_chlo(stream, v->hello);
  if (outcome != PARSE_NOT_MINE) return outcome;
  memset(&s->crypto, 0, sizeof s->crypto);
  return PARSE_NEED_MORE;
}

static parse_outcome initial(visit *v, const quic_packet *p, const quic_profile *profile) {
  quic_state *s = v->state;
  reader frames;
  if (s->client && s->client != 1 + v->from_client) return PARSE_NEED_MORE; /* the server's */
  if (!open_initial(v, p, profile, &frames)) return PARSE_NEED_MORE;
  s->is_quic = 1;
  s->client = (uint8_t)(1 + v->from_client);
  v->opened = true;
  bool sound = take_frames(v, profile, 0, frames);
  parse_outcome outcome = judge(v, profile->chlo);
  return sound || outcome == PARSE_PARSED ? outcome : PARSE_MALFORMED;
}

/* Only a whole first datagram is worth guessing at. */
static bool worth_guessing(const quic_packet *p, size_t datagram_len) {
  return datagram_len >= QUIC_FIRST_DATAGRAM_MIN && p->dcid.left >= QUIC_FIRST_DCID_MIN;
}

/* A version nobody knows: made like one that is known, perhaps. */
static parse_outcome guess(visit *v, quic_packet *p) {
  const quic_profile *profile;
  parse_outcome outcome = PARSE_NEED_MORE;
  if (!worth_guessing(p, v->datagram_len))
    return v->state->is_quic ? PARSE_NEED_MORE : PARSE_NOT_MINE;
  if (quic_version_is_reserved(p->version)) v->state->is_quic = 1;
  for (unsigned i = 0; !v->opened && (profile = quic_profile_guess(i)); i++) {
    quic_packet q = *p;
    if (quic_bounds(&q, profile) != PARSE_PARSED || quic_packet_type(&q, profile) != QUIC_INITIAL)
      continue;
    outcome = initial(v, &q, profile);
    if (v->opened) *p = q;
  }
  return outcome;
}

/* RFC 9000 17.2.1.  A list with a version that is known is beyond doubt. */
static parse_outcome version_negotiation(visit *v, reader list) {
  uint32_t version;
  while (get_uint(&list, 4, &version)) {
    if (quic_version_is_known(version)) v->state->is_quic = 1;
  }
  return v->state->is_quic ? PARSE_NEED_MORE : PARSE_NOT_MINE;
}

static parse_outcome long_packet(visit *v, quic_packet *p) {
  quic_state *s = v->state;
  if (!p->version) return version_negotiation(v, p->rest);
  const quic_profile *profile = quic_profile_of(p->version);
  if (!profile && s->profile && s->version == p->version) profile = s->profile;
  if (!profile) return guess(v, p);
  parse_outcome outcome = quic_bounds(p, profile);
  if (outcome == PARSE_NOT_MINE) return s->is_quic ? PARSE_NEED_MORE : PARSE_NOT_MINE;
  if (!s->profile) s->version = p->version;
  if (p->whole.at[0] & FIXED_BIT) s->is_quic = 1;
  if (outcome != PARSE_PARSED || quic_packet_type(p, profile) != QUIC_INITIAL)
    return PARSE_NEED_MORE;
  return initial(v, p, profile);
}

/* No packet begins with a zero: that is padding behind one, with another datagram after it where the
 * sender's offload (UDP GSO) has joined them. */
static void skip_padding(reader *r) {
  while (r->left && !r->at[0]) skip(r, 1);
}

/* Packets one behind the other, all for the same connection (RFC 9000 12.2). */
static parse_outcome coalesced(visit *v, reader datagram) {
  quic_packet p;
  reader dcid = datagram;
  parse_outcome outcome = PARSE_NEED_MORE;
  for (unsigned n = 0; n < PACKETS_MAX && outcome == PARSE_NEED_MORE && datagram.left; n++) {
    parse_outcome header = quic_invariant(datagram, &p);
    if (header != PARSE_PARSED) return n || v->state->is_quic ? PARSE_NEED_MORE : header;
    if (!n) dcid = p.dcid;
    if (!same_bytes(dcid, p.dcid)) return PARSE_NEED_MORE;
    outcome = long_packet(v, &p);
    skip(&datagram, p.whole.left);
    skip_padding(&datagram);
  }
  return outcome;
}

static parse_outcome gquic(visit *v, const gquic_packet *p) {
  quic_state *s = v->state;
  if (s->version != p->version) {
    memset(&s->crypto, 0, sizeof s->crypto);
    s->base = 0;
  }
  s->version = p->version;
  s->is_quic = 1;
  v->opened = true;
  /* In the clear, a frame cut short is no more than a datagram cut short. */
  take_frames(v, NULL, p->number, p->frames);
  return judge(v, true);
}

/* Ends the waiting for a hello that may never come. */
static parse_outcome be_patient(visit *v) {
  quic_state *s = v->state;
  bool from_server = s->client && s->client != 1 + v->from_client;
  unsigned cost = COST_DOUBTFUL;
  if (s->is_quic) cost = COST_FRUITLESS;
  if (v->opened || from_server) cost = COST_OPENED;
  s->spent = (uint8_t)(s->spent + cost < PATIENCE ? s->spent + cost : PATIENCE);
  if (s->spent < PATIENCE) return PARSE_NEED_MORE;
  return s->is_quic ? PARSE_MALFORMED : PARSE_NOT_MINE;
}

parse_outcome quic_datagram(void *state, size_t state_len, reader datagram, bool from_client,
                            const weir_crypto *crypto, const quic_opened *ahead, uint8_t *scratch,
                            size_t scratch_len, quic_observation *out) {
  quic_state *s = state;
  visit v = {.state = s,
             .block = (uint8_t *)state + sizeof *s,
             .block_len = state_len - sizeof *s,
             .crypto = crypto,
             .ahead = ahead,
             .scratch = scratch,
             .scratch_len = scratch_len,
             .datagram_len = datagram.left,
             .hello = &out->hello,
             .derivations = DERIVATIONS_MAX,
             .from_client = from_client};
  gquic_packet clear;
  memset(out, 0, sizeof *out);
  parse_outcome outcome = gquic_open(datagram, &clear);
  if (outcome == PARSE_PARSED)
    outcome = gquic(&v, &clear);
  else if (outcome == PARSE_NOT_MINE)
    outcome = coalesced(&v, datagram);
  if (outcome == PARSE_NEED_MORE) outcome = be_patient(&v);
  out->is_quic = s->is_quic;
  out->version = s->version;
  return outcome;
}

bool quic_may_be(reader datagram) {
  gquic_packet clear;
  quic_packet p;
  if (gquic_open(datagram, &clear) == PARSE_PARSED) return true;
  if (quic_invariant(datagram, &p) != PARSE_PARSED) return false;
  return !p.version || quic_version_is_known(p.version) || worth_guessing(&p, datagram.left);
}
