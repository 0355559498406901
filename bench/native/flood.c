/* flood.c -- packets into a TUN device, as fast as it takes them.  Arguments: the device, the kind, of how many
 * flows (0: each packet begins one), how many packets (0: until a signal ends it), the CPU to stay
 * on (-1: any), microseconds of rest behind each 64.
 * Prints how many the device took, and how often it had no room: what it had none for is offered again. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { BATCH = 64, PACKET_MAX = 128, TCP = 6, UDP = 17 };

typedef struct packet {
  uint8_t bytes[PACKET_MAX];
  size_t len;
} packet;

typedef void (*writer)(packet *p, uint32_t flow);

static volatile sig_atomic_t is_over;
static void end(int signal) { is_over = signal; }

static void put16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value);
}

static uint32_t sum(const uint8_t *bytes, size_t len) {
  uint32_t total = 0;
  for (size_t i = 0; i < len; i += 2) total += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
  return total;
}

static uint32_t folded(uint32_t total) {
  total = (total & 0xffff) + (total >> 16);
  return ~(total + (total >> 16)) & 0xffff;
}

static void ip(packet *p, uint8_t protocol, uint32_t from, uint32_t to, size_t body) {
  memset(p->bytes, 0, 20);
  p->len = 20 + body;
  p->bytes[0] = 0x45;
  put16(p->bytes + 2, (uint32_t)p->len);
  p->bytes[8] = 64;
  p->bytes[9] = protocol;
  put32(p->bytes + 12, from);
  put32(p->bytes + 16, to);
  put16(p->bytes + 10, folded(sum(p->bytes, 20)));
}

/* Without a checksum, RFC 768. */
static void udp(packet *p, uint32_t from, uint32_t from_port, uint32_t to, uint32_t port, size_t body) {
  ip(p, UDP, from, to, 8 + body);
  put16(p->bytes + 20, from_port);
  put16(p->bytes + 22, port);
  put16(p->bytes + 24, (uint32_t)(8 + body));
  put16(p->bytes + 26, 0);
}

/* 256 flows of each client. */
static uint32_t client(uint32_t flow) { return 0x0a000000u + (flow >> 8); }
static uint32_t client_port(uint32_t flow) { return 0x8000u + (flow & 0xff); }

/* A STUN request (RFC 8489 5): what the flow is, is clear from its first. */
static void data(packet *p, uint32_t flow) {
  static const uint8_t request[36] = {0, 1, 0, 16, 0x21, 0x12, 0xa4, 0x42, [20] = 0x80, 0x22, 0, 12};
  udp(p, client(flow), client_port(flow), 0xc6336450, 3478, sizeof request);
  memcpy(p->bytes + 28, request, sizeof request);
}

/* A query for a name that the benchmark's and the tests' rules block, from one client of this host to many servers, so that
 * the answers all come to one socket. */
static void query(packet *p, uint32_t flow) {
  static const uint8_t question[] = "\x01x\x03" "ads\x04test\0\0\x01\0\x01";
  udp(p, 0xc6120001, 40053, 0x0b000000u + flow, 53, 12 + sizeof question - 1);
  memset(p->bytes + 28, 0, 12);
  put16(p->bytes + 28, flow);
  p->bytes[30] = 1; /* recursion desired */
  p->bytes[33] = 1;
  memcpy(p->bytes + 40, question, sizeof question - 1);
}

static void syn(packet *p, uint32_t flow) {
  ip(p, TCP, client(flow), 0xc6336450, 20);
  uint8_t *tcp = p->bytes + 20;
  memset(tcp, 0, 20);
  put16(tcp, client_port(flow));
  put16(tcp + 2, 443);
  put32(tcp + 4, flow * 2654435761u);
  tcp[12] = 5 << 4;
  tcp[13] = 0x02;
  put16(tcp + 14, 64240);
  put16(tcp + 16, folded(sum(p->bytes + 12, 28) + TCP + 20));
}

/* The first of a datagram whose others never come. */
static void fragment(packet *p, uint32_t flow) {
  udp(p, client(flow), client_port(flow), 0xc6336450, 9999, 32);
  put16(p->bytes + 4, flow);
  p->bytes[6] = 0x20;
  put16(p->bytes + 10, 0);
  put16(p->bytes + 10, folded(sum(p->bytes, 20)));
}

static writer find(const char *kind) {
  static const struct {
    const char *name;
    writer write;
  } all[] = {{"data", data}, {"dns", query}, {"syn", syn}, {"fragment", fragment}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!strcmp(kind, all[i].name)) return all[i].write;
  exit(2);
}

static int open_device(const char *name) {
  struct sockaddr_ll to = {.sll_family = AF_PACKET,
                           .sll_protocol = htons(ETH_P_IP),
                           .sll_ifindex = (int)if_nametoindex(name)};
  int s = socket(AF_PACKET, SOCK_DGRAM, 0), yes = 1; /* protocol 0: it receives nothing */
  if (s < 0 || setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes) ||
      bind(s, (struct sockaddr *)&to, sizeof to)) {
    perror("flood");
    exit(1);
  }
  return s;
}

static void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (cpu >= 0) sched_setaffinity(0, sizeof set, &set);
}

int main(int argc, char **argv) {
  static packet packets[BATCH];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  if (argc != 7) return 2;
  writer write = find(argv[2]);
  uint32_t flows = (uint32_t)strtoul(argv[3], NULL, 0), next = 0;
  uint64_t wanted = strtoull(argv[4], NULL, 0), state = 88172645463325252u, taken = 0, refused = 0;
  unsigned rest_us = (unsigned)strtoul(argv[6], NULL, 0);
  stay_on(atoi(argv[5]));
  signal(SIGTERM, end);
  signal(SIGINT, end);
  int s = open_device(argv[1]);
  while (!is_over && (!wanted || taken < wanted)) {
    unsigned count = wanted && wanted - taken < BATCH ? (unsigned)(wanted - taken) : BATCH, done = 0;
    for (unsigned i = 0; i < count; i++) {
      write(&packets[i], flows ? (uint32_t)(bench_random(&state) % flows) : next++);
      parts[i] = (struct iovec){packets[i].bytes, packets[i].len};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    while (!is_over && done < count) {
      int n = sendmmsg(s, messages + done, count - done, 0);
      if (n > 0) done += (unsigned)n;
      if (n < 0 && errno != ENOBUFS && errno != EINTR) {
        perror("flood");
        return 1;
      }
      if (n < 0) refused++, sched_yield();
    }
    taken += done;
    if (rest_us) usleep(rest_us);
  }
  printf("%llu %llu\n", (unsigned long long)taken, (unsigned long long)refused);
  return 0;
}
