/* xmpp.c -- the stream header of XMPP (RFC 6120 4.2), behind an XML declaration or none. */
#include "match.h"
#include "sniffers.h"

#define DECLARATION_MAX 128u

static parse_outcome skip_declaration(reader *r) {
  uint8_t c, before = 0;
  for (unsigned n = 0; n < DECLARATION_MAX; n++) {
    if (!get_u8(r, &c)) return PARSE_NEED_MORE;
    if (c == '>' && before == '?') break;
    if (n == DECLARATION_MAX - 1) return PARSE_NOT_MINE;
    before = c;
  }
  for (unsigned n = 0; r->left; n++) {
    if (r->at[0] != ' ' && r->at[0] != '\r' && r->at[0] != '\n') return PARSE_PARSED;
    if (n == DECLARATION_MAX) return PARSE_NOT_MINE;
    skip(r, 1);
  }
  return PARSE_NEED_MORE;
}

/* Stanzas of a stream whose start was not seen: only on XMPP's ports. */
static parse_outcome stanza(reader r) {
  return either(either(MATCH(r, "<iq "), MATCH(r, "<message ")),
                either(MATCH(r, "<presence"), MATCH(r, "</stream:stream")));
}

parse_outcome sniff_xmpp(const sniff_input *in) {
  reader r = in->bytes;
  if (r.left && r.at[0] != '<') return PARSE_NOT_MINE;
  parse_outcome o = MATCH(r, "<stream:");
  if (!in->is_start && (on_port(in, 5222) || on_port(in, 5269))) o = either(o, stanza(r));
  parse_outcome declared = MATCH(r, "<?xml ");
  if (declared == PARSE_PARSED) declared = skip_declaration(&r);
  if (declared == PARSE_PARSED) declared = MATCH(r, "<stream:");
  return either(o, declared);
}
