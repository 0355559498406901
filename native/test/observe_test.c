/* observe_test.c -- bytes into order where the start is missing, QUIC, and pools that run dry. */
#include "rig.h"

#include "quic_seal.h"
#include "quic_version.h"

#define FLOW WEIR_RECORD_FLOW

static const uint64_t second = 1000000;

/* ---- no SYN ---------------------------------------------------------------- */

/* A hello in four pieces in all 24 orders, and then again: what began in the middle finds its start. */
static void test_no_syn(void) {
  uint8_t hello[512];
  size_t len = rig_hello(hello, "www.example.net");
  wire_ends e = wire_between(TRANSPORT_TCP, 1, 40000, 2, 443);
  for (unsigned code = 0; code < 256; code++) {
    unsigned order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6}, seen = 0;
    for (unsigned i = 0; i < 4; i++) seen |= 1u << order[i];
    if (seen != 15) continue;
    rig r = rig_new();
    for (unsigned i = 0; i < 4; i++) {
      size_t from = len * order[i] / 4, to = len * (order[i] + 1) / 4;
      rig_tcp(&r, &e, 0, 1000 + (uint32_t)from, TCP_ACK, hello + from, to - from);
    }
    rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, len);
    rig_finish(&r);
    CHECK_NAME(rig_record(&r, FLOW, 0), "www.example.net");
    rig_free(&r);
  }
}

/* ---- QUIC ------------------------------------------------------------------ */

/* The ClientHello of RFC 9001 A.2. */
static const char rfc9001_hello[] =
    "01 0000ed 0303 ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c 00"
    "0004 1301 1302 0100 00c0"
    "0000 0010 000e 00 000b 6578616d706c652e636f6d # server_name\n"
    "ff01 0001 00  000a 0008 0006 001d 0017 0018   0010 0007 0005 04 616c706e"
    "0005 0005 0100000000"
    "0033 0026 0024 001d 0020 9370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748"
    "002b 0003 02 0304   000d 0010 000e 0403 0503 0603 0203 0804 0805 0806"
    "002d 0002 0101   001c 0002 4001"
    "0039 0032 0408ffffffffffffffff 05048000ffff 07048000ffff 080110 010480007530 090110"
    "0f088394c8f03e515708 06048000ffff";

/* A datagram whose Initial holds bytes [from, to) of the hello; its length. */
static size_t initial(uint8_t *out, const weir_crypto *crypto, uint32_t pn, size_t from,
                      size_t to) {
  static const uint8_t dcid[] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}; /* RFC 9001 A */
  uint8_t frame[400] = {6};
  size_t len;
  unsigned char *message = test_hex(rfc9001_hello, &len);
  wire_put16(frame + 1, (uint32_t)(0x4000 | from)),
      wire_put16(frame + 3, (uint32_t)(0x4000 | (to - from)));
  memcpy(frame + 5, message + from, to - from);
  free(message);
  seal_packet p = {1,
                   quic_profile_of(1),
                   reader_of(dcid, 8),
                   reader_of(dcid, 8),
                   pn,
                   reader_of(frame, 5 + to - from),
                   1162,
                   0};
  return seal_initial(out, crypto, &p);
}

static void test_quic(void) {
  uint8_t bytes[1400];
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 40000, 2, 443);
  for (size_t at = 0; at < 241; at += 40) {
    for (unsigned swap = 0; swap < 2; swap++) {
      rig r = rig_new();
      const weir_crypto *crypto = r.engine->config.crypto;
      for (unsigned i = 0; i < 2; i++) {
        bool tail = i != swap;
        if (!at && !tail) continue;
        rig_udp(&r, &e, 0, bytes, initial(bytes, crypto, i, tail ? at : 0, tail ? 241 : at));
      }
      CHECK_EQ(r.engine->observers.blocks_oldest, OBSERVER_NONE); /* given back at once */
      rig_finish(&r);
      weir_record f = rig_record(&r, FLOW, 0);
      CHECK_NAME(f, "example.com");
      CHECK_EQ(f.host_source, WEIR_HOST_QUIC_SNI);
      CHECK_EQ(f.protocol, WEIR_PROTOCOL_QUIC);
      CHECK_EQ(f.quic_version, 1);
      CHECK_EQ(f.ja4_len, WEIR_JA4_MAX);
      rig_free(&r);
    }
  }
  weir_config c = rig_config(); /* without crypto it stays closed, and is QUIC */
  rig r = rig_with(&c);
  weir_crypto crypto;
  weir_crypto_portable(&crypto);
  rig_udp(&r, &e, 0, bytes, initial(bytes, &crypto, 0, 0, 241));
  rig_finish(&r);
  CHECK_EQ(rig_record(&r, FLOW, 0).protocol, WEIR_PROTOCOL_QUIC);
  CHECK_EQ(rig_record(&r, FLOW, 0).name_len, 0);
  rig_free(&r);
}

/* ---- pools ----------------------------------------------------------------- */

static const wire_ends web = {.version = 4,
                              .transport = TRANSPORT_TCP,
                              .address = {{10, 0, 0, 1}, {198, 51, 100, 80}},
                              .port = {40000, 80}};

/* Datagrams that tell nothing keep a small observer each: of those there are 32 here. */
static void test_observers_without_blocks(void) {
  rig r = rig_new();
  wire_ends e = wire_between(TRANSPORT_UDP, 1, 1, 2, 9);
  for (uint16_t i = 0; i < 40; i++) {
    e.port[0] = (uint16_t)(100 + i);
    rig_udp(&r, &e, 0, "\1\1", 2);
  }
  CHECK_EQ(rig_counters(&r).assemblers_evicted, 8);
  CHECK_EQ(rig_counters(&r).observers_gave_up, 8);
  rig_finish(&r);
  CHECK_EQ(rig_counters(&r).observers_gave_up, 40);
  rig_free(&r);
}

/* What lies behind a hole turns out at the end to be HTTP/2, whose state would take one block more. */
static void test_an_end_takes_no_block(void) {
  rig r = rig_new();
  uint8_t hello[512];
  size_t len = rig_hello(hello, "alive.test");
  wire_ends e = wire_between(TRANSPORT_TCP, 2, 40000, 2, 443);
  for (uint16_t i = 0; i < 7; i++) {
    e.port[0] = (uint16_t)(100 + i);
    rig_handshake(&r, &e, 1000);
    rig_tcp(&r, &e, 0, 1000, TCP_ACK, hello, 40);
  }
  rig_handshake(&r, &web, 1000);
  rig_tcp(&r, &web, 0, 1500, TCP_ACK, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  CHECK_EQ(rig_counters(&r).assemblers_evicted, 0);
  rig_tcp(&r, &web, 1, 5001, TCP_RST, NULL, 0);
  r.now_us += 15 * second;
  CHECK(weir_tick(r.engine, r.now_us));
  CHECK_EQ(rig_counters(&r).flows_closed, 1);
  CHECK_EQ(rig_counters(&r).assemblers_evicted, 0);
  e.port[0] = 100;
  rig_tcp(&r, &e, 0, 1040, TCP_ACK, hello + 40, len - 40);
  rig_finish(&r);
  for (size_t i = 0; i < r.count; i++)
    if (r.records[i].tuple.client_port == 100) CHECK_NAME(r.records[i], "alive.test");
  rig_free(&r);
}

int main(void) {
  test_no_syn();
  test_quic();
  test_observers_without_blocks();
  test_an_end_takes_no_block();
  return test_end("observe");
}
