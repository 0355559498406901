/* sniffers.h -- one sniffer for each protocol, for the table in sniff.c.
 *
 * Over TCP each keeps the prefix oracle of parse.h, by the bytes of the side it
 * is asked about: NOT_MINE speaks of that side only.  Over UDP a datagram is
 * all there is, so NEED_MORE means that another datagram may tell. */
#ifndef WEIR_SNIFFERS_H
#define WEIR_SNIFFERS_H

#include "sniff.h"

parse_outcome sniff_amqp(const sniff_input *in);
parse_outcome sniff_bacnet(const sniff_input *in);
parse_outcome sniff_bgp(const sniff_input *in);
parse_outcome sniff_bitcoin(const sniff_input *in);
parse_outcome sniff_bittorrent(const sniff_input *in);
parse_outcome sniff_coap(const sniff_input *in);
parse_outcome sniff_dcerpc(const sniff_input *in);
parse_outcome sniff_dhcp(const sniff_input *in);
parse_outcome sniff_diameter(const sniff_input *in);
parse_outcome sniff_dnp3(const sniff_input *in);
parse_outcome sniff_esp(const sniff_input *in);
parse_outcome sniff_ftp(const sniff_input *in);
parse_outcome sniff_git(const sniff_input *in);
parse_outcome sniff_ike(const sniff_input *in);
parse_outcome sniff_imap(const sniff_input *in);
parse_outcome sniff_irc(const sniff_input *in);
parse_outcome sniff_kerberos(const sniff_input *in);
parse_outcome sniff_ldap(const sniff_input *in);
parse_outcome sniff_memcached(const sniff_input *in);
parse_outcome sniff_modbus(const sniff_input *in);
parse_outcome sniff_mongodb(const sniff_input *in);
parse_outcome sniff_mqtt(const sniff_input *in);
parse_outcome sniff_mysql(const sniff_input *in);
parse_outcome sniff_netbios(const sniff_input *in);
parse_outcome sniff_ntp(const sniff_input *in);
parse_outcome sniff_openvpn(const sniff_input *in);
parse_outcome sniff_pop3(const sniff_input *in);
parse_outcome sniff_postgresql(const sniff_input *in);
parse_outcome sniff_pptp(const sniff_input *in);
parse_outcome sniff_radius(const sniff_input *in);
parse_outcome sniff_rdp(const sniff_input *in);
parse_outcome sniff_redis(const sniff_input *in);
parse_outcome sniff_rpc(const sniff_input *in);
parse_outcome sniff_rtmp(const sniff_input *in);
parse_outcome sniff_rtp(const sniff_input *in);
parse_outcome sniff_rtsp(const sniff_input *in);
parse_outcome sniff_sip(const sniff_input *in);
parse_outcome sniff_smb(const sniff_input *in);
parse_outcome sniff_smtp(const sniff_input *in);
parse_outcome sniff_snmp(const sniff_input *in);
parse_outcome sniff_socks(const sniff_input *in);
parse_outcome sniff_srvloc(const sniff_input *in);
parse_outcome sniff_ssdp(const sniff_input *in);
parse_outcome sniff_ssh(const sniff_input *in);
parse_outcome sniff_stun(const sniff_input *in);
parse_outcome sniff_syslog(const sniff_input *in);
parse_outcome sniff_tds(const sniff_input *in);
parse_outcome sniff_telnet(const sniff_input *in);
parse_outcome sniff_tftp(const sniff_input *in);
parse_outcome sniff_vnc(const sniff_input *in);
parse_outcome sniff_wireguard(const sniff_input *in);
parse_outcome sniff_xmpp(const sniff_input *in);
parse_outcome sniff_zabbix(const sniff_input *in);

#endif
