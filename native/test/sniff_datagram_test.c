/* sniff_datagram_test.c -- binary protocols over UDP, and those that need several packets. */
#include "sniff_run.h"

#define P(name) WEIR_PROTOCOL_##name
#define Z4      "00 00 00 00 "
#define Z16     Z4 Z4 Z4 Z4
#define Z32     Z16 Z16
#define Z64     Z32 Z32
#define R4      "a1 b2 c3 d4 "
#define R16     R4 R4 R4 R4

static const sniff_case stun[] = {
    {P(STUN), UDP, CLIENT, 443, "00 01 00 00 | 21 12 a4 42" R4 R4 R4, 0},
    {P(STUN), UDP, SERVER, 19302, "01 01 00 08 | 21 12 a4 42" R4 R4 R4 "80 2b 00 04" R4, 0},
    {P(STUN), UDP, CLIENT, 3478, "00 01 00 04 | 21 12 a4 42" R4 R4 R4 "# cut short", 0},
    {P(UNKNOWN), UDP, CLIENT, 3478, "00 01 00 00 | 21 12 a4 42" R4 R4, 0},
    {P(UNKNOWN), UDP, CLIENT, 3478, "00 01 00 03 | 21 12 a4 42" R4 R4 R4 Z4, 0},
    {P(STUN), UDP, CLIENT, 5000, "00 01 00 00 |" R16 "# RFC 3489, no attribute", 0},
    {P(STUN), UDP, CLIENT, 5000, "00 01 00 08 |" R16 "| 00 03 00 04 00 00 00 06 # CHANGE-REQUEST",
     0},
    {P(STUN), UDP, SERVER, 5000, "01 01 00 0c |" R16 "| 00 01 00 08 00 01 0d 96 c0 00 02 01", 0},
    {P(STUN), UDP, SERVER, 3478, "00 01 00 08 |" R16 "| 01 01 00 04 31 32 33 34 # private type", 0},
    {P(UNKNOWN), UDP, SERVER, 5000, "00 01 00 08 |" R16 "| 01 01 00 04 31 32 33 34", 0},
    {P(UNKNOWN), UDP, CLIENT, 5000, "00 01 00 08 |" R16 "| 00 03 00 05 00 00 00 06", 0},
    {P(UNKNOWN), UDP, CLIENT, 5000,
     "00 01 00 00 00 01 00 00 00 00 00 00 02 64 65 00 00 01 00 01 # a DNS query", 0},
    {P(STUN), UDP, CLIENT, 443, "00 03 00 08 |" R16 "| 00 0f 00 04 72 c6 4b c6 # MS-TURN", 0},
    {P(UNKNOWN), UDP, CLIENT, 3478, "40 00 00 04" R4, 0},
};

static const sniff_case addresses[] = {
    {P(NTP), UDP, CLIENT, 123, "23 00 06 20" Z32 Z4 R4 R4, 0},
    {P(NTP), UDP, CLIENT, 4123, "1b 00 00 00" Z32 Z4 R4 R4, 0},
    {P(UNKNOWN), UDP, SERVER, 4123, "24 01 00 00" Z32 Z4 R4 R4, 0},
    {P(UNKNOWN), UDP, CLIENT, 123, "23 00 06 20" Z32, 0},
    {P(UNKNOWN), UDP, CLIENT, 123, "03 00 06 20" Z32 Z4 R4 R4, 0},
    {P(NTP), UDP, CLIENT, 123, "16 02 00 01" Z4 Z4 "# control", 0},
    {P(DHCP), UDP, CLIENT, 67, "01 01 06 00" Z64 Z64 Z64 Z32 Z4 Z4 "63 82 53 63 35 01 01 ff", 0},
    {P(DHCP), UDP, CLIENT, 4011, "01 01 06 00" Z64 Z64 Z64 Z32 Z4 Z4 "63 82 53 63 35 01 01 ff", 0},
    {P(UNKNOWN), UDP, CLIENT, 4011, "01 01 06 00" Z64 Z64 Z64 Z32 Z4 Z4 "00 00 00 00", 0},
    {P(UNKNOWN), UDP, CLIENT, 67, "01 01 06 00" Z64, 0},
    {P(DHCP), UDP, CLIENT, 547, "01 12 34 56 | 00 08 00 02 00 00 | 00 06 00 02 00 17", 0},
    {P(UNKNOWN), UDP, CLIENT, 547, "01 12 34 56 | 00 08 00 03 00 00", 0},
    {P(NETBIOS), UDP, CLIENT, 137,
     "12 34 01 10 00 01 00 00 00 00 00 00 | 20 45 45 45 45 45 45 45 45 45 45 45 45 45 45 45 45"
     "45 45 45 45 45 45 45 45 45 45 45 45 45 45 41 41 00 | 00 20 00 01",
     0},
    {P(UNKNOWN), UDP, CLIENT, 137, "12 34 01 00 00 01 00 00 00 00 00 00 | 01 61 00 00 01 00 01", 0},
    {P(NETBIOS), UDP, CLIENT, 138, "11 0a 12 34 c0 00 02 01 00 8a 00 bb 00 00 | 20 45 45", 0},
    {P(UNKNOWN), UDP, CLIENT, 138, "11 0a 12 34 c0 00 02 01 00 8a 00 bb 00 00 | 21 45 45", 0},
    {P(SNMP), UDP, CLIENT, 161, "30 0e | 02 01 01 | 04 06 70 75 62 6c 69 63 | a0 00 00", 0},
    {P(SNMP), UDP, CLIENT, 1161,
     "30 14 | 02 01 03 | 30 0d 02 01 01 02 02 05 dc 04 01 04 02 01 03 | 04 00", 0},
    {P(UNKNOWN), UDP, CLIENT, 161, "30 0f | 02 01 01 | 04 06 70 75 62 6c 69 63 | a0 00 00", 0},
    {P(UNKNOWN), UDP, CLIENT, 161, "30 0e | 02 01 02 | 04 06 70 75 62 6c 69 63 | a0 00 00", 0},
    {P(LDAP), UDP, CLIENT, 389, "30 10 02 01 01 | 63 0b 04 00 0a 01 00 0a 01 00 02 01 00 # CLDAP",
     0},
    {P(TFTP), UDP, CLIENT, 69, "00 01 61 00 6f 63 74 65 74 00", 0},
    {P(TFTP), UDP, SERVER, 50000, "00 06 62 6c 6b 73 69 7a 65 00 35 31 32 00", 0},
    {P(TFTP), UDP, SERVER, 69, "00 05 00 01 6e 6f 00", 0},
    {P(UNKNOWN), UDP, CLIENT, 69, "00 01 61 00 6f 63 74 65 74", 0},
    {P(UNKNOWN), UDP, CLIENT, 69, "00 01 00 00 6f 63 74 65 74 00", 0},
    {P(KERBEROS), UDP, CLIENT, 88, "6a 1e 30 1c a1 03 02 01 05 a2 03 02 01 0a", 0},
    {P(UNKNOWN), UDP, CLIENT, 88, "6a 1e 30 1c a1 03 02 01 05", 0},
    {P(RADIUS), UDP, CLIENT, 1812, "01 07 00 14" R16, 0},
    {P(RADIUS), UDP, CLIENT, 2812, "01 07 00 1a" R16 "01 03 61 | 02 03 62", 0},
    {P(UNKNOWN), UDP, CLIENT, 2812, "01 07 00 17" R16 "01 03 61", 0},
    {P(UNKNOWN), UDP, CLIENT, 1812, "01 07 00 15" R16, 0},
    {P(COAP), UDP, CLIENT, 5683, "41 01 12 34 aa | b4 74 65 73 74", 0},
    {P(COAP), UDP, CLIENT, 5683,
     "40 02 12 34 | dd 01 02 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f | ff 31", 0},
    {P(UNKNOWN), UDP, CLIENT, 5683, "41 01 12 34 aa | b5 74 65 73 74", 0},
    {P(UNKNOWN), UDP, CLIENT, 5683, "41 01 12 34 aa | ff", 0},
    {P(UNKNOWN), UDP, CLIENT, 5684, "41 01 12 34 aa | b4 74 65 73 74", 0},
};

static const sniff_case tunnels[] = {
    {P(WIREGUARD), UDP, CLIENT, 443, "01 00 00 00" R16 R16 R16 R16 R16 R16 R16 R16 R16, 0},
    {P(WIREGUARD), UDP, SERVER, 443, "02 00 00 00" R16 R16 R16 R16 R16 R4 R4, 0},
    {P(WIREGUARD), UDP, SERVER, 51820, "03 00 00 00" R16 R16 R16 R4 R4 R4, 0},
    {P(UNKNOWN), UDP, CLIENT, 51820, "01 00 00 00" R16 R16, 0},
    {P(OPENVPN), UDP, CLIENT, 443, "38" R4 R4 "00" Z4, 0},
    {P(OPENVPN), UDP, CLIENT, 443, "38" R4 R4 R16 R4 "00 00 00 01" R4 "00" Z4 "# tls-auth", 0},
    {P(OPENVPN), UDP, SERVER, 443, "40" R4 R4 R16 R4 "00 00 00 01" R4 "01" Z4 R4 R4 Z4, 0},
    {P(OPENVPN), UDP, CLIENT, 443, "38" R4 R4 "00 00 00 01" R4 R16 R16 R4 "05 # tls-crypt", 0},
    {P(OPENVPN), UDP, CLIENT, 1194, "50" R4 R4 R16 R16, 0},
    {P(UNKNOWN), UDP, CLIENT, 443, "38" R4 R4 R16 R16, 0},
    {P(UNKNOWN), UDP, CLIENT, 1194, "39" R4 R4 R16, 0},
    {P(IKE), UDP, CLIENT, 500, R4 R4 Z4 Z4 "21 20 22 08" Z4 "00 00 00 20" R4, 0},
    {P(IKE), UDP, CLIENT, 4500, Z4 R4 R4 R4 R4 "2e 20 23 08 00 00 00 01 00 00 00 20" R4, 0},
    {P(IKE), UDP, CLIENT, 10500, R4 R4 Z4 Z4 "01 10 02 00" Z4 "00 00 00 20" R4, 0},
    {P(UNKNOWN), UDP, CLIENT, 500, R4 R4 Z4 Z4 "21 20 22 08" Z4 "00 00 00 21" R4, 0},
    {P(UNKNOWN), UDP, CLIENT, 500, R4 R4 Z4 Z4 "21 30 22 08" Z4 "00 00 00 20" R4, 0},
    {P(UNKNOWN), UDP, CLIENT, 4500, "ff", 0},
    {P(BITTORRENT), UDP, CLIENT, 6969, "00 00 04 17 27 10 19 80 00 00 00 00" R4, 0},
    {P(BITTORRENT), UDP, CLIENT, 6881, "41 00 12 34" R4 Z4 "00 03 80 00 | 00 01 00 00 # uTP SYN",
     0},
    {P(UNKNOWN), UDP, CLIENT, 6881, "41 00 12 34" R4 R4 "00 03 80 00 | 00 01 00 00", 0},
    {P(RTP), UDP, CLIENT, 5005, "80 c8 00 06" R4 R16 R4 "| 81 ca 00 01" R4 "# SR, SDES", 0},
    {P(RTP), UDP, CLIENT, 5005, "80 c9 00 01" R4 "# empty RR", 0},
    {P(UNKNOWN), UDP, CLIENT, 5005, "80 c9 00 02" R4, 0},
    {P(UNKNOWN), UDP, CLIENT, 5005, "81 c9 00 01" R4, 0},
};

static const sniff_case services[] = {
    {P(SRVLOC), UDP, CLIENT, 427, "02 09 00 00 10 00 00 00 00 00 9d f6 00 02 65 6e", 0},
    {P(SRVLOC), UDP, CLIENT, 427, "01 06 00 0c 00 00 65 6e 00 03 00 01", 0},
    {P(UNKNOWN), UDP, CLIENT, 427, "02 09 00 00 11 00 00 00 00 00 9d f6 00 02 65 6e", 0},
    {P(BACNET), UDP, CLIENT, 47808, "81 0b 00 08 01 20 ff ff", 0},
    {P(UNKNOWN), UDP, CLIENT, 47808, "81 0b 00 09 01 20 ff ff", 0},
    {P(RPC), UDP, CLIENT, 1048, R4 Z4 "00 00 00 02 00 01 86 a5", 0},
    {P(RPC), UDP, SERVER, 111, R4 "00 00 00 01" Z4, 0},
    {P(UNKNOWN), UDP, SERVER, 1048, R4 "00 00 00 01" Z4, 0},
    {P(DNP3), UDP, CLIENT, 20000, "05 64 05 c0 01 00 00 04 | e9 21", 0},
    {P(UNKNOWN), UDP, CLIENT, 20000, "05 64 05 c0 01 00 00 04 | e9", 0},
};

/* Several packets of one flow; the last one tells. */
typedef struct step {
  uint8_t from_client;
  const char *hex;
} step;

static uint8_t play(uint16_t port, const step *steps, unsigned count) {
  sniff_memory m = {0, 0, 0, 0};
  uint8_t found = WEIR_PROTOCOL_UNKNOWN;
  for (unsigned i = 0; i < count; i++) {
    CHECK_EQ(found, WEIR_PROTOCOL_UNKNOWN);
    found = sniff_packet(&m, UDP, steps[i].from_client, port, steps[i].hex);
  }
  return found;
}
#define PLAY(port, steps) play((port), (steps), sizeof(steps) / sizeof *(steps))

static void rtp(void) {
  static const step call[] = {{1, "80 00 00 0a" Z4 R4 R4},
                              {0, "80 00 77 00" Z4 "11 22 33 44"},
                              {1, "80 00 00 0b" Z4 R4 R4},
                              {1, "80 80 00 0d" Z4 R4 R4}};
  CHECK_EQ(PLAY(5004, call), WEIR_PROTOCOL_RTP);
  static const step jumps[] = {{1, "80 00 00 0a" Z4 R4},
                               {1, "80 00 01 0b" Z4 R4},
                               {1, "80 00 40 0d" Z4 R4},
                               {1, "80 00 20 0d" Z4 R4}};
  CHECK_EQ(PLAY(5004, jumps), WEIR_PROTOCOL_UNKNOWN);
  static const step other_source[] = {{1, "80 00 00 0a" Z4 R4},
                                      {1, "80 00 00 0b" Z4 "a1 b2 c3 d5"},
                                      {1, "80 00 00 0c" Z4 R4},
                                      {1, "80 00 00 0d" Z4 "01 b2 c3 d5"}};
  CHECK_EQ(PLAY(5004, other_source), WEIR_PROTOCOL_UNKNOWN);
  static const step reserved[] = {
      {1, "80 50 00 0a" Z4 R4}, {1, "80 50 00 0b" Z4 R4}, {1, "80 50 00 0c" Z4 R4}};
  CHECK_EQ(PLAY(5004, reserved), WEIR_PROTOCOL_UNKNOWN);
}

static void encrypted_data(void) {
  static const step esp[] = {{1, "ff"},
                             {1, R4 "00 00 00 07" R16},
                             {0, "0b 0c 0d 0e 00 00 00 01" R16},
                             {1, R4 "00 00 00 08" R16}};
  CHECK_EQ(PLAY(4500, esp), WEIR_PROTOCOL_ESP);
  static const step replay[] = {{1, R4 "00 00 00 07" R16}, {1, R4 "00 00 00 07" R16}};
  CHECK_EQ(PLAY(4500, replay), WEIR_PROTOCOL_UNKNOWN);
  static const step wireguard[] = {{1, "04 00 00 00" R4 "07 00 00 00" Z4 R16},
                                   {0, "04 00 00 00 01 02 03 04 01 00 00 00" Z4 R16},
                                   {1, "04 00 00 00" R4 "08 00 00 00" Z4 R16}};
  CHECK_EQ(PLAY(41641, wireguard), WEIR_PROTOCOL_WIREGUARD);
}

/* RFC 8656 12: a channel is believed after STUN, or twice on STUN's port. */
static void channels(void) {
  static const step twice[] = {{1, "40 01 00 04" R4}, {1, "40 01 00 03 a1 b2 c3 00"}};
  CHECK_EQ(PLAY(3478, twice), WEIR_PROTOCOL_STUN);
  CHECK_EQ(PLAY(5000, twice), WEIR_PROTOCOL_UNKNOWN);
  sniff_memory m = {0, 0, 0, 0};
  CHECK_EQ(sniff_packet(&m, UDP, CLIENT, 5000, "00 01 00 00 21 12 a4 42" R4 R4 R4),
           WEIR_PROTOCOL_STUN);
  CHECK_EQ(sniff_packet(&m, UDP, CLIENT, 5000, "40 01 00 04" R4), WEIR_PROTOCOL_STUN);
}

int main(void) {
  SNIFF_CHECK_ALL(stun);
  SNIFF_CHECK_ALL(addresses);
  SNIFF_CHECK_ALL(tunnels);
  SNIFF_CHECK_ALL(services);
  rtp();
  encrypted_data();
  channels();
  return test_end("sniff_datagram");
}
