/* quic_test.c -- the vectors of RFC 9001 and RFC 9369, then what can happen to them. */
#include "test.h"

#include "crypto.h"
#include "quic.h"
#include "quic_seal.h"

#define STATE_LEN   8192
#define SCRATCH_LEN 2048

/* The ClientHello of RFC 9001 A.2 (and RFC 9369 A.2), for example.com. */
static const char hello_hex[] =
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

static weir_crypto crypto;
static unsigned char *hello_bytes; /* the message */
static size_t hello_len;

static const uint8_t dcid_a[8] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
static const uint8_t dcid_b[8] = {0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5};

#define A  reader_of(dcid_a, sizeof dcid_a)
#define B  reader_of(dcid_b, sizeof dcid_b)
#define V1 0x00000001u
#define V2 0x6b3343cfu

/* ---- helpers -------------------------------------------------------------- */

typedef struct flow {
  uint8_t *state, *scratch;
  quic_observation seen;
} flow;

static flow flow_new(void) { return (flow){calloc(1, STATE_LEN), malloc(SCRATCH_LEN), {0}}; }

static void flow_free(flow *f) { free(f->state), free(f->scratch); }

/* Feeds a copy in memory of exactly its length; what was opened ahead makes no difference. */
static parse_outcome feed(flow *f, const uint8_t *bytes, size_t len, bool from_client) {
  uint8_t *copy = malloc(len ? len : 1), *state = malloc(STATE_LEN);
  quic_opened opened;
  quic_observation seen;
  memcpy(copy, bytes, len);
  memcpy(state, f->state, STATE_LEN);
  bool is_opened = quic_open_first(&opened, reader_of(copy, len), &crypto);
  parse_outcome ahead = quic_datagram(state, STATE_LEN, reader_of(copy, len), from_client, &crypto,
                                      is_opened ? &opened : NULL, f->scratch, SCRATCH_LEN, &seen);
  parse_outcome outcome = quic_datagram(f->state, STATE_LEN, reader_of(copy, len), from_client,
                                        &crypto, NULL, f->scratch, SCRATCH_LEN, &f->seen);
  CHECK_EQ(ahead, outcome);
  CHECK(!memcmp(state, f->state, STATE_LEN) && !memcmp(&seen, &f->seen, sizeof seen));
  free(copy), free(state);
  return outcome;
}

static parse_outcome feed_once(const uint8_t *bytes, size_t len, quic_observation *seen) {
  flow f = flow_new();
  parse_outcome outcome = feed(&f, bytes, len, true);
  *seen = f.seen;
  flow_free(&f);
  return outcome;
}

static parse_outcome feed_hex(flow *f, const char *hex) {
  size_t len;
  unsigned char *bytes = test_hex(hex, &len);
  parse_outcome outcome = feed(f, bytes, len, true);
  free(bytes);
  return outcome;
}

static size_t put_varint(uint8_t *out, size_t v) {
  if (v < 64) return out[0] = (uint8_t)v, 1;
  out[0] = (uint8_t)(0x40 | v >> 8), out[1] = (uint8_t)v;
  return 2;
}

/* A CRYPTO frame, of type 6 or gQUIC's 8, with bytes [from, to) of a message; its length. */
static size_t crypto_frame(uint8_t *out, uint8_t type, const uint8_t *message, size_t from,
                           size_t to) {
  size_t n = 0;
  out[n++] = type;
  n += put_varint(out + n, from);
  n += put_varint(out + n, to - from);
  memcpy(out + n, message + from, to - from);
  return n + to - from;
}

static size_t seal(uint8_t *out, uint32_t version, const quic_profile *profile, reader key_dcid,
                   reader dcid, const uint8_t *frames, size_t len) {
  seal_packet p = {version, profile, key_dcid, dcid, 2, reader_of(frames, len), 1162, 0};
  return seal_initial(out, &crypto, &p);
}

/* A datagram whose one Initial holds bytes [from, to) of the hello. */
static size_t part(uint8_t *out, uint32_t version, reader key_dcid, reader dcid, size_t from,
                   size_t to) {
  uint8_t frames[1200];
  size_t len = crypto_frame(frames, 6, hello_bytes, from, to);
  return seal(out, version, quic_profile_of(version), key_dcid, dcid, frames, len);
}

static bool is_example(const quic_observation *seen) {
  return seen->is_quic && seen->hello.host.len == 11 &&
         !memcmp(seen->hello.host.text, "example.com", 11);
}

/* ---- vectors -------------------------------------------------------------- */

static void check_keys(uint32_t version, const char *key, const char *iv, const char *hp) {
  size_t n;
  quic_keys keys;
  unsigned char *k = test_hex(key, &n), *i = test_hex(iv, &n), *h = test_hex(hp, &n);
  quic_client_keys(&keys, &crypto, quic_profile_of(version), A);
  CHECK(!memcmp(keys.key, k, 16));
  CHECK(!memcmp(keys.iv, i, 12));
  CHECK(!memcmp(keys.hp, h, 16));
  free(k), free(i), free(h);
}

/* The tag covers all of the packet, so that its head and its tag stand for the published whole. */
static void check_packet(uint32_t version, const char *head, const char *tag) {
  uint8_t packet[1500];
  quic_observation seen;
  size_t n, len = part(packet, version, A, A, 0, hello_len);
  unsigned char *h = test_hex(head, &n), *t = test_hex(tag, &n);
  CHECK_EQ(len, 1200);
  CHECK(!memcmp(packet, h, 32));
  CHECK(!memcmp(packet + len - 16, t, 16));
  CHECK(quic_may_be(reader_of(packet, len)));
  CHECK_EQ(feed_once(packet, len, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
  CHECK_EQ(seen.version, version);
  CHECK_TEXT(seen.hello.alpn, seen.hello.alpn_len, "alpn");
  free(h), free(t);
}

static void test_vectors(void) {
  check_keys(V1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", /* RFC 9001 A.1 */
             "9f50449e04a0e810283a1e9933adedd2");
  check_keys(V2, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", /* RFC 9369 A.1 */
             "45b95e15235d6f45a6b19cbcb0294ba9");
  check_packet(V1, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
               "e221af44860018ab0856972e194cd934");
  check_packet(V2, "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
               "a18b2faa745b6fe189cf772a9f84cbfc");
}

static void test_prefixes(void) {
  uint8_t packet[1500];
  quic_observation seen;
  size_t len = part(packet, V1, A, A, 0, hello_len);
  for (size_t n = 0; n < len; n++) CHECK_EQ(feed_once(packet, n, &seen), PARSE_NEED_MORE);
}

/* RFC 9287 3: a client may clear the fixed bit from its first packet on. */
static void test_greased(void) {
  uint8_t packet[1500], frames[300];
  quic_observation seen;
  size_t n = crypto_frame(frames, 6, hello_bytes, 0, hello_len);
  seal_packet p = {V1, quic_profile_of(V1), A, A, 2, reader_of(frames, n), 1162, 0x40};
  n = seal_initial(packet, &crypto, &p);
  CHECK(quic_may_be(reader_of(packet, n)));
  CHECK_EQ(feed_once(packet, n, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
  CHECK_EQ(feed_once(packet, n - 1, &seen), PARSE_NEED_MORE);
  CHECK(!seen.is_quic);
}

/* ---- versions ------------------------------------------------------------- */

static void check_version(uint32_t version, const quic_profile *profile) {
  uint8_t packet[1500], frames[1200];
  quic_observation seen;
  size_t n = crypto_frame(frames, profile->gquic_frames ? 8 : 6, hello_bytes, 0, hello_len);
  size_t len = seal(packet, version, profile, A, A, frames, n);
  CHECK(quic_may_be(reader_of(packet, len)));
  CHECK_EQ(feed_once(packet, len, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
  CHECK_EQ(seen.version, version);
}

static void test_versions(void) {
  static const uint32_t known[] = {V1,         V2,         0x709a50c4, 0xff000016, 0xff00001b,
                                   0xff00001c, 0xff00001d, 0xff000020, 0xff000021, 0xff000022,
                                   0xfaceb001, 0xfaceb002, 0xfaceb00e, 0x54303530, 0x54303531};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    check_version(known[i], quic_profile_of(known[i]));
  /* Unknown and reserved ones, made like those that are guessed at. */
  for (unsigned i = 0; quic_profile_guess(i); i++) {
    CHECK(!quic_profile_of(0x12345678));
    check_version(0x12345678, quic_profile_guess(i));
    check_version(0x1a2a3a4a, quic_profile_guess(i));
  }
  CHECK(!quic_profile_of(0xff000015));
  CHECK(!quic_profile_of(0));
  CHECK(!quic_version_is_known(0x12345678));
  CHECK_EQ(quic_gquic_number(0x51303433), 43);
  CHECK_EQ(quic_gquic_number(0x51303530), 0);
  CHECK_EQ(quic_gquic_number(0x5130343a), 0);
}

/* ---- one hello, several packets -------------------------------------------- */

static void test_datagrams(void) {
  uint8_t one[1500], two[1500];
  size_t one_len = part(one, V1, A, A, 0, 100);
  size_t two_len = part(two, V1, A, B, 90, hello_len); /* overlaps, to the server's connection ID */
  flow f = flow_new();
  CHECK_EQ(feed(&f, one, one_len, true), PARSE_NEED_MORE);
  CHECK(f.seen.is_quic);
  CHECK_EQ(feed(&f, one, one_len, true), PARSE_NEED_MORE);
  CHECK_EQ(feed(&f, two, two_len, true), PARSE_PARSED);
  CHECK(is_example(&f.seen));
  flow_free(&f);

  two_len = part(two, V1, A, A, 100, hello_len); /* the other way round */
  f = flow_new();
  CHECK_EQ(feed(&f, two, two_len, true), PARSE_NEED_MORE);
  CHECK_EQ(feed(&f, one, one_len, true), PARSE_PARSED);
  CHECK(is_example(&f.seen));
  flow_free(&f);
}

/* The second flight is under other keys; what the first one told may stay or must go. */
static void test_new_keys(void) {
  static const struct {
    uint32_t version;
    size_t from;
    bool keys_of_first; /* connection ID */
    parse_outcome outcome;
  } cases[] = {
      {V1, 0, false, PARSE_PARSED},   /* after a Retry, all of it again */
      {V1, 100, false, PARSE_PARSED}, /* or what was lost of it */
      {V2, 100, true, PARSE_PARSED},  /* compatible version negotiation, RFC 9368 2.3 */
      {V2, 0, false, PARSE_PARSED},   /* after Version Negotiation, a new hello */
      {V2, 100, false,
       PARSE_NEED_MORE} /* whose start is missing: not to be mixed with the old one */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint8_t one[1500], two[1500];
    size_t one_len = part(one, V1, A, A, 0, 100);
    size_t two_len =
        part(two, cases[i].version, cases[i].keys_of_first ? A : B, B, cases[i].from, hello_len);
    flow f = flow_new();
    CHECK_EQ(feed(&f, one, one_len, true), PARSE_NEED_MORE);
    CHECK_EQ(feed_hex(&f, "80 00000000 00 00 00000001 6b3343cf"),
             PARSE_NEED_MORE); /* Version Negotiation */
    CHECK_EQ(feed(&f, two, two_len, true), cases[i].outcome);
    flow_free(&f);
  }
}

static void test_coalesced(void) {
  uint8_t datagram[4000] = {0xd0, 0, 0, 0, 1, 8}; /* 0-RTT, 30 bytes */
  quic_observation seen;
  memcpy(datagram + 6, dcid_a, 8);
  datagram[15] = 30;
  size_t n = 46;
  n += part(datagram + n, V1, A, A, 100, hello_len);
  size_t second = n;
  n += part(datagram + n, V1, A, A, 0, 100);
  memset(datagram + n, 0, 50); /* padding behind the packets, as some stacks send it */
  CHECK_EQ(feed_once(datagram, n + 50, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
  /* RFC 9000 12.2: packets for another connection are passed over. */
  n = second + part(datagram + second, V1, B, B, 0, 100);
  CHECK_EQ(feed_once(datagram, n, &seen), PARSE_NEED_MORE);
}

/* Offload (UDP GSO) joins datagrams, one of which may have padding behind its packet: Firefox's have. */
static void test_joined(void) {
  uint8_t datagrams[4000];
  quic_observation seen;
  size_t n = part(datagrams, V1, A, A, 100, hello_len);
  memset(datagrams + n, 0, 250);
  n += 250;
  n += part(datagrams + n, V1, A, A, 0, 100);
  CHECK_EQ(feed_once(datagrams, n, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
}

/* ---- frames --------------------------------------------------------------- */

static parse_outcome feed_frames(const uint8_t *frames, size_t len, quic_observation *seen) {
  uint8_t packet[2000];
  return feed_once(packet, seal(packet, V1, quic_profile_of(V1), A, A, frames, len), seen);
}

static void test_frames(void) {
  uint8_t frames[1200];
  quic_observation seen;
  size_t n, ack_len, close_len;
  unsigned char *ack = test_hex("01 02 05 40ff 01 02 00 03 | 03 05 00 00 01 07 07 07", &ack_len);
  unsigned char *end = test_hex("1c 0a 00 02 6f6b", &close_len);
  memcpy(frames, ack, n = ack_len);
  n += crypto_frame(frames + n, 6, hello_bytes, 100, hello_len);
  memcpy(frames + n, end, close_len), n += close_len;
  frames[n++] = 0;
  size_t without = n;
  n += crypto_frame(frames + n, 6, hello_bytes, 0, 100);
  CHECK_EQ(feed_frames(frames, n, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
  /* STREAM in an Initial is a violation (RFC 9000 12.4), but not if the hello is whole already. */
  frames[n++] = 0x08;
  CHECK_EQ(feed_frames(frames, n, &seen), PARSE_PARSED);
  frames[without] = 0x08;
  CHECK_EQ(feed_frames(frames, without + 1, &seen), PARSE_MALFORMED);
  CHECK(seen.is_quic);
  free(ack), free(end);
}

/* Every second byte first: more runs than are remembered, until the gaps close. */
static void test_wild_order(void) {
  uint8_t frames[2000];
  quic_observation seen;
  size_t n = 0, step = 5;
  for (size_t odd = 0; odd < 2; odd++) {
    for (size_t at = odd * step; at < hello_len; at += 2 * step)
      n += crypto_frame(frames + n, 6, hello_bytes, at,
                        at + step < hello_len ? at + step : hello_len);
  }
  CHECK(n < 1162);
  CHECK_EQ(feed_frames(frames, n, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
}

static void test_bad_messages(void) {
  uint8_t frames[300];
  quic_observation seen;
  size_t n = crypto_frame(frames, 6, (const uint8_t *)"\x02\0\0\x04....", 0, 8); /* a ServerHello */
  CHECK_EQ(feed_frames(frames, n, &seen), PARSE_MALFORMED);
  n = crypto_frame(frames, 6, (const uint8_t *)"\x01\0\x30\0", 0, 4); /* longer than the block */
  CHECK_EQ(feed_frames(frames, n, &seen), PARSE_MALFORMED);
  n = crypto_frame(frames, 6, (const uint8_t *)"\x01\0\0\x04\3\3..", 0,
                   8); /* ends within its random */
  CHECK_EQ(feed_frames(frames, n, &seen), PARSE_MALFORMED);
  n = crypto_frame(frames, 6, hello_bytes, 0, 100);
  CHECK_EQ(feed_frames(frames, n, &seen), PARSE_NEED_MORE);
}

/* ---- bounds and direction --------------------------------------------------- */

static void test_patience(void) {
  uint8_t packet[1500], ping = 1;
  size_t len = part(packet, V1, B, A, 0, hello_len); /* keys that nobody can know */
  unsigned n;
  flow f = flow_new();
  for (n = 1; feed(&f, packet, len, true) == PARSE_NEED_MORE && n < 100; n++) CHECK(f.seen.is_quic);
  CHECK_EQ(n, 32);
  CHECK_EQ(feed(&f, packet, len, true), PARSE_MALFORMED);
  flow_free(&f);

  len = seal(packet, V1, quic_profile_of(V1), A, A, &ping, 1); /* opened, and tells nothing */
  f = flow_new();
  for (n = 1; feed(&f, packet, len, true) == PARSE_NEED_MORE && n < 100; n++) CHECK(f.seen.is_quic);
  CHECK_EQ(n, 64);
  flow_free(&f);

  len = part(packet, V1, B, A, 0, hello_len); /* no version that anyone knows */
  memset(packet + 1, 0x77, 4);
  f = flow_new();
  for (n = 1; feed(&f, packet, len, true) == PARSE_NEED_MORE && n < 100; n++)
    CHECK(!f.seen.is_quic);
  CHECK_EQ(n, 4);
  CHECK_EQ(feed(&f, packet, len, true), PARSE_NOT_MINE);
  flow_free(&f);
}

/* The first packet seen may be the server's; once the client is known, its are not tried. */
static void test_direction(void) {
  uint8_t server[1500], one[1500], two[1500];
  size_t server_len =
      part(server, V1, B, A, 0, 50); /* as good as a server's: not the client's keys */
  size_t one_len = part(one, V1, A, A, 0, 100), two_len = part(two, V1, A, A, 100, hello_len);
  flow f = flow_new();
  CHECK_EQ(feed(&f, server, server_len, true), PARSE_NEED_MORE);
  CHECK_EQ(feed(&f, one, one_len, false), PARSE_NEED_MORE);
  for (unsigned i = 0; i < 50; i++) CHECK_EQ(feed(&f, server, server_len, true), PARSE_NEED_MORE);
  CHECK_EQ(feed(&f, two, two_len, false), PARSE_PARSED);
  CHECK(is_example(&f.seen));
  flow_free(&f);
}

static void test_opaque(void) {
  _Alignas(8) uint8_t state[STATE_LEN] = {0};
  uint8_t packet[1500], scratch[SCRATCH_LEN];
  quic_observation seen;
  size_t len = part(packet, V1, A, A, 0, hello_len);
  CHECK_EQ(quic_datagram(state, STATE_LEN, reader_of(packet, len), true, NULL, NULL, scratch,
                         SCRATCH_LEN, &seen),
           PARSE_NEED_MORE);
  CHECK(seen.is_quic);
  CHECK_EQ(seen.version, V1);
}

static void test_not_mine(void) {
  static const char *const datagrams[] = {
      "1234 0100 0001 0000 0000 0000 03777777 07 6578616d706c65 03636f6d 00 0001 0001", /* DNS */
      "80 60 0001 00000a00 12345678 0000000000000000000000000000000000000000",          /* RTP */
      "000100002112a442 000102030405060708090a0b",                                      /* STUN */
      "16 feff 0000 000000000000 0000",                                                 /* DTLS */
      "80 00000000 00 00 12345678 23456789", /* Version Negotiation of versions nobody knows */
      "c0 00000001 15 000000000000000000000000000000000000000000 00", /* an ID of 21 bytes */
      "c0 00000001 00 00 80010000 00",               /* a token longer than any datagram */
      "40 0102030405060708 0900",                    /* a short header */
      "09 0102030405060708 51313030 01",             /* public flags, but Q100 */
      "c0 12345678 08 0102030405060708 00 00 4000"}; /* unknown version, too short */
  for (size_t i = 0; i < sizeof datagrams / sizeof *datagrams; i++) {
    flow f = flow_new();
    CHECK_EQ(feed_hex(&f, datagrams[i]), PARSE_NOT_MINE);
    flow_free(&f);
  }
}

/* ---- gQUIC ---------------------------------------------------------------- */

#define CHLO                                                                             \
  "43484c4f 0300 0000 50414400 02000000 534e4900 0d000000 56455200 11000000 # entries\n" \
  "2d2d 6578616d706c652e636f6d 51303433 # PAD, SNI, VER\n"
#define HASH "000102030405060708090a0b"

static void test_gquic_clear(void) {
  static const char *const whole[] = {
      "09 0102030405060708 51303433 01" HASH "a0 01 0031" CHLO "00000000",
      "19 0102030405060708 51303339 0001" HASH "07 a0 01 0031" CHLO "00",
      "0d 0102030405060708 51303333 01" HASH "01 a0 01 3100" CHLO,
      "0d 0102030405060708 51303234 01" HASH "01 80 01" CHLO,
      "ff 51303434 50 0102030405060708 00000001" HASH "a0 01 0031" CHLO,
      "c3 51303436 50 0102030405060708 00000001" HASH "a0 01 0031" CHLO,
      "c0 51303436 50 0102030405060708 01" HASH "a4 01 0400 0031" CHLO "00"}; /* the second one */
  static const uint32_t versions[] = {0x51303433, 0x51303339, 0x51303333, 0x51303234,
                                      0x51303434, 0x51303436, 0x51303436};
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
    flow f = flow_new();
    CHECK_EQ(feed_hex(&f, whole[i]), PARSE_PARSED);
    CHECK(is_example(&f.seen));
    CHECK_EQ(f.seen.version, versions[i]);
    flow_free(&f);
    size_t len;
    quic_observation seen;
    unsigned char *bytes = test_hex(whole[i], &len);
    CHECK(quic_may_be(reader_of(bytes, len)));
    while (len && !bytes[len - 1]) len--; /* padding can be cut off without a loss */
    for (size_t n = 0; n < len; n++) CHECK_EQ(feed_once(bytes, n, &seen), PARSE_NEED_MORE);
    free(bytes);
  }
}

static void test_gquic_messages(void) {
  flow f = flow_new();
  /* The server's REJ, in the clear too, is passed over; then a CHLO in two packets, then what is
   * left of it. */
  CHECK_EQ(
      feed_hex(&f, "c3 51303436 05 0102030405060708 00000001" HASH "a0 01 0008 52454a00 00000000"),
      PARSE_NEED_MORE);
  CHECK(f.seen.is_quic);
  CHECK_EQ(feed_hex(&f, "c3 51303436 50 0102030405060708 00000001" HASH "a0 01 0020"
                        "43484c4f 0300 0000 50414400 02000000 534e4900 0d000000 56455200 11000000"),
           PARSE_NEED_MORE);
  CHECK_EQ(feed_hex(&f, "c3 51303436 50 0102030405060708 00000002" HASH "a4 01 0020 0011"
                        "2d2d 6578616d706c652e636f6d 51303433"),
           PARSE_PARSED);
  CHECK(is_example(&f.seen));
  flow_free(&f);

  f = flow_new(); /* ends that go backwards */
  CHECK_EQ(feed_hex(&f, "09 0102030405060708 51303433 01" HASH "80 01"
                        "43484c4f 0200 0000 50414400 02000000 534e4900 01000000 2d2d"),
           PARSE_MALFORMED);
  flow_free(&f);
  f = flow_new(); /* a CHLO without a name */
  CHECK_EQ(feed_hex(&f, "09 0102030405060708 51303433 01" HASH "80 01 43484c4f 0000 0000"),
           PARSE_PARSED);
  CHECK_EQ(f.seen.hello.host.len, 0);
  flow_free(&f);
}

static void test_gquic_sealed(void) {
  uint8_t packet[1500], frames[200] = {0};
  quic_observation seen;
  size_t len;
  unsigned char *chlo = test_hex(CHLO, &len);
  size_t n = 3 + crypto_frame(frames + 3, 8, chlo, 0, len);
  n = seal(packet, 0x51303530, quic_profile_of(0x51303530), A, A, frames, n);
  CHECK_EQ(feed_once(packet, n, &seen), PARSE_PARSED);
  CHECK(is_example(&seen));
  free(chlo);
}

int main(void) {
  weir_crypto_portable(&crypto);
  hello_bytes = test_hex(hello_hex, &hello_len);
  CHECK_EQ(hello_len, 241);
  test_vectors();
  test_prefixes();
  test_greased();
  test_versions();
  test_datagrams();
  test_new_keys();
  test_coalesced();
  test_joined();
  test_frames();
  test_wild_order();
  test_bad_messages();
  test_patience();
  test_direction();
  test_opaque();
  test_not_mine();
  test_gquic_clear();
  test_gquic_messages();
  test_gquic_sealed();
  free(hello_bytes);
  return test_end("quic");
}
