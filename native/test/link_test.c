#include "link.h"
#include "test.h"

#define MACS "020000000001 020000000002 "
#define V4   "4500 0014"
#define V6   "6000 0000"

/* The frame, how it ends and, for LINK_IP, how many bytes of header were taken off. */
typedef struct link_case {
  unsigned link_type;
  link_outcome outcome;
  unsigned header;
  const char *hex;
} link_case;

static const link_case cases[] = {
    {1, LINK_IP, 14, MACS "0800" V4},
    {1, LINK_IP, 14, MACS "86dd" V6},
    {1, LINK_NOT_IP, 0, MACS "0806 0001 0800"},
    {1, LINK_IP, 18, MACS "8100 0064 0800" V4},
    {1, LINK_IP, 22, MACS "88a8 0064 8100 0065 86dd" V6},
    {1, LINK_IP, 22, MACS "9100 0064 8100 0065 0800" V4},
    {1, LINK_IP, 26, MACS "8100 0001 8100 0002 8100 0003 0800" V4},
    {1, LINK_IP, 20, MACS "8926 00000000 0800" V4},              /* VN-Tag */
    {1, LINK_IP, 32, MACS "88e7 00000001" MACS "0800" V4},       /* 802.1ah */
    {1, LINK_IP, 34, MACS "8903 0040" MACS "8100 0064 0800" V4}, /* FabricPath */
    {1, LINK_IP, 22, MACS "0020 aaaa03 000000 0800" V4},         /* LLC and SNAP */
    {1, LINK_IP, 22, MACS "0020 aaaa03 0000f8 86dd" V6},
    {1, LINK_NOT_IP, 0, MACS "0020 aaaa03 00000c 0800" V4}, /* Cisco's own numbers */
    {1, LINK_IP, 17, MACS "0020 060603" V4},
    {1, LINK_NOT_IP, 0, MACS "0026 424203 0000 00"},      /* spanning tree */
    {1, LINK_NOT_IP, 0, MACS "0020 ffff 0020"},           /* IPX without LLC */
    {1, LINK_IP, 22, MACS "8864 1100 0001 0016 0021" V4}, /* PPPoE */
    {1, LINK_IP, 22, MACS "8864 1100 0001 0016 0057" V6},
    {1, LINK_IP, 21, MACS "8864 1100 0001 0015 21" V4},        /* one byte of protocol */
    {1, LINK_NOT_IP, 0, MACS "8864 1100 0001 0016 c021 0101"}, /* LCP */
    {1, LINK_NOT_IP, 0, MACS "8864 11a7 0001 0000"},
    {1, LINK_NOT_IP, 0, MACS "8863 1109 0000 0000"}, /* discovery */
    {1, LINK_IP, 18, MACS "8847 00010140" V4},       /* MPLS */
    {1, LINK_IP, 26, MACS "8847 00010040 00011040 00012140" V6},
    {1, LINK_IP, 18, MACS "8848 00010140" V4},
    {1, LINK_IP, 36, MACS "8847 00010140 00000000" MACS "0800" V4},       /* with a control word */
    {1, LINK_IP, 32, MACS "8847 00010140" MACS "0800" V4 "000000000000"}, /* without */
    {1, LINK_IP, 36, MACS "8847 00010140 a20000000001 020000000002 8100 0001 0800" V4},
    {1, LINK_NOT_IP, 0, MACS "8847 00010140 a20000000001 020000000002 0806 0001"},
    {0, LINK_IP, 4, "02000000" V4},
    {0, LINK_IP, 4, "00000002" V4},
    {0, LINK_IP, 4, "0a000000" V6},
    {0, LINK_IP, 4, "18000000" V6},
    {0, LINK_IP, 4, "0000001c" V6},
    {0, LINK_IP, 4, "1e000000" V6},
    {0, LINK_NOT_IP, 0, "01000000" V4},
    {0, LINK_NOT_IP, 0, "01020304" V4},
    {108, LINK_IP, 4, "00000002" V4},
    {108, LINK_IP, 4, "0000001e" V6},
    {9, LINK_IP, 2, "0021" V4},
    {9, LINK_IP, 1, "21" V4},
    {9, LINK_IP, 4, "ff03 0021" V4},
    {9, LINK_IP, 3, "ff03 57" V6},
    {9, LINK_IP, 8, "ff03 0281 00010140" V4},
    {9, LINK_NOT_IP, 0, "ff03 c021 01"},
    {9, LINK_IP, 4, "0f00 0800" V4}, /* Cisco's framing */
    {50, LINK_IP, 4, "ff03 0057" V6},
    {50, LINK_IP, 4, "8f00 86dd" V6},
    {51, LINK_IP, 8, "1100 0001 0016 0021" V4},
    {104, LINK_IP, 4, "0f00 0800" V4},
    {104, LINK_NOT_IP, 0, "8f00 8035 00000000"},
    {12, LINK_IP, 0, V4},
    {14, LINK_IP, 0, V6},
    {101, LINK_IP, 0, V4},
    {228, LINK_IP, 0, V4},
    {229, LINK_IP, 0, V6},
    {113, LINK_IP, 16, "0004 0001 0006 0200000000010000 0800" V4},
    {113, LINK_IP, 20, "0004 0001 0006 0200000000010000 8100 0064 86dd" V6},
    {113, LINK_IP, 24, "0004 0001 0006 0200000000010000 0004 aaaa03 000000 0800" V4},
    {113, LINK_NOT_IP, 0, "0004 0338 0000 0000000000000000 0010" V4}, /* netlink */
    {276, LINK_IP, 20, "0800 0000 00000002 0001 00 06 0200000000010000" V4},
    {276, LINK_IP, 24, "8100 0000 00000002 0001 00 06 0200000000010000 0064 86dd" V6},
    {276, LINK_NOT_IP, 0, "0001 0000 00000002 0001 00 06 0200000000010000" V4},
    {192, LINK_IP, 22, "00 00 0800 01000000" MACS "0800" V4},
    {192, LINK_IP, 12, "00 00 0c00 65000000 ffffffff" V4}, /* a field before the packet */
    {192, LINK_UNSUPPORTED, 0, "00 00 0800 69000000" V4},
    {192, LINK_UNSUPPORTED, 0, "00 00 0800 c0000000 00 00 0800 65000000" V4}, /* no PPI in PPI */
    {192, LINK_TRUNCATED, 0, "00 00 0700 65000000" V4}, /* shorter than itself */
    {105, LINK_UNSUPPORTED, 0, "0800 0000"},
    {4242, LINK_UNSUPPORTED, 0, ""},
};

static link_outcome open_frame(unsigned link_type, const unsigned char *bytes, size_t len,
                               size_t *header) {
  unsigned char *copy = malloc(len ? len : 1);
  memcpy(copy, bytes, len);
  reader ip = {0};
  link_outcome outcome = link_to_ip(link_type, reader_of(copy, len), &ip);
  *header = outcome == LINK_IP ? (size_t)(ip.at - copy) : 0;
  if (outcome == LINK_IP) CHECK_EQ(*header + ip.left, len); /* to the end of the frame */
  free(copy);
  return outcome;
}

static void opens_what_it_says(const link_case *t) {
  size_t len, header;
  unsigned char *bytes = test_hex(t->hex, &len);
  link_outcome outcome = open_frame(t->link_type, bytes, len, &header);
  if (outcome != t->outcome) fprintf(stderr, "link type %u: %s\n", t->link_type, t->hex);
  CHECK_EQ(outcome, t->outcome);
  CHECK_EQ(header, t->header);
  for (size_t n = 0; n < len && outcome == LINK_IP; n++) {
    link_outcome prefix = open_frame(t->link_type, bytes, n, &header);
    CHECK(prefix == LINK_TRUNCATED || (prefix == LINK_IP && n > t->header));
    CHECK_EQ(header, prefix == LINK_IP ? t->header : 0);
  }
  free(bytes);
}

/* What is not unwrapped in LINK_LAYERS_MAX steps is no IP. */
static void bounds_the_layers(void) {
  unsigned char frame[14 + 4 * 2 * LINK_LAYERS_MAX + 20] = {0};
  size_t header;
  for (unsigned tags = 0; tags < 2 * LINK_LAYERS_MAX; tags++) {
    for (unsigned i = 0; i <= tags; i++)
      memcpy(frame + 12 + 4 * i, i < tags ? "\x81" : "\x08\0", 2);
    link_outcome outcome = open_frame(1, frame, sizeof frame, &header);
    CHECK_EQ(outcome, tags < LINK_LAYERS_MAX ? LINK_IP : LINK_NOT_IP);
    if (outcome == LINK_IP) CHECK_EQ(header, 14 + 4 * tags);
  }
  memset(frame, 0, sizeof frame); /* a label stack without a bottom */
  memcpy(frame + 12, "\x88\x47", 2);
  CHECK_EQ(open_frame(1, frame, sizeof frame, &header), LINK_NOT_IP);
}

int main(void) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) opens_what_it_says(&cases[i]);
  bounds_the_layers();
  return test_end("link");
}
