/* XMPP's STARTTLS (RFC 6120 5).  Its XML has no comments, no processing
 * instructions but the first, and no CDATA that matters here (RFC 6120 11.1). */
#include "carrier_unit.h"

/* Text up to a tag, and the tag; `*tag` is what stands between its angle brackets. */
static parse_outcome get_tag(reader *stream, reader *tag) {
  size_t start = 0; /* behind '<' */
  uint8_t quote = 0;
  for (size_t i = 0; i < stream->left; i++) {
    uint8_t c = stream->at[i];
    if (c < 0x20 && c != '\t' && c != '\r' && c != '\n') return PARSE_MALFORMED;
    if (!start) {
      if (c == '<') start = i + 1;
    } else if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      *tag = reader_of(stream->at + start, i - start);
      skip(stream, i + 1);
      return PARSE_PARSED;
    }
  }
  return PARSE_NEED_MORE;
}

static bool is_named(reader tag, const char *name) {
  for (; *name; name++, skip(&tag, 1))
    if (!tag.left || tag.at[0] != *name) return false;
  return !tag.left || tag.at[0] <= ' ' || tag.at[0] == '/';
}

/* `name` as an empty element: <name/>, or <name></name>, whose end tag belongs to it. */
static parse_outcome take_element(reader *stream, carrier_state *state, const char *name) {
  reader tag;
  parse_outcome outcome = get_tag(stream, &tag);
  if (outcome != PARSE_PARSED) return outcome;
  if (state->phase && tag.left && tag.at[0] == '/' && skip(&tag, 1))
    return is_named(tag, name) ? PARSE_PARSED : PARSE_MALFORMED;
  if (state->phase || !is_named(tag, name)) return PARSE_NEED_MORE;
  if (tag.at[tag.left - 1] == '/') return PARSE_PARSED;
  state->phase = 1;
  return PARSE_NEED_MORE;
}

parse_outcome xmpp_client(reader *stream, carrier_state *state) {
  return take_element(stream, state, "starttls");
}
