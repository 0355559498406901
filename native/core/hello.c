#include "hello.h"

#include "alpn.h"
#include "grease.h"
#include "ja4.h"

/* A list longer than its extension is a lie; bytes behind the list are passed over. */
static bool server_name(reader body, hello *out) {
  reader list, entry;
  uint8_t type;
  if (!body.left) return true; /* what a server answers with; a few clients send it */
  if (!get_block(&body, 2, &list)) return false;
  while (get_u8(&list, &type)) {
    if (!get_block(&list, 2, &entry)) return false;
    if (type != 0 || out->host.len || out->host_refused) continue;
    out->host_refused = !name_from_host(&out->host, entry);
  }
  return true;
}

static bool offered_protocols(reader body, hello *out, reader *first) {
  reader list, protocol;
  bool room = true;
  if (!get_block(&body, 2, &list)) return false;
  while (get_block(&list, 1, &protocol)) {
    if (protocol.left == 2 && is_grease((uint16_t)(protocol.at[0] << 8 | protocol.at[1]))) continue;
    if (!first->left) *first = protocol;
    room = room && alpn_append(out->alpn, &out->alpn_len, protocol);
  }
  return !list.left;
}

/* RFC 9147 5.3: DTLS counts down from 0xfeff. */
static bool is_higher(uint16_t version, uint16_t than, hello_carrier carrier) {
  if (carrier != HELLO_DTLS) return version > than;
  return version >> 8 == 0xfe && (version < than || than >> 8 != 0xfe);
}

static bool supported_versions(reader body, hello_carrier carrier, hello *out) {
  reader list;
  uint16_t version;
  uint16_t best = 0;
  if (!get_block(&body, 1, &list)) return false;
  while (get_u16(&list, &version))
    if (!is_grease(version) && (!best || is_higher(version, best, carrier))) best = version;
  if (best) out->version = best;
  return !list.left;
}

/* Whether an ECH extension may be a real one.  GREASE ECH is made so that an
 * onlooker cannot tell (RFC 9849 6.2): valid suites, a valid public key, a
 * plausible length; browsers send it to every host without an ECH key.  So
 * nothing is guessed from lengths that some browser happens to use; only what
 * no server could ever open is called GREASE here: a body that does not decode,
 * the inner form (whose name is the true one), a suite that cannot seal, a
 * payload too short for any ClientHelloInner, a key outside its KEM's encoding. */
static bool ech_may_be_real(reader body) {
  enum { SMALLEST_INNER = 55, TAG = 16, EXPORT_ONLY = 0xffff };
  uint8_t form, config;
  uint16_t kdf, aead;
  reader key, payload;
  if (!get_u8(&body, &form) || form != 0 || !get_u16(&body, &kdf) || !get_u16(&body, &aead) ||
      !get_u8(&body, &config) || !get_block(&body, 2, &key) || !get_block(&body, 2, &payload))
    return false;
  if (!kdf || !aead || aead == EXPORT_ONLY || payload.left < SMALLEST_INNER + TAG) return false;
  /* X25519 takes any 32 bytes (RFC 7748 5); P-256, P-384 and P-521 only the
   * uncompressed form (RFC 9180 7.1.1).  Other lengths: a later KEM, or the
   * empty key of a second hello (RFC 9849 6.1.5). */
  bool is_nist = key.left == 65 || key.left == 97 || key.left == 133;
  return !is_nist || key.at[0] == 4;
}

static bool extension(uint16_t code, reader body, hello_carrier carrier, hello *out,
                      ja4_input *ja4) {
  switch (code) {
    case EXTENSION_SERVER_NAME: ja4->has_sni = true; return server_name(body, out);
    case EXTENSION_SIGNATURE_ALGORITHMS: return get_block(&body, 2, &ja4->signatures);
    case EXTENSION_ALPN: return offered_protocols(body, out, &ja4->protocol);
    case EXTENSION_SUPPORTED_VERSIONS: return supported_versions(body, carrier, out);
    case EXTENSION_ECH: out->ech = ech_may_be_real(body); return true;
    case EXTENSION_ESNI: out->esni = true; return true;
    default: return true;
  }
}

void hello_clear(hello *out) {
  out->host.len = out->alpn_len = out->ja4_len = 0;
  out->host_refused = out->ech = out->esni = false;
}

/* RFC 9849 6.1: an outer hello must offer TLS 1.3. */
static bool offers_tls13(uint16_t version, hello_carrier carrier) {
  return carrier == HELLO_DTLS ? version <= 0xfefc : version >= 0x0304;
}

/* The fields ahead of the extensions (RFC 8446 4.1.2). */
static bool fixed_fields(reader *body, hello_carrier carrier, uint16_t *version, reader *ciphers) {
  reader ignored;
  return get_u16(body, version) && skip(body, 32) && get_block(body, 1, &ignored) &&
         ignored.left <= 32 && (carrier != HELLO_DTLS || get_block(body, 1, &ignored)) &&
         get_block(body, 2, ciphers) && ciphers->left % 2 == 0 && get_block(body, 1, &ignored);
}

bool hello_host_of_cut(reader body, hello_carrier carrier, hello *out) {
  uint16_t code;
  reader ciphers, content;
  hello_clear(out);
  if (!fixed_fields(&body, carrier, &out->version, &ciphers) || !skip(&body, 2)) return false;
  out->version = 0; /* the extension that tells may be among what is missing */
  while (get_u16(&body, &code) && get_block(&body, 2, &content))
    if (code == EXTENSION_SERVER_NAME) return server_name(content, out) && out->host.len;
  return false;
}

parse_outcome hello_parse(reader body, hello_carrier carrier, const weir_crypto *crypto,
                          hello *out) {
  ja4_input ja4 = {.carrier = (char)carrier};
  reader extensions, content;
  uint16_t code;
  hello_clear(out);
  if (!fixed_fields(&body, carrier, &out->version, &ja4.ciphers)) return PARSE_MALFORMED;
  /* SSL 3.0 and TLS 1.0 hellos may end here (RFC 5246 7.4.1.2). */
  if (body.left && !get_block(&body, 2, &ja4.extensions)) return PARSE_MALFORMED;
  for (extensions = ja4.extensions; extensions.left;) {
    if (!get_u16(&extensions, &code) || !get_block(&extensions, 2, &content) ||
        !extension(code, content, carrier, out, &ja4))
      return PARSE_MALFORMED;
  }
  out->ech = out->ech && offers_tls13(out->version, carrier);
  ja4.version = out->version;
  if (crypto) out->ja4_len = ja4_write(&ja4, crypto, out->ja4);
  return PARSE_PARSED;
}
