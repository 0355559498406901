/* pop3.c -- POP3's greeting and the first command (RFC 1939 4, 7, RFC 2449 5). */
#include "match.h"
#include "sniffers.h"

/* "+OK" is also how a Redis server speaks: without POP's name or port the
 * flow only remembers it until the client has spoken. */
static parse_outcome greeting(const sniff_input *in) {
  reader r = in->bytes, line;
  parse_outcome o = MATCH(r, "+OK");
  if (o == PARSE_PARSED) o = match_line(&r, &line);
  if (o != PARSE_PARSED) return o;
  if (in->server_port == 110 || TEXT_HAS(line, "POP")) return PARSE_PARSED;
  if (!in->memory->owner) in->memory->owner = WEIR_PROTOCOL_POP3;
  return PARSE_NOT_MINE;
}

static parse_outcome command(const sniff_input *in) {
  reader r = in->bytes;
  if (in->server_port != 110 && in->memory->owner != WEIR_PROTOCOL_POP3) return PARSE_NOT_MINE;
  return either(either(either(MATCH_WORD(r, "CAPA\r"), MATCH_WORD(r, "USER ")),
                       either(MATCH_WORD(r, "APOP "), MATCH_WORD(r, "STLS\r"))),
                either(MATCH_WORD(r, "AUTH\r"), MATCH_WORD(r, "AUTH ")));
}

parse_outcome sniff_pop3(const sniff_input *in) {
  return in->from_client ? command(in) : greeting(in);
}
