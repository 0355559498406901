/* smtp.c -- SMTP, ESMTP and LMTP: the greeting and the first command (RFC 5321 3.1, RFC 2033). */
#include "match.h"
#include "sniffers.h"

static bool on_mail_port(const sniff_input *in) {
  return in->server_port == 25 || in->server_port == 587 || in->server_port == 2525;
}

/* See ftp.c for what else greets with 220. */
static parse_outcome greeting(const sniff_input *in) {
  reader r = in->bytes, line;
  parse_outcome o = MATCH(r, "220");
  if (on_mail_port(in)) o = either(o, either(MATCH(r, "554"), MATCH(r, "421")));
  if (o == PARSE_PARSED) o = match_line(&r, &line);
  if (o != PARSE_PARSED) return o;
  if (line.left > 3 && line.at[3] != ' ' && line.at[3] != '-') return PARSE_NOT_MINE;
  return parsed_if(TEXT_HAS(line, "SMTP") || (on_mail_port(in) && !TEXT_HAS(line, "FTP")));
}

parse_outcome sniff_smtp(const sniff_input *in) {
  if (!in->from_client) return greeting(in);
  reader r = in->bytes, line;
  parse_outcome o =
      either(either(MATCH_WORD(r, "EHLO "), MATCH_WORD(r, "HELO ")), MATCH_WORD(r, "LHLO "));
  return o == PARSE_PARSED ? match_line(&r, &line) : o;
}
