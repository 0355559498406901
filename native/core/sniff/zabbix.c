/* zabbix.c -- Zabbix's header, either side (Zabbix manual, "Header and data length"). */
#include "match.h"
#include "sniffers.h"

parse_outcome sniff_zabbix(const sniff_input *in) {
  reader r = in->bytes;
  parse_outcome o = MATCH(r, "ZBXD");
  if (o != PARSE_PARSED || !skip(&r, 4)) return o;
  return r.left ? parsed_if(r.at[0] && r.at[0] <= 7) : PARSE_NEED_MORE;
}
