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
    {WEIR_PROTOCOL_MYSQL, SNIFF_TCP, sniff_mysql},
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
    {WEIR_PROTOCOL_SOCKS, SNIFF_TCP, sniff_socks},
    {WEIR_PROTOCOL_TELNET, SNIFF_TCP, sniff_telnet},
    {WEIR_PROTOCOL_RTP, SNIFF_UDP, sniff_rtp},
    {WEIR_PROTOCOL_ESP, SNIFF_UDP, sniff_esp},
};
const unsigned sniff_table_len = sizeof sniff_table / sizeof *sniff_table;

typedef struct port_label {
  uint16_t port;
  uint8_t tcp, udp; /* weir_protocol */
} port_label;

/* Sorted by port. */
#define BOTH(port, name) \
  { port, WEIR_PROTOCOL_##name, WEIR_PROTOCOL_##name }
#define TCP(port, name) \
  { port, WEIR_PROTOCOL_##name, WEIR_PROTOCOL_UNKNOWN }
#define UDP(port, name) \
  { port, WEIR_PROTOCOL_UNKNOWN, WEIR_PROTOCOL_##name }
static const port_label port_labels[] = {
    TCP(21, FTP),          TCP(22, SSH),
    TCP(23, TELNET),       TCP(25, SMTP),
    BOTH(53, DNS),         BOTH(67, DHCP),
    BOTH(68, DHCP),        UDP(69, TFTP),
    TCP(80, HTTP),         BOTH(88, KERBEROS),
    TCP(110, POP3),        UDP(123, NTP),
    UDP(137, NETBIOS),     UDP(138, NETBIOS),
    TCP(139, NETBIOS),     TCP(143, IMAP),
    BOTH(161, SNMP),       BOTH(162, SNMP),
    BOTH(389, LDAP),       {443, WEIR_PROTOCOL_HTTPS, WEIR_PROTOCOL_QUIC},
    TCP(445, SMB),         UDP(500, IKE),
    UDP(514, SYSLOG),      UDP(546, DHCP),
    UDP(547, DHCP),        TCP(554, RTSP),
    TCP(587, SMTP),        {853, WEIR_PROTOCOL_DOT, WEIR_PROTOCOL_DOQ},
    TCP(1080, SOCKS),      BOTH(1194, OPENVPN),
    UDP(1645, RADIUS),     UDP(1646, RADIUS),
    UDP(1812, RADIUS),     UDP(1813, RADIUS),
    TCP(1883, MQTT),       UDP(1900, SSDP),
    TCP(3268, LDAP),       TCP(3306, MYSQL),
    TCP(3389, RDP),        BOTH(3478, STUN),
    UDP(4500, ESP),        BOTH(5060, SIP),
    TCP(5222, XMPP),       TCP(5269, XMPP),
    UDP(5353, MDNS),       UDP(5355, LLMNR),
    TCP(5432, POSTGRESQL), UDP(5683, COAP),
    TCP(5900, VNC),        TCP(6379, REDIS),
    TCP(6667, IRC),        TCP(8080, HTTP),
    TCP(8554, RTSP),       BOTH(11211, MEMCACHED),
    UDP(51820, WIREGUARD),
};

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
