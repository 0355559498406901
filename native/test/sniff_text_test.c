/* sniff_text_test.c -- protocols whose first bytes are text. */
#include "sniff_run.h"

#define P(name) WEIR_PROTOCOL_##name

static const sniff_case mail[] = {
    {P(SMTP), TCP, SERVER, 25, 0, "220 mx.example.org ready\r\n"},
    {P(SMTP), TCP, SERVER, 4025, 0, "220 mx.example.org ESMTP\r\n"},
    {P(SMTP), TCP, SERVER, 21, 0, "220-mx.example.org ESMTP\r\n220 ready\r\n"},
    {P(SMTP), TCP, SERVER, 25, 0, "554 no service here\r\n"},
    {P(UNKNOWN), TCP, SERVER, 4025, 0, "554 no service here\r\n"},
    {P(UNKNOWN), TCP, SERVER, 4025, 0, "220 mx.example.org\r\n"},
    {P(UNKNOWN), TCP, SERVER, 25, 0, "2201 mx.example.org\r\n"},
    {P(SMTP), TCP, CLIENT, 4025, 0, "EHLO client.example.org\r\n"},
    {P(SMTP), TCP, CLIENT, 25, 0, "helo client\r\n"},
    {P(SMTP), TCP, CLIENT, 24, 0, "LHLO client\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 25, 0, "EHLO client"},
    {P(IMAP), TCP, SERVER, 143, 0, "* OK ready\r\n"},
    {P(IMAP), TCP, SERVER, 1143, 0, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"},
    {P(IMAP), TCP, SERVER, 143, 0, "* PREAUTH welcome\r\n"},
    {P(UNKNOWN), TCP, SERVER, 1143, 0, "* OK ready\r\n"},
    {P(IMAP), TCP, CLIENT, 1143, 0, "a001 CAPABILITY\r\n"},
    {P(IMAP), TCP, CLIENT, 143, 0, "A1 login user secret\r\n"},
    {P(IMAP), TCP, CLIENT, 143, 0, "1.2 ID NIL\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 143, 0, "GET LOGIN HTTP/1.1\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 143, 0, "a0123456789abcdef0 LOGIN x y\r\n"},
    {P(POP3), TCP, SERVER, 110, 0, "+OK ready\r\n"},
    {P(POP3), TCP, SERVER, 1110, 0, "+OK POP3 server ready <1.2@example.org>\r\n"},
    {P(UNKNOWN), TCP, SERVER, 1110, 0, "+OK\r\n"},
    {P(POP3), TCP, CLIENT, 110, 0, "CAPA\r\n"},
    {P(POP3), TCP, CLIENT, 110, 0, "user someone\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 1110, 0, "CAPA\r\n"},
};

static const sniff_case files_and_shells[] = {
    {P(SSH), TCP, CLIENT, 22, 0, "SSH-2.0-example_1.0\r\n"},
    {P(SSH), TCP, SERVER, 443, 0, "SSH-1.99-example\r\n"},
    {P(UNKNOWN), TCP, SERVER, 22, 0, "SSH-3.0-example\r\n"},
    {P(FTP), TCP, SERVER, 21, 0, "220 ready\r\n"},
    {P(FTP), TCP, SERVER, 2121, 0, "220-Welcome to our FTP server\r\n"},
    {P(FTP), TCP, SERVER, 25, 0, "220 FTP server ready\r\n"},
    {P(FTP), TCP, CLIENT, 21, 0, "USER anonymous\r\n"},
    {P(FTP), TCP, CLIENT, 21, 0, "AUTH TLS\r\n"},
    {P(FTP), TCP, CLIENT, 21, 0, "FEAT\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 2121, 0, "USER anonymous\r\n"},
    {P(VNC), TCP, SERVER, 5901, 0, "RFB 003.008\n"},
    {P(VNC), TCP, CLIENT, 5901, 0, "RFB 003.003\n"},
    {P(TELNET), TCP, SERVER, 23, "ff fd 18", 0},
    {P(TELNET), TCP, CLIENT, 2323, "ff fb 1f  ff fb 20", 0},
    {P(UNKNOWN), TCP, CLIENT, 2323, "ff fb 1f  41", 0},
    {P(UNKNOWN), TCP, SERVER, 23, "ff fd 60", 0},
    {P(UNKNOWN), TCP, SERVER, 23, 0, "login: "},
};

static const sniff_case talk[] = {
    {P(XMPP), TCP, CLIENT, 5222, 0, "<?xml version='1.0' ?>\n<stream:stream to='example.org'>"},
    {P(XMPP), TCP, SERVER, 15222, 0, "<stream:stream from='example.org'>"},
    {P(UNKNOWN), TCP, CLIENT, 5222, 0, "<?xml version='1.0'?><soap:Envelope>"},
    {P(UNKNOWN), TCP, CLIENT, 843, 0, "<policy-file-request/>"},
    {P(UNKNOWN), TCP, CLIENT, 5222, 0, "<iq type='get'>"},
    {P(SIP), TCP, CLIENT, 5060, 0, "REGISTER sip:example.org SIP/2.0\r\n"},
    {P(SIP), TCP, SERVER, 5070, 0, "SIP/2.0 200 OK\r\n"},
    {P(SIP), TCP, CLIENT, 5070, 0, "SUBSCRIBE sip:a@example.org SIP/2.0\r\n"},
    {P(SIP), UDP, CLIENT, 5070, 0, "INVITE tel:+15550100 SIP/2.0\r\nVia: SIP/2.0/UDP host\r\n"},
    {P(SIP), UDP, SERVER, 5070, 0, "SIP/2.0 100 Trying\r\n"},
    {P(UNKNOWN), UDP, CLIENT, 5060, 0, "INVITE sip:a"},
    {P(UNKNOWN), TCP, CLIENT, 5060, 0, "OPTIONS * HTTP/1.1\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 5060, 0, "GET sip:x HTTP/1.1\r\n"},
    {P(RTSP), TCP, CLIENT, 8554, 0, "DESCRIBE rtsp://example.org/a RTSP/1.0\r\nCSeq: 1\r\n"},
    {P(RTSP), TCP, CLIENT, 554, 0, "OPTIONS * RTSP/1.0\r\n"},
    {P(RTSP), TCP, SERVER, 554, 0, "RTSP/1.0 200 OK\r\n"},
    {P(RTSP), TCP, CLIENT, 554, 0, "REDIRECT rtsp://example.org/a RTSP/2.0\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 554, 0, "OPTIONS * HTTP/1.1\r\n"},
    {P(IRC), TCP, CLIENT, 6667, 0, "NICK someone\r\n"},
    {P(IRC), TCP, CLIENT, 7777, 0, "CAP LS 302\r\n"},
    {P(IRC), TCP, CLIENT, 7777, 0, "PASS secret\r\nNICK someone\r\n"},
    {P(IRC), TCP, CLIENT, 6667, 0, "USER a b c :d\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 7777, 0, "USER a b c :d\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 7777, 0, "PASS secret\r\nUSER someone\r\n"},
    {P(IRC), TCP, SERVER, 7777, 0, ":irc.example.org NOTICE * :Looking up your name\r\n"},
    {P(IRC), TCP, SERVER, 7777, 0, "NOTICE AUTH :Checking\r\n"},
    {P(UNKNOWN), TCP, SERVER, 7777, 0, ":something else\r\n"},
};

static const sniff_case discovery_and_stores[] = {
    {P(SSDP), UDP, CLIENT, 1900, 0, "M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n\r\n"},
    {P(SSDP), UDP, CLIENT, 1900, 0, "NOTIFY * HTTP/1.1\r\n\r\n"},
    {P(SSDP), UDP, SERVER, 1900, 0, "HTTP/1.1 200 OK\r\n\r\n"},
    {P(SSDP), UDP, CLIENT, 50000, 0, "HTTP/1.1 200 OK\r\nEXT:\r\nst: upnp:rootdevice\r\n\r\n"},
    {P(UNKNOWN), UDP, CLIENT, 50000, 0, "HTTP/1.1 200 OK\r\nEXT:\r\n\r\n"},
    {P(UNKNOWN), UDP, CLIENT, 1900, 0, "M-SEARCH"},
    {P(UNKNOWN), UDP, CLIENT, 1900, 0, "NOTIFY /path HTTP/1.1\r\n"},
    {P(SYSLOG), UDP, CLIENT, 514, 0, "<34>anything"},
    {P(SYSLOG), UDP, CLIENT, 10514, 0, "<34>1 2003-10-11T22:14:15.003Z host app - - -"},
    {P(SYSLOG), UDP, CLIENT, 10514, 0, "<13>Oct 11 22:14:15 host su: failed"},
    {P(SYSLOG), TCP, CLIENT, 6514, 0, "57 <165>1 2003-10-11T22:14:15.003Z host app - - -"},
    {P(UNKNOWN), UDP, CLIENT, 10514, 0, "<34>anything"},
    {P(UNKNOWN), UDP, CLIENT, 514, 0, "<192>too high"},
    {P(UNKNOWN), UDP, CLIENT, 514, 0, "<>none"},
    {P(REDIS), TCP, CLIENT, 7000, 0, "*1\r\n$4\r\nPING\r\n"},
    {P(REDIS), TCP, CLIENT, 6379, 0, "PING\r\n"},
    {P(REDIS), TCP, SERVER, 6379, 0, "+PONG\r\n"},
    {P(UNKNOWN), TCP, SERVER, 7000, 0, "+PONG\r\n"},
    {P(UNKNOWN), TCP, CLIENT, 7000, 0, "*12345678\r\n"},
    {P(MEMCACHED), TCP, CLIENT, 11211, 0, "stats\r\n"},
    {P(MEMCACHED), TCP, CLIENT, 11211, 0, "gets key\r\n"},
    {P(MEMCACHED), TCP, SERVER, 11211, 0, "STAT pid 1\r\n"},
    {P(MEMCACHED), TCP, CLIENT, 11211, "80 00 00 01", 0},
    {P(MEMCACHED), UDP, CLIENT, 11211, "00 01 00 00 00 01 00 00  67 65 74 20 6b 0d 0a", 0},
    {P(UNKNOWN), TCP, CLIENT, 11212, 0, "stats\r\n"},
    {P(BITTORRENT), TCP, CLIENT, 6881, 0,
     "\x13"
     "BitTorrent protocol"},
    {P(BITTORRENT), UDP, CLIENT, 6771, 0, "BT-SEARCH * HTTP/1.1\r\n"},
    {P(BITTORRENT), UDP, CLIENT, 6881, 0,
     "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"},
    {P(BITTORRENT), UDP, SERVER, 6881, 0, "d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re"},
    {P(UNKNOWN), UDP, CLIENT, 6881, 0, "d1:ad2:id20:abcdefghij0123456789e"},
};

/* 220 without a hint: the command that answers tells, and only to a flow that saw the banner. */
static void banner_then_command(void) {
  sniff_memory m = {0, 0, 0, 0};
  const char *banner = "32 32 30 20 68 69 0d 0a # 220 hi", *user = "55 53 45 52 20 # USER ";
  CHECK_EQ(sniff_packet(&m, TCP, CLIENT, 2121, user), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_packet(&m, TCP, SERVER, 2121, banner), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_packet(&m, TCP, CLIENT, 2121, user), WEIR_PROTOCOL_FTP);
  m = (sniff_memory){0, 0, 0, 0};
  CHECK_EQ(sniff_packet(&m, TCP, SERVER, 1110, "2b 4f 4b 0d 0a # +OK"), WEIR_PROTOCOL_UNKNOWN);
  CHECK_EQ(sniff_packet(&m, TCP, CLIENT, 1110, user), WEIR_PROTOCOL_POP3);
}

/* A line without end is given up after a bound. */
static void endless_line(void) {
  char line[600];
  memset(line, 'x', sizeof line);
  memcpy(line, "EHLO ", 5);
  sniff_memory m = {0, 0, 0, 0};
  sniff_input in = {reader_of(line, 511), &m, 49152, 25, TCP, true, true};
  CHECK_EQ(sniff_row_of(WEIR_PROTOCOL_SMTP, &in, 511), PARSE_NEED_MORE);
  CHECK_EQ(sniff_row_of(WEIR_PROTOCOL_SMTP, &in, 512), PARSE_NOT_MINE);
  line[20] = 1;
  CHECK_EQ(sniff_row_of(WEIR_PROTOCOL_SMTP, &in, 30), PARSE_NOT_MINE);
}

int main(void) {
  SNIFF_CHECK_ALL(mail);
  SNIFF_CHECK_ALL(files_and_shells);
  SNIFF_CHECK_ALL(talk);
  SNIFF_CHECK_ALL(discovery_and_stores);
  banner_then_command();
  endless_line();
  return test_end("sniff_text");
}
