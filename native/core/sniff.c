/* sniff.c -- the table of sniffers, and what a port suggests when no payload told. */
#include "sniff.h"

#include "sniff/sniffers.h"

const sniff_row sniff_table[] = {
    {WEIR_PROTOCOL_STUN, SNIFF_TCP | SNIFF_UDP, sniff_stun},
    {WEIR_PROTOCOL_SSDP, SNIFF_UDP, sniff_ssdp},
    {WEIR_PROTOCOL_SSH, SNIFF_TCP, sniff_ssh},
    {WEIR_PROTOCOL_SMB, SNIFF_TCP, sniff_smb},
    {WEIR_PROTOCOL_RDP, SNIFF_TCP, sniff_rdp},
    {WEIR_PROTOCOL_BITTORRENT, SNIFF_TCP | SNIFF_UDP, sniff_bittorrent},
    {WEIR_PROTOCOL_SIP, SNIFF_TCP | SNIFF_UDP, sniff_sip},
    {WEIR_PROTOCOL_RTSP, SNIFF_TCP, sniff_rtsp},
    {WEIR_PROTOCOL_VNC, SNIFF_TCP, sniff_vnc},
    {WEIR_PROTOCOL_XMPP, SNIFF_TCP, sniff_xmpp},
    {WEIR_PROTOCOL_MQTT, SNIFF_TCP, sniff_mqtt},
    {WEIR_PROTOCOL_SMTP, SNIFF_TCP, sniff_smtp},
    {WEIR_PROTOCOL_FTP, SNIFF_TCP, sniff_ftp},
    {WEIR_PROTOCOL_IMAP, SNIFF_TCP, sniff_imap},
    {WEIR_PROTOCOL_POP3, SNIFF_TCP, sniff_pop3},
    {WEIR_PROTOCOL_IRC, SNIFF_TCP, sniff_irc},
    {WEIR_PROTOCOL_POSTGRESQL, SNIFF_TCP, sniff_postgresql},
    {WEIR_PROTOCOL_SOCKS, SNIFF_TCP, sniff_socks},
    {WEIR_PROTOCOL_MYSQL, SNIFF_TCP, sniff_mysql},
    {WEIR_PROTOCOL_BGP, SNIFF_TCP, sniff_bgp},
    {WEIR_PROTOCOL_AMQP, SNIFF_TCP, sniff_amqp},
    {WEIR_PROTOCOL_GIT, SNIFF_TCP, sniff_git},
    {WEIR_PROTOCOL_PPTP, SNIFF_TCP, sniff_pptp},
    {WEIR_PROTOCOL_BITCOIN, SNIFF_TCP, sniff_bitcoin},
    {WEIR_PROTOCOL_DNP3, SNIFF_TCP | SNIFF_UDP, sniff_dnp3},
    {WEIR_PROTOCOL_DCERPC, SNIFF_TCP, sniff_dcerpc},
    {WEIR_PROTOCOL_ZABBIX, SNIFF_TCP, sniff_zabbix},
    {WEIR_PROTOCOL_MONGODB, SNIFF_TCP, sniff_mongodb},
    {WEIR_PROTOCOL_TDS, SNIFF_TCP, sniff_tds},
    {WEIR_PROTOCOL_RPC, SNIFF_TCP | SNIFF_UDP, sniff_rpc},
    {WEIR_PROTOCOL_DIAMETER, SNIFF_TCP, sniff_diameter},
    {WEIR_PROTOCOL_KERBEROS, SNIFF_TCP | SNIFF_UDP, sniff_kerberos},
    {WEIR_PROTOCOL_LDAP, SNIFF_TCP | SNIFF_UDP, sniff_ldap},
    {WEIR_PROTOCOL_SNMP, SNIFF_UDP, sniff_snmp},
    {WEIR_PROTOCOL_DHCP, SNIFF_UDP, sniff_dhcp},
    {WEIR_PROTOCOL_NTP, SNIFF_UDP, sniff_ntp},
    {WEIR_PROTOCOL_NETBIOS, SNIFF_TCP | SNIFF_UDP, sniff_netbios},
    {WEIR_PROTOCOL_TFTP, SNIFF_UDP, sniff_tftp},
    {WEIR_PROTOCOL_IKE, SNIFF_UDP, sniff_ike},
    {WEIR_PROTOCOL_WIREGUARD, SNIFF_UDP, sniff_wireguard},
    {WEIR_PROTOCOL_OPENVPN, SNIFF_TCP | SNIFF_UDP, sniff_openvpn},
    {WEIR_PROTOCOL_RADIUS, SNIFF_UDP, sniff_radius},
    {WEIR_PROTOCOL_SYSLOG, SNIFF_TCP | SNIFF_UDP, sniff_syslog},
    {WEIR_PROTOCOL_REDIS, SNIFF_TCP, sniff_redis},
    {WEIR_PROTOCOL_MEMCACHED, SNIFF_TCP | SNIFF_UDP, sniff_memcached},
    {WEIR_PROTOCOL_COAP, SNIFF_UDP, sniff_coap},
    {WEIR_PROTOCOL_SRVLOC, SNIFF_UDP, sniff_srvloc},
    {WEIR_PROTOCOL_BACNET, SNIFF_UDP, sniff_bacnet},
    {WEIR_PROTOCOL_MODBUS, SNIFF_TCP, sniff_modbus},
    {WEIR_PROTOCOL_RTMP, SNIFF_TCP, sniff_rtmp},
    {WEIR_PROTOCOL_TELNET, SNIFF_TCP, sniff_telnet},
    {WEIR_PROTOCOL_RTP, SNIFF_UDP, sniff_rtp},
    {WEIR_PROTOCOL_ESP, SNIFF_UDP, sniff_esp},
};
const unsigned sniff_table_len = sizeof sniff_table / sizeof *sniff_table;

typedef struct port_label {
  uint16_t port;
  uint8_t tcp, udp; /* weir_protocol */
} port_label;

#define LABEL(port, tcp, udp) {port, WEIR_PROTOCOL_##tcp, WEIR_PROTOCOL_##udp},

/* clang-format off */
static const port_label port_labels[] = { /* sorted by port */
    LABEL(21, FTP, UNKNOWN)
    LABEL(22, SSH, UNKNOWN)
    LABEL(23, TELNET, UNKNOWN)
    LABEL(25, SMTP, UNKNOWN)
    LABEL(53, DNS, DNS)
    LABEL(67, UNKNOWN, DHCP)
    LABEL(68, UNKNOWN, DHCP)
    LABEL(69, UNKNOWN, TFTP)
    LABEL(80, HTTP, UNKNOWN)
    LABEL(88, KERBEROS, KERBEROS)
    LABEL(110, POP3, UNKNOWN)
    LABEL(111, RPC, RPC)
    LABEL(123, UNKNOWN, NTP)
    LABEL(135, DCERPC, UNKNOWN)
    LABEL(137, UNKNOWN, NETBIOS)
    LABEL(138, UNKNOWN, NETBIOS)
    LABEL(139, NETBIOS, UNKNOWN)
    LABEL(143, IMAP, UNKNOWN)
    LABEL(161, UNKNOWN, SNMP)
    LABEL(162, UNKNOWN, SNMP)
    LABEL(179, BGP, UNKNOWN)
    LABEL(389, LDAP, LDAP)
    LABEL(427, SRVLOC, SRVLOC)
    LABEL(443, HTTPS, QUIC)
    LABEL(445, SMB, UNKNOWN)
    LABEL(500, UNKNOWN, IKE)
    LABEL(502, MODBUS, UNKNOWN)
    LABEL(514, UNKNOWN, SYSLOG)
    LABEL(546, UNKNOWN, DHCP)
    LABEL(547, UNKNOWN, DHCP)
    LABEL(554, RTSP, UNKNOWN)
    LABEL(587, SMTP, UNKNOWN)
    LABEL(853, DOT, DOQ)
    LABEL(1080, SOCKS, UNKNOWN)
    LABEL(1194, OPENVPN, OPENVPN)
    LABEL(1433, TDS, UNKNOWN)
    LABEL(1645, UNKNOWN, RADIUS)
    LABEL(1646, UNKNOWN, RADIUS)
    LABEL(1723, PPTP, UNKNOWN)
    LABEL(1812, UNKNOWN, RADIUS)
    LABEL(1813, UNKNOWN, RADIUS)
    LABEL(1883, MQTT, UNKNOWN)
    LABEL(1900, UNKNOWN, SSDP)
    LABEL(1935, RTMP, UNKNOWN)
    LABEL(2049, RPC, RPC)
    LABEL(3268, LDAP, UNKNOWN)
    LABEL(3306, MYSQL, UNKNOWN)
    LABEL(3389, RDP, UNKNOWN)
    LABEL(3478, STUN, STUN)
    LABEL(3868, DIAMETER, UNKNOWN)
    LABEL(4500, UNKNOWN, ESP)
    LABEL(5060, SIP, SIP)
    LABEL(5222, XMPP, UNKNOWN)
    LABEL(5269, XMPP, UNKNOWN)
    LABEL(5353, UNKNOWN, MDNS)
    LABEL(5355, UNKNOWN, LLMNR)
    LABEL(5432, POSTGRESQL, UNKNOWN)
    LABEL(5672, AMQP, UNKNOWN)
    LABEL(5683, UNKNOWN, COAP)
    LABEL(5900, VNC, UNKNOWN)
    LABEL(6379, REDIS, UNKNOWN)
    LABEL(6667, IRC, UNKNOWN)
    LABEL(8080, HTTP, UNKNOWN)
    LABEL(8333, BITCOIN, UNKNOWN)
    LABEL(8554, RTSP, UNKNOWN)
    LABEL(9418, GIT, UNKNOWN)
    LABEL(10050, ZABBIX, UNKNOWN)
    LABEL(10051, ZABBIX, UNKNOWN)
    LABEL(11211, MEMCACHED, MEMCACHED)
    LABEL(20000, DNP3, DNP3)
    LABEL(27017, MONGODB, UNKNOWN)
    LABEL(47808, UNKNOWN, BACNET)
    LABEL(51820, UNKNOWN, WIREGUARD)
};
/* clang-format on */

uint8_t sniff_port_label(uint8_t transport, uint16_t port) {
  size_t low = 0, high = sizeof port_labels / sizeof *port_labels;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (port_labels[middle].port < port) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == sizeof port_labels / sizeof *port_labels || port_labels[low].port != port)
    return WEIR_PROTOCOL_UNKNOWN;
  return transport == 6    ? port_labels[low].tcp
         : transport == 17 ? port_labels[low].udp
                           : (uint8_t)WEIR_PROTOCOL_UNKNOWN;
}
