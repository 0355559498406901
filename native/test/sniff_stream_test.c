/* sniff_stream_test.c -- binary protocols over TCP. */
#include "sniff_run.h"

#define P(name)  WEIR_PROTOCOL_##name
#define ZEROS_19 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define ENCODED_NAME                                \
  "20 "                                             \
  "43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41" \
  "43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 00"

static const sniff_case windows[] = {
    {P(SMB), TCP, CLIENT, 445, "00 00 00 45 | ff 53 4d 42 72 # SMB 1 NEGOTIATE", 0},
    {P(SMB), TCP, SERVER, 445, "00 00 01 00 | fe 53 4d 42 40 00 # SMB 2", 0},
    {P(SMB), TCP, CLIENT, 4445, "00 00 01 00 | fd 53 4d 42 # encrypted", 0},
    {P(SMB), TCP, CLIENT, 139, "81 00 00 44 " ENCODED_NAME ENCODED_NAME "00 00 00 45 ff 53 4d 42",
     0},
    {P(SMB), TCP, SERVER, 139, "82 00 00 00 | 00 00 00 45 ff 53 4d 42", 0},
    {P(UNKNOWN), TCP, CLIENT, 139, "81 00 ff ff", 0},
    {P(UNKNOWN), TCP, CLIENT, 445, "00 00 00 45 | ff 53 4d 43", 0},
    {P(NETBIOS), TCP, SERVER, 139, "83 00 00 01 82 # called name not present", 0},
    {P(UNKNOWN), TCP, CLIENT, 139, "83 00 00 01 82", 0},
    {P(RDP), TCP, CLIENT, 3390,
     "03 00 00 13 | 0e e0 0000 0000 00 | 01 00 08 00 03 00 00 00 # negotiation request", 0},
    {P(RDP), TCP, CLIENT, 3390,
     "03 00 00 1e | 19 e0 0000 0000 00 | 43 6f 6f 6b 69 65 3a 20 6d 73 74 73 68 61 73 68 3d 61 0d",
     0},
    {P(RDP), TCP, SERVER, 3390, "03 00 00 13 | 0e d0 0000 1234 00 | 02 00 08 00 01 00 00 00", 0},
    {P(RDP), TCP, CLIENT, 3389, "03 00 00 0b | 06 e0 0000 0000 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 102, "03 00 00 0b | 06 e0 0000 0000 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 102,
     "03 00 00 16 | 11 e0 0000 0001 00 | c0 01 0d c2 02 00 01 c1 02 00 01", 0},
    {P(KERBEROS), TCP, CLIENT, 88,
     "00 00 00 20 | 6a 1e 30 1c a1 03 02 01 05 a2 03 02 01 0a # AS-REQ", 0},
    {P(KERBEROS), TCP, SERVER, 88, "00 00 00 20 | 7e 1e 30 1c a0 03 02 01 05 a1 03 02 01 1e", 0},
    {P(UNKNOWN), TCP, CLIENT, 88, "00 00 00 20 | 6a 1e 30 1c a1 03 02 01 05 a2 03 02 01 0c", 0},
    {P(UNKNOWN), TCP, CLIENT, 88, "00 00 00 20 | 6a 1e 30 1c a1 03 02 01 04 a2 03 02 01 0a", 0},
    {P(LDAP), TCP, CLIENT, 1389, "30 0c 02 01 01 | 60 07 02 01 03 04 00 80 00 # bind", 0},
    {P(LDAP), TCP, SERVER, 1389,
     "30 84 00 00 00 10 02 01 01 | 61 84 00 00 00 07 0a 01 00 04 00 04 00", 0},
    {P(LDAP), TCP, CLIENT, 389, "30 1d 02 01 01 | 77 18 80 16 31 2e 33 2e 36 # StartTLS", 0},
    {P(LDAP), TCP, CLIENT, 389, "30 25 02 01 02 | 63 20 04 00 0a 01 00 0a 01 00 # search", 0},
    {P(UNKNOWN), TCP, CLIENT, 389, "30 0c 02 01 01 | 60 07 02 01 04 04 00 80 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 389, "30 80 02 01 01 | 60 07 02 01 03 04 00 80 00", 0},
};

static const sniff_case stores[] = {
    {P(POSTGRESQL), TCP, CLIENT, 5433, "00 00 00 08 04 d2 16 2f # SSLRequest", 0},
    {P(POSTGRESQL), TCP, CLIENT, 5433, "00 00 00 08 04 d2 16 30 # GSSENCRequest", 0},
    {P(POSTGRESQL), TCP, CLIENT, 5433, "00 00 00 10 04 d2 16 2e # CancelRequest", 0},
    {P(POSTGRESQL), TCP, CLIENT, 5433, "00 00 00 10 00 03 00 00 75 73 65 72 00 61 00 00", 0},
    {P(POSTGRESQL), TCP, SERVER, 5432, "52 00 00 00 08 00 00 00 00 # AuthenticationOk", 0},
    {P(UNKNOWN), TCP, SERVER, 5433, "52 00 00 00 08 00 00 00 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 5432, "00 00 00 08 04 d2 16 31", 0},
    {P(MYSQL), TCP, SERVER, 3307,
     "4a 00 00 00 | 0a 38 2e 30 2e 31 00 | 08 00 00 00 | 41 42 43 44 45 46 47 48 | 00 ff f7", 0},
    {P(MYSQL), TCP, SERVER, 3306, "45 00 00 00 | ff 6a 04 48 6f 73 74", 0},
    {P(UNKNOWN), TCP, SERVER, 3307, "45 00 00 00 | ff 6a 04 48 6f 73 74", 0},
    {P(MYSQL), TCP, CLIENT, 3307,
     "20 00 00 01 | 85 ae 7f 00 | 00 00 00 01 | 21 |" ZEROS_19 "00 00 00 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 3306, "20 00 00 01 | 85 ac 7f 00 | 00 00 00 01 | 21 |" ZEROS_19, 0},
    {P(UNKNOWN), TCP, SERVER, 3307, "4a 00 00 00 | 0a 00 2e 30 2e 31 00", 0},
    {P(MQTT), TCP, CLIENT, 8883, "10 0c | 00 04 4d 51 54 54 | 04 02 00 3c 00 00 # 3.1.1", 0},
    {P(MQTT), TCP, CLIENT, 1883, "10 8d 01 | 00 04 4d 51 54 54 | 05 # 5.0", 0},
    {P(MQTT), TCP, CLIENT, 1883, "10 20 | 00 06 4d 51 49 73 64 70 | 03 # 3.1", 0},
    {P(MQTT), TCP, SERVER, 1883, "20 02 00 00", 0},
    {P(UNKNOWN), TCP, SERVER, 8883, "20 02 00 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 1883, "10 0c | 00 04 4d 51 54 54 | 06", 0},
    {P(UNKNOWN), TCP, CLIENT, 1883, "10 ff ff ff ff 01", 0},
};

static const sniff_case tunnels[] = {
    {P(SOCKS), TCP, CLIENT, 1080, "05 01 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 8081, "05 01 00", 0},
    {P(SOCKS), TCP, CLIENT, 8081, "05 02 00 02 | 05 01 00 03 03 61 2e 62 00 50", 0},
    {P(SOCKS), TCP, CLIENT, 8081, "05 01 02 | 01 01 61 01 62 | 05 01 00 01 c0 00 02 01 00 50", 0},
    {P(UNKNOWN), TCP, CLIENT, 8081, "05 01 00 | 05 04 00 01", 0},
    {P(UNKNOWN), TCP, CLIENT, 1080, "05 01 0a", 0},
    {P(SOCKS), TCP, CLIENT, 8081, "04 01 00 50 c0 00 02 01 61 00", 0},
    {P(SOCKS), TCP, CLIENT, 8081, "04 01 00 50 00 00 00 01 00 61 2e 62 00 # 4a", 0},
    {P(UNKNOWN), TCP, CLIENT, 8081, "04 01 00 50 c0 00 02 01 61 01 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 8081, "04 01 00 00 c0 00 02 01 00", 0},
    {P(OPENVPN), TCP, CLIENT, 443, "00 0e | 38 | 11 22 33 44 55 66 77 88 | 00 00 00 00 00", 0},
    {P(OPENVPN), TCP, SERVER, 443,
     "00 1a | 40 | 11 22 33 44 55 66 77 88 | 01 00 00 00 00 21 22 23 24 25 26 27 28 | 00 00 00 00",
     0},
    {P(UNKNOWN), TCP, CLIENT, 443, "00 0e | 38 | 11 22 33 44 55 66 77 88 | 00 00 00 00 01", 0},
    {P(STUN), TCP, CLIENT, 443, "00 01 00 00 | 21 12 a4 42 | 01 02 03 04 05 06 07 08 09 0a 0b 0c",
     0},
    {P(STUN), TCP, CLIENT, 443,
     "00 14 | 00 01 00 00 | 21 12 a4 42 | 01 02 03 04 05 06 07 08 09 0a 0b 0c # RFC 4571", 0},
    {P(STUN), TCP, CLIENT, 443,
     "02 00 00 1c | 00 03 00 08 | 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10"
     "| 00 0f 00 04 72 c6 4b c6 # MS-TURN",
     0},
    {P(UNKNOWN), TCP, CLIENT, 3478, "00 01 00 00 | 01 02 03 04 01 02 03 04 05 06 07 08 09 0a 0b 0c",
     0},
};

static const sniff_case calls[] = {
    {P(DCERPC), TCP, CLIENT, 135, "05 00 0b 03 | 10 00 00 00 | 74 00 00 00 # bind", 0},
    {P(DCERPC), TCP, SERVER, 49155, "05 00 0c 07 | 00 00 00 00 | 00 74 00 00 # big endian", 0},
    {P(DCERPC), TCP, SERVER, 135, "05 00 02 03 | 10 00 00 00 | 74 00 00 00 # response", 0},
    {P(UNKNOWN), TCP, CLIENT, 135, "05 00 0b 03 | 10 00 00 00 | 0f 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 135, "05 00 0b 03 | 20 00 00 00 | 74 00", 0},
    {P(RPC), TCP, CLIENT, 111,
     "80 00 00 38 | 12 34 56 78 | 00 00 00 00 | 00 00 00 02 | 00 01 86 a0", 0},
    {P(RPC), TCP, SERVER, 2049, "80 00 00 38 | 12 34 56 78 | 00 00 00 01 | 00 00 00 00", 0},
    {P(UNKNOWN), TCP, SERVER, 2050, "80 00 00 38 | 12 34 56 78 | 00 00 00 01 | 00 00 00 00", 0},
    {P(MODBUS), TCP, CLIENT, 502, "00 01 00 00 00 06 01 03 00 00 00 01", 0},
    {P(MODBUS), TCP, SERVER, 502, "00 01 00 00 00 03 01 83 02 # exception", 0},
    {P(UNKNOWN), TCP, CLIENT, 502, "00 01 00 00 00 03 01 83 02", 0},
    {P(UNKNOWN), TCP, CLIENT, 503, "00 01 00 00 00 06 01 03 00 00 00 01", 0},
    {P(DNP3), TCP, CLIENT, 20001, "05 64 05 c0 01 00 00 04 | e9 21", 0},
    {P(UNKNOWN), TCP, CLIENT, 20000, "05 64 05 c0 01 00 00 04 | e9 22", 0},
    {P(MONGODB), TCP, CLIENT, 30000, "3a 00 00 00 | 01 00 00 00 | 00 00 00 00 | d4 07 00 00", 0},
    {P(MONGODB), TCP, CLIENT, 27017, "3a 00 00 00 | 01 00 00 00 | 00 00 00 00 | dd 07 00 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 27017, "3a 00 00 00 | 01 00 00 00 | 00 00 00 00 | d5 07 00 00", 0},
    {P(TDS), TCP, CLIENT, 1434, "12 01 00 2f 00 00 01 00 | 00 00 1a 00 06", 0},
    {P(TDS), TCP, SERVER, 1434, "04 01 00 2b 00 00 01 00 | 00 00 1a 00 06", 0},
    {P(UNKNOWN), TCP, CLIENT, 1433, "12 01 00 2f 00 00 01 00 | 00 00 1a 00 07", 0},
};

static const sniff_case peers[] = {
    {P(BGP), TCP, CLIENT, 179,
     "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff | 00 1d | 01 # OPEN", 0},
    {P(UNKNOWN), TCP, CLIENT, 179, "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff | 00 12 | 01",
     0},
    {P(DIAMETER), TCP, CLIENT, 3869, "01 00 00 ec | 80 00 01 01 | 00 00 00 00 # CER", 0},
    {P(DIAMETER), TCP, SERVER, 3868, "01 00 00 ec | 40 00 01 10 | 00 00 00 04 # CCA", 0},
    {P(UNKNOWN), TCP, SERVER, 3869, "01 00 00 ec | 40 00 01 10 | 00 00 00 04", 0},
    {P(PPTP), TCP, CLIENT, 1724, "00 9c | 00 01 | 1a 2b 3c 4d", 0},
    {P(UNKNOWN), TCP, CLIENT, 1723, "00 9c | 00 01 | 1a 2b 3c 4e", 0},
    {P(BITCOIN), TCP, CLIENT, 8334, "f9 be b4 d9 | 76 65 72 73 69 6f 6e 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 8333, "f9 be b4 d9 | 76 00", 0},
    {P(RTMP), TCP, CLIENT, 1935, "03 | 00 00 00 00 | 80 00 07 02", 0},
    {P(UNKNOWN), TCP, CLIENT, 1936, "03 | 00 00 00 00 | 80 00 07 02", 0},
    {P(AMQP), TCP, CLIENT, 5673, "41 4d 51 50 | 00 00 09 01", 0},
    {P(UNKNOWN), TCP, CLIENT, 5672, "41 4d 51 50 | 04", 0},
    {P(ZABBIX), TCP, CLIENT, 10052, "5a 42 58 44 | 01 | 04 00 00 00", 0},
    {P(UNKNOWN), TCP, CLIENT, 10051, "5a 42 58 44 | 00", 0},
    {P(GIT), TCP, CLIENT, 9419, 0, "0032git-upload-pack /a.git"},
    {P(UNKNOWN), TCP, CLIENT, 9418, 0, "0032get-upload-pack /a.git"},
};

/* The server's choice speaks only to a flow whose greeting was seen. */
static void socks_choice(void) {
  sniff_memory m = {0, 0, 0, 0};
  CHECK_EQ(sniff_packet(&m, TCP, SERVER, 8081, "05 00"), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_packet(&m, TCP, CLIENT, 8081, "05 01 00"), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_packet(&m, TCP, SERVER, 8081, "05 00"), WEIR_PROTOCOL_SOCKS);
}

int main(void) {
  SNIFF_CHECK_ALL(windows);
  SNIFF_CHECK_ALL(stores);
  SNIFF_CHECK_ALL(tunnels);
  SNIFF_CHECK_ALL(calls);
  SNIFF_CHECK_ALL(peers);
  socks_choice();
  return test_end("sniff_stream");
}
