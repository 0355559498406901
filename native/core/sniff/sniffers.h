/* sniffers.h -- one sniffer for each protocol, for the table in sniff.c. */
#ifndef WEIR_SNIFFERS_H
#define WEIR_SNIFFERS_H

#include "sniff.h"

parse_outcome sniff_bittorrent(const sniff_input *in);
parse_outcome sniff_dhcp(const sniff_input *in);
parse_outcome sniff_mqtt(const sniff_input *in);
parse_outcome sniff_ntp(const sniff_input *in);
parse_outcome sniff_rtsp(const sniff_input *in);
parse_outcome sniff_sip(const sniff_input *in);
parse_outcome sniff_smb(const sniff_input *in);
parse_outcome sniff_ssdp(const sniff_input *in);
parse_outcome sniff_ssh(const sniff_input *in);
parse_outcome sniff_stun(const sniff_input *in);

#endif
