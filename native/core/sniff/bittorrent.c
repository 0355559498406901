/* bittorrent.c -- peers (BEP 3), DHT (BEP 5), UDP trackers (BEP 15), local discovery (BEP 14)
 * and uTP's first packet (BEP 29). */
#include "match.h"
#include "sniffers.h"

/* KRPC: a bencoded dictionary whose message type is `1:y1:` and q, r or e. */
static bool is_krpc(reader r) {
  if (r.left < 12 || r.at[0] != 'd' || r.at[1] < '1' || r.at[1] > '2' || r.at[2] != ':')
    return false;
  for (reader tail = r; tail.left >= 7; tail.at++, tail.left--) {
    if (MATCH(tail, "1:y1:") != PARSE_PARSED) continue;
    uint8_t type = tail.at[5];
    return type == 'q' || type == 'r' || type == 'e';
  }
  return false;
}

/* ST_SYN of version 1: no timestamp difference yet, sequence 1, nothing acknowledged. */
static bool is_utp_syn(reader r) {
  if (r.left < 20 || r.at[0] != 0x41 || r.at[1] > 2) return false;
  reader difference = {r.at + 8, 4}, tail = {r.at + 16, 4};
  return (r.at[1] ? r.left <= 40 : r.left == 20) && MATCH(difference, "\0\0\0\0") == PARSE_PARSED &&
         MATCH(tail, "\0\1\0\0") == PARSE_PARSED;
}

static parse_outcome datagram(reader r) {
  if (!r.left) return PARSE_NOT_MINE;
  switch (r.at[0]) {
    case 'd': return parsed_if(is_krpc(r));
    case 'B': return parsed_if(MATCH(r, "BT-SEARCH * HTTP/1.") == PARSE_PARSED);
    case 0x41: return parsed_if(is_utp_syn(r));
    case 0:
      return parsed_if(r.left >= 16 &&
                       MATCH(r, "\0\0\4\x17\x27\x10\x19\x80\0\0\0\0") == PARSE_PARSED);
    default: return PARSE_NOT_MINE;
  }
}

parse_outcome sniff_bittorrent(const sniff_input *in) {
  return is_udp(in) ? datagram(in->bytes)
                    : MATCH(in->bytes,
                            "\x13"
                            "BitTorrent protocol");
}
