#include "answer_quic.h"

#include "gcm.h"
#include "quic_header.h"
#include "quic_keys.h"

#define CONNECTION_CLOSE   0x1c
#define CONNECTION_REFUSED 0x02 /* RFC 9000 20.1 */
#define INITIAL            0xc0u
#define INITIAL_V2         0xd0u /* RFC 9369 3.2 */
#define SAMPLE_AT          4     /* behind the start of the packet number, RFC 9001 5.4.2 */

static const uint8_t close_frame[] = {
    CONNECTION_CLOSE, CONNECTION_REFUSED, 0, 7, 'b', 'l', 'o', 'c', 'k', 'e', 'd'};

/* The client's first Initial packet in the datagram, and the profile of its version. */
static const quic_profile *find_initial(reader datagram, quic_packet *p) {
  while (datagram.left && quic_invariant(datagram, p) == PARSE_PARSED && p->version) {
    const quic_profile *profile = quic_profile_of(p->version);
    if (!profile || profile->gquic_frames || quic_bounds(p, profile) != PARSE_PARSED) return NULL;
    if (quic_packet_type(p, profile) == QUIC_INITIAL) return profile;
    skip(&datagram, p->whole.left);
  }
  return NULL;
}

/* The source connection ID stands behind the destination's: form and version, then two blocks. */
static bool source_id(const quic_packet *p, reader *out) {
  reader r = p->whole, dcid;
  return skip(&r, 5) && get_block(&r, 1, &dcid) && get_block(&r, 1, out);
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t len) {
  memcpy(at, bytes, len);
  return at + len;
}

/* Up to the packet number, which is 0 and takes one byte; the IDs change sides. */
static size_t put_header(uint8_t *out, const quic_packet *p, const quic_profile *profile,
                         reader scid) {
  uint8_t *at = out;
  *at++ = profile->v2 ? INITIAL_V2 : INITIAL;
  for (unsigned shift = 32; shift; shift -= 8) *at++ = (uint8_t)(p->version >> (shift - 8));
  *at++ = (uint8_t)scid.left;
  at = put_bytes(at, scid.at, scid.left);
  *at++ = (uint8_t)p->dcid.left;
  at = put_bytes(at, p->dcid.at, p->dcid.left);
  *at++ = 0; /* no token */
  *at++ = 1 + sizeof close_frame + GCM_TAG_LEN;
  *at++ = 0;
  return (size_t)(at - out);
}

size_t answer_quic_close(reader datagram, const weir_crypto *crypto, uint8_t *scratch,
                         size_t scratch_len, uint8_t out[ANSWER_QUIC_MAX]) {
  quic_packet p;
  quic_keys keys;
  reader scid, frames;
  uint8_t mask[16];
  const quic_profile *profile = find_initial(datagram, &p);
  if (!profile || !source_id(&p, &scid) || scid.left > QUIC_CID_MAX || p.dcid.left > QUIC_CID_MAX)
    return 0;
  quic_client_keys(&keys, crypto, profile, p.dcid);
  if (!quic_open(&keys, crypto, p.whole, p.pn_offset, scratch, scratch_len, &frames)) return 0;
  quic_server_keys(&keys, crypto, profile, p.dcid);
  size_t header = put_header(out, &p, profile, scid);
  uint8_t *body = put_bytes(out + header, close_frame, sizeof close_frame) - sizeof close_frame;
  /* The nonce is the IV alone: the packet's number is 0 (RFC 9001 5.3). */
  gcm_seal(crypto, keys.key, keys.iv, (weir_bytes){out, header}, body, sizeof close_frame);
  crypto->aes128_encrypt(crypto->context, keys.hp, out + header - 1 + SAMPLE_AT, mask);
  out[0] ^= mask[0] & 0x0f;
  out[header - 1] ^= mask[1];
  return header + sizeof close_frame + GCM_TAG_LEN;
}
