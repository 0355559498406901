#include "quic_opened.h"

#include "quic_header.h"

static bool is_first_initial(reader datagram, quic_packet *p, const quic_profile **profile) {
  if (datagram.left < QUIC_FIRST_DATAGRAM_MIN || quic_invariant(datagram, p) != PARSE_PARSED)
    return false;
  *profile = quic_profile_of(p->version);
  return *profile && p->dcid.left >= QUIC_FIRST_DCID_MIN &&
         quic_bounds(p, *profile) == PARSE_PARSED && quic_packet_type(p, *profile) == QUIC_INITIAL;
}

bool quic_open_first(quic_opened *out, reader datagram, const weir_crypto *crypto) {
  quic_packet p;
  if (!is_first_initial(datagram, &p, &out->profile)) return false;
  out->whole = p.whole;
  quic_client_keys(&out->keys, crypto, out->profile, p.dcid);
  return quic_open(&out->keys, crypto, p.whole, p.pn_offset, out->plain, sizeof out->plain,
                   &out->frames);
}
