/* syslog.c -- syslog messages (RFC 3164 4.1, RFC 5424 6), over TCP octet-counted or not (RFC 6587).
 */
#include "match.h"
#include "sniffers.h"

/* At most three digits; the value is not above `max`. */
static parse_outcome get_number(reader *r, uint32_t max) {
  uint32_t value = 0, digits = 0;
  for (; r->left && is_digit(r->at[0]) && digits < 4; digits++) {
    value = value * 10 + (r->at[0] - '0');
    skip(r, 1);
  }
  if (value > max || digits > 3) return PARSE_NOT_MINE;
  if (!r->left) return PARSE_NEED_MORE;
  return parsed_if(digits);
}

/* Off the port the version of RFC 5424 or the month of RFC 3164 must follow. */
static parse_outcome content(const sniff_input *in, reader r) {
  if (!r.left) return PARSE_NEED_MORE;
  if (on_port(in, 514)) return parsed_if(r.at[0] >= 0x20 && r.at[0] < 0x7f);
  if (is_digit(r.at[0])) return either(MATCH(r, "1 2"), MATCH(r, "1 - "));
  static const char months[12][4] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                     "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
  parse_outcome o = PARSE_NOT_MINE;
  for (unsigned i = 0; i < 12; i++) o = either(o, match_bytes(r, months[i], 4));
  return o;
}

parse_outcome sniff_syslog(const sniff_input *in) {
  reader r = in->bytes;
  parse_outcome o;
  if (!may_begin(r, '<') && (is_udp(in) || !is_digit(r.at[0]))) return PARSE_NOT_MINE;
  if (r.left && is_digit(r.at[0]) && r.at[0] != '0' && !is_udp(in)) {
    o = get_number(&r, 999);
    if (o == PARSE_PARSED) o = MATCH(r, " ");
    if (o != PARSE_PARSED) return o;
    skip(&r, 1);
  }
  o = MATCH(r, "<");
  if (o == PARSE_PARSED && skip(&r, 1)) o = get_number(&r, 191);
  if (o == PARSE_PARSED) o = MATCH(r, ">");
  if (o == PARSE_PARSED && skip(&r, 1)) o = content(in, r);
  return settled(in, o);
}
