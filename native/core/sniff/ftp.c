/* ftp.c -- FTP's control connection (RFC 959 4, 5.4): a 220 banner, or the client's first command.
 */
#include "match.h"
#include "sniffers.h"

/* 220 is SMTP's greeting too: the banner's text tells, then the port, then the
 * command that answers it, for which the flow remembers the banner. */
static parse_outcome banner(const sniff_input *in) {
  reader r = in->bytes, line;
  parse_outcome o = MATCH(r, "220");
  if (o == PARSE_PARSED) o = match_line(&r, &line);
  if (o != PARSE_PARSED) return o;
  if (line.left > 3 && line.at[3] != ' ' && line.at[3] != '-') return PARSE_NOT_MINE;
  if (TEXT_HAS(line, "SMTP")) return PARSE_NOT_MINE;
  if (TEXT_HAS(line, "FTP") || in->server_port == 21) return PARSE_PARSED;
  if (!in->memory->owner) in->memory->owner = WEIR_PROTOCOL_FTP;
  return PARSE_NOT_MINE;
}

static parse_outcome command(const sniff_input *in) {
  reader r = in->bytes;
  if (in->server_port != 21 && in->memory->owner != WEIR_PROTOCOL_FTP) return PARSE_NOT_MINE;
  return either(either(MATCH_WORD(r, "USER "), MATCH_WORD(r, "AUTH ")),
                either(MATCH_WORD(r, "FEAT\r"), MATCH_WORD(r, "SYST\r")));
}

parse_outcome sniff_ftp(const sniff_input *in) {
  return in->from_client ? command(in) : banner(in);
}
