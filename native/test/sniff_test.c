/* sniff_test.c -- the table itself, port labels, and what must be left to others. */
#include "sniff_run.h"

static void table_is_sound(void) {
  CHECK(sniff_table_len <= SNIFF_ROWS_MAX);
  for (unsigned i = 0; i < sniff_table_len; i++) {
    CHECK(sniff_table[i].protocol > WEIR_PROTOCOL_UNKNOWN);
    CHECK(sniff_table[i].protocol < WEIR_PROTOCOL_COUNT);
    CHECK(sniff_table[i].transports != 0 && sniff_table[i].transports <= (SNIFF_TCP | SNIFF_UDP));
    for (unsigned j = 0; j < i; j++) CHECK(sniff_table[i].protocol != sniff_table[j].protocol);
  }
}

/* A label that the search does not find is missing from the count: the rows must be sorted. */
static void port_labels(void) {
  CHECK_EQ(sniff_port_label(TCP, 22), WEIR_PROTOCOL_SSH);
  CHECK_EQ(sniff_port_label(UDP, 22), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_port_label(TCP, 443), WEIR_PROTOCOL_HTTPS);
  CHECK_EQ(sniff_port_label(UDP, 443), WEIR_PROTOCOL_QUIC);
  CHECK_EQ(sniff_port_label(UDP, 53), WEIR_PROTOCOL_DNS);
  CHECK_EQ(sniff_port_label(TCP, 853), WEIR_PROTOCOL_DOT);
  CHECK_EQ(sniff_port_label(UDP, 51820), WEIR_PROTOCOL_WIREGUARD);
  CHECK_EQ(sniff_port_label(TCP, 0), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_port_label(TCP, 65535), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_port_label(132, 53), WEIR_PROTOCOL_UNKNOWN);
  unsigned tcp = 0, udp = 0;
  for (unsigned port = 0; port < 65536; port++) {
    tcp += sniff_port_label(TCP, (uint16_t)port) != WEIR_PROTOCOL_UNKNOWN;
    udp += sniff_port_label(UDP, (uint16_t)port) != WEIR_PROTOCOL_UNKNOWN;
  }
  CHECK_EQ(tcp, 50);
  CHECK_EQ(udp, 36);
}

/* What the caller's own parsers take, on the ports where a claim would hurt most. */
static const sniff_case others[] = {
    {0, TCP, CLIENT, 443, "16 03 01 02 00 01 00 01 fc 03 03", 0},
    {0, TCP, SERVER, 443, "16 03 03 00 7a 02 00 00 76 03 03", 0},
    {0, TCP, CLIENT, 443, "80 2e 01 03 01 00 15 00 00 00 10", 0},
    {0, TCP, SERVER, 443, "15 03 03 00 02 02 28", 0},
    {0, TCP, CLIENT, 80, 0, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"},
    {0, TCP, CLIENT, 5060, 0, "OPTIONS * HTTP/1.1\r\nHost: example.org\r\n\r\n"},
    {0, TCP, CLIENT, 1900, 0, "NOTIFY * HTTP/1.1\r\nHost: example.org\r\n\r\n"},
    {0, TCP, SERVER, 80, 0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {0, TCP, CLIENT, 80, 0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {0, TCP, CLIENT, 53, "00 1d 12 34 01 00 00 01 00 00 00 00 00 00 07 65 78 61 6d 70 6c 65", 0},
    {0, UDP, CLIENT, 53, "12 34 01 00 00 01 00 00 00 00 00 00 01 61 00 00 01 00 01", 0},
    {0, UDP, CLIENT, 53, "00 01 00 00 00 01 00 00 00 00 00 00 01 61 00 00 01 00 01 00", 0},
    {0, UDP, SERVER, 53, "80 08 81 80 00 01 00 01 00 00 00 00 01 61 00 00 01 00 01", 0},
    {0, UDP, CLIENT, 5353, "00 00 00 00 00 01 00 00 00 00 00 00 01 61 00 00 0c 00 01", 0},
    {0, UDP, CLIENT, 443, "c0 00 00 00 01 08 01 02 03 04 05 06 07 08 00 00 44 9e", 0},
    {0, UDP, CLIENT, 443, "40 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13", 0},
    {0, UDP, CLIENT, 443, "0d 89 67 d2 23 7b 5d a2 d4 51 30 34 33 01", 0},
    {0, UDP, CLIENT, 4433, "16 fe fd 00 00 00 00 00 00 00 00 00 7a 01 00 00 6e 00 00", 0},
    {0, UDP, CLIENT, 5000, "", 0},
    {0, TCP, CLIENT, 135, "05 00 00 03 10 00 00 00 18 00 00 00 # a DCE/RPC call without a bind", 0},
    {0, TCP, CLIENT, 5000, "", 0},
};

/* In the middle of a flow short signatures say nothing. */
static void middle_of_a_flow(void) {
  static const char *const weak[] = {"+PONG\r\n", "USER a b c :d\r\n", "PING\r\n"};
  for (unsigned i = 0; i < 3; i++) {
    sniff_memory m = {0, 0, 0, 0};
    sniff_input in = {reader_of(weak[i], strlen(weak[i])), &m, 6379, 6667, TCP, i != 0, false};
    CHECK_EQ(sniff_run(&in), WEIR_PROTOCOL_UNKNOWN);
  }
  const char *stanza = "<iq type='get'>";
  sniff_memory m = {0, 0, 0, 0};
  sniff_input in = {reader_of(stanza, strlen(stanza)), &m, 49152, 5222, TCP, true, false};
  CHECK_EQ(sniff_run(&in), WEIR_PROTOCOL_XMPP);
}

int main(void) {
  table_is_sound();
  port_labels();
  SNIFF_CHECK_ALL(others);
  middle_of_a_flow();
  return test_end("sniff");
}
