/* weir.h -- traffic inspection engine, public interface.
 *
 * The engine is a pure function with memory: packets, times and rules go in,
 * verdicts and records come out.  It opens no sockets, reads no clock, starts
 * no threads and allocates nothing; all memory is handed over at init.
 * One engine belongs to one thread.  Separate engines share nothing.
 */
#ifndef WEIR_H
#define WEIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_ABI            2u
#define WEIR_NAME_MAX       253 /* RFC 1035 2.3.4, without the trailing dot */
#define WEIR_JA4_MAX        36  /* "t13d1516h2_8daaf6152771_e5627efa2ab1" */
#define WEIR_ALPN_MAX       72  /* offered protocols kept, comma between them */
#define WEIR_HOME_MAX       16  /* home networks in a config */
#define WEIR_BYPASS_KEY_LEN 32
#define WEIR_NO_RULE        UINT32_MAX
#define WEIR_TRIM_SILENT_S  10 /* seconds; see weir_trim() */

/* ---- vocabulary: each list is written once, here ------------------------ */

/* What went wrong with a *call*.  A bad packet is never an error. */
#define WEIR_STATUS_MAP(X)                                                \
  X(OK, 0, "ok")                                                          \
  X(BAD_ARGUMENT, -1, "argument out of range")                            \
  X(NO_MEMORY, -2, "memory block smaller than weir_engine_size()")        \
  X(BAD_RULESET, -3, "ruleset is truncated, corrupt or unaligned")        \
  X(RULESET_VERSION, -4, "ruleset was written by another format version") \
  X(FULL, -5, "the table has no room for more")

/* Why a packet or flow got its verdict. */
#define WEIR_REASON_MAP(X)                                                      \
  X(NONE, 0, "none")                                                            \
  X(NO_RULE, 1, "no-rule")                                                      \
  X(RULE_BLOCK, 2, "rule-block")                                                \
  X(RULE_WARN, 3, "rule-warn")                                                  \
  X(RULE_ALLOW, 4, "rule-allow")                                                \
  X(RULE_AUDIT, 5, "rule-audit")                                                \
  X(FLOW_DECIDED, 6, "flow-decided")                                            \
  X(TRUNCATED, 7, "truncated")                                                  \
  X(MALFORMED, 8, "malformed")                                                  \
  X(FRAGMENT, 9, "fragment")                                                    \
  X(UNSUPPORTED, 10, "unsupported")                                             \
  X(DEFAULT_BLOCK, 11, "default-block")                                         \
  X(AUDIT_MODE, 12, "audit-mode") /* would have been blocked or warned about */ \
  X(BYPASS, 13, "bypass")         /* would have been, without a bypass: weir_bypass */

/* What a rule asks for. */
#define WEIR_ACTION_MAP(X) \
  X(NONE, 0, "none")       \
  X(ALLOW, 1, "allow")     \
  X(AUDIT, 2, "audit")     \
  X(WARN, 3, "warn")       \
  X(BLOCK, 4, "block")

/* What rules may do: see weir_engine_mode().  Zero is the safe one. */
#define WEIR_PROTECTION_MAP(X) \
  X(BLOCK, 0, "block")         \
  X(AUDIT, 1, "audit")         \
  X(OFF, 2, "off")

/* What a resolver's client is told of a blocked name. */
#define WEIR_DNS_MODE_MAP(X)                                              \
  X(NXDOMAIN, 0, "nxdomain") /* there is no such name */                  \
  X(NODATA, 1, "nodata")     /* there is, without this type */            \
  X(NULL, 2, "null")         /* 0.0.0.0 and ::, no data of other types */ \
  X(SINKHOLE, 3, "sinkhole") /* an address of one's own */                \
  X(REFUSED, 4, "refused")

/* What the host must do with this packet.  Zero is the safe one. */
#define WEIR_VERDICT_MAP(X) \
  X(DROP, 0, "drop")        \
  X(PASS, 1, "pass")

/* Which side a packet came from, when the embedder knows. */
#define WEIR_DIRECTION_MAP(X) \
  X(UNKNOWN, 0, "unknown")    \
  X(OUTBOUND, 1, "outbound")  \
  X(INBOUND, 2, "inbound")

/* Which field of the traffic gave the name, best evidence first. */
#define WEIR_HOST_SOURCE_MAP(X) \
  X(NONE, 0, "none")            \
  X(TLS_SNI, 1, "tls-sni")      \
  X(QUIC_SNI, 2, "quic-sni")    \
  X(HTTP_HOST, 3, "http-host")  \
  X(DNS_QNAME, 4, "dns-qname")  \
  X(DNS_HINT, 5, "dns-hint")

/* What a protocol label rests on. */
#define WEIR_EVIDENCE_MAP(X) \
  X(NONE, 0, "none")         \
  X(PORT, 1, "port")         \
  X(PAYLOAD, 2, "payload")   \
  X(NAME, 3, "name")

/* How a flow ended. */
#define WEIR_CLOSE_MAP(X)  \
  X(NONE, 0, "none")       \
  X(FIN, 1, "fin")         \
  X(RST, 2, "reset")       \
  X(IDLE, 3, "idle")       \
  X(REUSED, 4, "reused")   \
  X(EVICTED, 5, "evicted") \
  X(FINISH, 6, "finish")

#define WEIR_RECORD_KIND_MAP(X)                                                              \
  X(NAME, 1, "name") /* a further host of the FLOW record that follows */                    \
  X(FLOW, 2, "flow")                                                                         \
  X(ANSWER, 3, "answer") /* an answer of the DNS record that follows */                      \
  X(DNS, 4, "dns")                                                                           \
  X(BYPASS, 5, "bypass") /* somebody went on at a page: `name`, and `client` of the tuple */ \
  X(PAGE, 6, "page")     /* one was shown: `name` it is about, and `client`; once a flow */  \
  X(JUDGED, 7, "judged") /* a flow as it is so far, its record is to come: see tells_judged */

/* Whose memory a config is made for; the bounds are those of weir_engine_size(). */
#define WEIR_PRESET_MAP(X)                               \
  X(SERVER, 0, "server") /* 131,072 flows */             \
  X(PHONE, 1, "phone")   /* 16,384 flows, under 9 MiB */ \
  X(TINY, 2, "tiny")     /* 4,096 flows, under 3 MiB */

/* How much weir_trim() gives up; each level includes those before. */
#define WEIR_TRIM_MAP(X)                                                                   \
  X(UNUSED, 0, "unused")   /* nothing: only memory that holds nothing any more */          \
  X(BUFFERS, 1, "buffers") /* unfinished messages and datagrams, waiting queries, hints */ \
  X(SILENT, 2, "silent")   /* flows without a packet for WEIR_TRIM_SILENT_S */

/* Protocol labels.  `via` uses the same list for what carried the protocol. */
#define WEIR_PROTOCOL_MAP(X)      \
  X(UNKNOWN, 0, "unknown")        \
  X(HTTP, 1, "http")              \
  X(HTTP2, 2, "http2")            \
  X(WEBSOCKET, 3, "websocket")    \
  X(TLS, 4, "tls")                \
  X(HTTPS, 5, "https")            \
  X(STARTTLS, 6, "starttls")      \
  X(DTLS, 7, "dtls")              \
  X(QUIC, 8, "quic")              \
  X(HTTP3, 9, "http3")            \
  X(DNS, 10, "dns")               \
  X(DOT, 11, "dot")               \
  X(DOQ, 12, "doq")               \
  X(DOH, 13, "doh")               \
  X(MDNS, 14, "mdns")             \
  X(LLMNR, 15, "llmnr")           \
  X(NTP, 16, "ntp")               \
  X(DHCP, 17, "dhcp")             \
  X(SSDP, 18, "ssdp")             \
  X(STUN, 19, "stun")             \
  X(RTP, 20, "rtp")               \
  X(SSH, 21, "ssh")               \
  X(FTP, 22, "ftp")               \
  X(SMTP, 23, "smtp")             \
  X(IMAP, 24, "imap")             \
  X(POP3, 25, "pop3")             \
  X(MQTT, 26, "mqtt")             \
  X(XMPP, 27, "xmpp")             \
  X(SIP, 28, "sip")               \
  X(RDP, 29, "rdp")               \
  X(SMB, 30, "smb")               \
  X(TELNET, 31, "telnet")         \
  X(IRC, 32, "irc")               \
  X(SNMP, 33, "snmp")             \
  X(TFTP, 34, "tftp")             \
  X(BITTORRENT, 35, "bittorrent") \
  X(WIREGUARD, 36, "wireguard")   \
  X(OPENVPN, 37, "openvpn")       \
  X(IKE, 38, "ike")               \
  X(ESP, 39, "esp")               \
  X(SOCKS, 40, "socks")           \
  X(POSTGRESQL, 41, "postgresql") \
  X(MYSQL, 42, "mysql")           \
  X(RTSP, 43, "rtsp")             \
  X(LDAP, 44, "ldap")             \
  X(KERBEROS, 45, "kerberos")     \
  X(RADIUS, 46, "radius")         \
  X(SYSLOG, 47, "syslog")         \
  X(NETBIOS, 48, "netbios")       \
  X(COAP, 49, "coap")             \
  X(REDIS, 50, "redis")           \
  X(VNC, 51, "vnc")               \
  X(MEMCACHED, 52, "memcached")   \
  X(ICMP, 53, "icmp")             \
  X(IGMP, 54, "igmp")             \
  X(SCTP, 55, "sctp")             \
  X(GRE, 56, "gre")               \
  X(DCERPC, 57, "dcerpc")         \
  X(BGP, 58, "bgp")               \
  X(MODBUS, 59, "modbus")         \
  X(DNP3, 60, "dnp3")             \
  X(SRVLOC, 61, "srvloc")         \
  X(RTMP, 62, "rtmp")             \
  X(BITCOIN, 63, "bitcoin")       \
  X(MONGODB, 64, "mongodb")       \
  X(TDS, 65, "tds")               \
  X(AMQP, 66, "amqp")             \
  X(GIT, 67, "git")               \
  X(RPC, 68, "rpc")               \
  X(DIAMETER, 69, "diameter")     \
  X(PPTP, 70, "pptp")             \
  X(BACNET, 71, "bacnet")         \
  X(ZABBIX, 72, "zabbix")

/* One counter a cause; each only grows.  Order is the ABI: append only. */
#define WEIR_COUNTER_MAP(X)                                                  \
  X(packets) /* handed to inspect */                                         \
  X(bytes)   /* of IP, as their headers say */                               \
  X(passed)                                                                  \
  X(dropped)                                                                 \
  X(malformed)   /* no IP packet, or lengths that lie */                     \
  X(truncated)   /* cut by the capture's snap length */                      \
  X(unsupported) /* IP versions other than 4 and 6 */                        \
  X(fragments)                                                               \
  X(fragments_joined)  /* datagrams put together */                          \
  X(fragments_expired) /* datagrams given up: time */                        \
  X(fragments_evicted) /* datagrams given up: room */                        \
  X(fragments_overlap) /* pieces that overlapped; the first bytes stay */    \
  X(flows_opened)                                                            \
  X(flows_closed)                                                            \
  X(flows_evicted)                                                           \
  X(assemblers_evicted) /* undecided flows whose buffer another flow took */ \
  X(assemblers_full)    /* messages longer than the budget */                \
  X(observers_gave_up)  /* flows whose protocol stayed unknown */            \
  X(parse_malformed)    /* messages a protocol parser refused */             \
  X(names_refused)      /* host names with bytes no name may have */         \
  X(names_dropped)      /* further hosts of a flow beyond the bound */       \
  X(hints_stored)       /* DNS answers kept as address-to-name hints */      \
  X(hints_evicted)                                                           \
  X(dns_pending_evicted)                                                     \
  X(records_written)                                                         \
  X(records_lost)      /* the ring was full */                               \
  X(texts_full)        /* names and ALPN that found no room in max_names */  \
  X(ech_names_evicted) /* public names of ECH forgotten for newer ones */    \
  X(bypasses_granted)  /* by a page's link */                                \
  X(bypasses_refused)  /* links that were wrong, used or old; or no room */

#define WEIR_ENUM_STATUS(name, value, text) WEIR_##name = value,
typedef enum { WEIR_STATUS_MAP(WEIR_ENUM_STATUS) } weir_status;
#define WEIR_ENUM_REASON(name, value, text) WEIR_REASON_##name = value,
typedef enum { WEIR_REASON_MAP(WEIR_ENUM_REASON) } weir_reason;
#define WEIR_ENUM_ACTION(name, value, text) WEIR_ACTION_##name = value,
typedef enum { WEIR_ACTION_MAP(WEIR_ENUM_ACTION) } weir_action;
#define WEIR_ENUM_PROTECTION(name, value, text) WEIR_PROTECTION_##name = value,
typedef enum { WEIR_PROTECTION_MAP(WEIR_ENUM_PROTECTION) } weir_protection;
#define WEIR_ENUM_DNS_MODE(name, value, text) WEIR_DNS_##name = value,
typedef enum { WEIR_DNS_MODE_MAP(WEIR_ENUM_DNS_MODE) } weir_dns_mode;
#define WEIR_ENUM_VERDICT(name, value, text) WEIR_VERDICT_##name = value,
typedef enum { WEIR_VERDICT_MAP(WEIR_ENUM_VERDICT) } weir_verdict;
#define WEIR_ENUM_DIRECTION(name, value, text) WEIR_DIRECTION_##name = value,
typedef enum { WEIR_DIRECTION_MAP(WEIR_ENUM_DIRECTION) } weir_direction;
#define WEIR_ENUM_HOST_SOURCE(name, value, text) WEIR_HOST_##name = value,
typedef enum { WEIR_HOST_SOURCE_MAP(WEIR_ENUM_HOST_SOURCE) } weir_host_source;
#define WEIR_ENUM_EVIDENCE(name, value, text) WEIR_EVIDENCE_##name = value,
typedef enum { WEIR_EVIDENCE_MAP(WEIR_ENUM_EVIDENCE) } weir_evidence;
#define WEIR_ENUM_CLOSE(name, value, text) WEIR_CLOSE_##name = value,
typedef enum { WEIR_CLOSE_MAP(WEIR_ENUM_CLOSE) } weir_close;
#define WEIR_ENUM_RECORD_KIND(name, value, text) WEIR_RECORD_##name = value,
typedef enum { WEIR_RECORD_KIND_MAP(WEIR_ENUM_RECORD_KIND) } weir_record_kind;
#define WEIR_ENUM_PRESET(name, value, text) WEIR_PRESET_##name = value,
typedef enum { WEIR_PRESET_MAP(WEIR_ENUM_PRESET) } weir_preset;
#define WEIR_ENUM_TRIM(name, value, text) WEIR_TRIM_##name = value,
typedef enum { WEIR_TRIM_MAP(WEIR_ENUM_TRIM) } weir_trim_level;
#define WEIR_ENUM_PROTOCOL(name, value, text) WEIR_PROTOCOL_##name = value,
typedef enum { WEIR_PROTOCOL_MAP(WEIR_ENUM_PROTOCOL) WEIR_PROTOCOL_COUNT } weir_protocol;

/* ---- plain data ---------------------------------------------------------- */

typedef struct weir_bytes { /* borrowed, never owned */
  const uint8_t *base;
  size_t len;
} weir_bytes;

typedef struct weir_addr { /* IPv4 as ::ffff:a.b.c.d */
  uint8_t octets[16];
} weir_addr;

typedef struct weir_tuple { /* five-tuple, host byte order, client first */
  weir_addr client, server;
  uint16_t client_port, server_port;
  uint8_t transport; /* IP protocol number */
  uint8_t ip_version;
  uint8_t reserved[2];
} weir_tuple;

/* Bits of weir_record.flags. */
#define WEIR_FLAG_NAME_IS_OUTER   0x01u /* ECH: the name is its provider's public one */
#define WEIR_FLAG_HINT_AMBIGUOUS  0x02u /* the address served several names */
#define WEIR_FLAG_ESNI            0x04u /* an encrypted SNI of the ESNI drafts */
#define WEIR_FLAG_RESPONSE        0x08u /* DNS: a response was seen */
#define WEIR_FLAG_QUERY           0x10u /* DNS: the query was seen */
#define WEIR_FLAG_ADDRESS_IS_IPV4 0x20u /* ANSWER: address holds an IPv4 one */
#define WEIR_FLAG_ECH             0x40u /* ECH offered; GREASE looks the same on the wire */

/* No pointers: a record may be copied across any boundary with memcpy.
 * Every field is at a fixed offset; unused ones are zero. */
typedef struct weir_record {
  uint64_t flow_id;          /* counts from 1 in order of first packet */
  uint64_t start_us, end_us; /* as the packets said */
  weir_tuple tuple;          /* 40 bytes */
  uint8_t kind;              /* weir_record_kind */
  uint8_t protocol;          /* weir_protocol */
  uint8_t via;               /* weir_protocol that carried it, 0 none */
  uint8_t evidence;          /* weir_evidence */
  uint8_t host_source;       /* weir_host_source of `name` */
  uint8_t verdict;           /* weir_verdict */
  uint8_t action;            /* weir_action */
  uint8_t reason;            /* weir_reason */
  uint8_t close;             /* weir_close, FLOW only */
  uint8_t flags;             /* WEIR_FLAG_* */
  uint8_t name_len;
  uint8_t alpn_len;
  uint32_t rule;                                           /* WEIR_NO_RULE when none */
  uint64_t packets_up, packets_down, bytes_up, bytes_down; /* FLOW; bytes of IP */
  uint32_t quic_version; /* FLOW; gQUIC as its four ASCII bytes, big-endian */
  uint16_t tls_version;  /* FLOW; 0x0304 and so on; DTLS 0xfefd and so on */
  uint16_t qtype;        /* DNS and ANSWER: type */
  uint16_t dns_id;
  uint16_t rcode;   /* DNS, extended (RFC 6891 6.1.3) */
  uint16_t answers; /* DNS: count in the message; ANSWER records may be fewer */
  uint16_t ja4_len;
  __extension__ union {
    uint8_t address[16]; /* ANSWER: A and AAAA; IPv4 as ::ffff:a.b.c.d */
    struct {
      uint64_t categories; /* FLOW and DNS: bits, see weir_ruleset_category */
      uint32_t
          overruled; /* FLOW and DNS: the strongest rule that spoke and lost, or WEIR_NO_RULE */
    };
  };
  uint32_t ttl;             /* ANSWER, seconds */
  char ja4[WEIR_JA4_MAX];   /* FLOW */
  char alpn[WEIR_ALPN_MAX]; /* FLOW */
  char name[WEIR_NAME_MAX]; /* host, query name or answer target; lower case */
  uint8_t reserved;
  uint16_t generation; /* FLOW and DNS: whose number `rule` is, see weir_engine_generation() */
} weir_record;

typedef struct weir_counters {
#define WEIR_COUNTER_FIELD(name) uint64_t name;
  WEIR_COUNTER_MAP(WEIR_COUNTER_FIELD)
#undef WEIR_COUNTER_FIELD
} weir_counters;

/* The primitives that JA4 and QUIC Initial protection need (RFC 9001 5).
 * `context` is handed back to each call.  None may fail for reasons other
 * than the tag; in and out may be the same buffer. */
typedef struct weir_crypto {
  size_t size; /* sizeof(weir_crypto), as the provider was compiled */
  void *context;
  /* FIPS 180-4 6.2.2 over `blocks` blocks of 64 bytes. */
  void (*sha256_compress)(void *context, uint32_t state[8], const uint8_t *data, size_t blocks);
  /* FIPS 197, one block. */
  void (*aes128_encrypt)(void *context, const uint8_t key[16], const uint8_t in[16],
                         uint8_t out[16]);
  /* RFC 5116 5.1: opens `len` bytes into `out`; false when the tag is wrong. */
  bool (*aes128_gcm_open)(void *context, const uint8_t key[16], const uint8_t nonce[12],
                          weir_bytes aad, const uint8_t *in, size_t len, const uint8_t tag[16],
                          uint8_t *out);
} weir_crypto;

typedef struct weir_prefix {
  weir_addr addr; /* IPv4 as ::ffff:a.b.c.d */
  uint8_t bits;   /* 0 to 128, counted in the mapped form (IPv4 /8 is 104) */
} weir_prefix;

typedef struct weir_dns_policy {
  uint8_t mode; /* weir_dns_mode */
  uint8_t
      stops_warned; /* 1: names warned about are answered as blocked ones; 0: their queries pass, so
                                   * that there is an address to ask for the page */
  uint16_t extended_error;        /* RFC 8914 4: 15 blocked, 16 censored, 17 filtered */
  uint32_t ttl;                   /* seconds that an answer may be kept */
  weir_addr sinkhole4, sinkhole6; /* IPv4 as ::ffff:a.b.c.d; all zero: no data */
} weir_dns_policy;

/* How those are answered whose packets a rule drops: weir_answer(). */
typedef struct weir_answers {
  weir_dns_policy dns;
  weir_bytes
      page; /* HTML for blocked HTTP requests, in which {host}, {category}, {list} and {action} are
                    * filled in; small enough for one packet; must outlive the engine.  Empty: Weir's own */
  uint32_t unreachable_rate; /* ICMP messages a second, at most; 0 none */
  weir_bytes
      warn_page; /* the same for those warned about, with {link}, the path to go on by, too */
} weir_answers;

typedef struct weir_config {
  uint32_t abi;             /* WEIR_ABI, and */
  uint32_t size;            /* sizeof(weir_config): both set by weir_config_init() */
  uint32_t max_flows;       /* 16 to 2^24 */
  uint32_t max_records;     /* ring entries, power of two, 256 to 2^20 */
  uint32_t max_assemblers;  /* flows whose hello may be incomplete at once */
  uint32_t assembler_bytes; /* of a hello or request kept per flow, each way */
  uint32_t max_fragments;   /* IP datagrams that may be incomplete at once */
  uint32_t max_hints;       /* address-to-name hints, power of two, 0 off */
  uint32_t max_dns_pending; /* queries that wait for their response */
  uint32_t max_names;       /* 32-byte chunks for the names flows carry */
  uint32_t home_count;      /* of `home` */
  uint64_t tcp_idle_us;     /* established */
  uint64_t tcp_open_us;     /* handshake not complete */
  uint64_t tcp_close_us;    /* after FIN both ways or RST */
  uint64_t udp_idle_us;     /* and every other transport */
  uint64_t fragment_us;
  uint64_t seed[2];                /* hash key; random live, fixed in replay */
  weir_prefix home[WEIR_HOME_MAX]; /* client side when nothing else tells */
  uint8_t on_malformed;            /* weir_verdict: fail open or closed, stated */
  uint8_t reserved[7];
  const weir_crypto *crypto; /* NULL: no JA4, QUIC stays opaque; must outlive the engine */
  uint32_t max_bypasses;     /* 1,024 at most; 0: none */
  uint32_t bypass_s;         /* seconds that one lasts which a page's link grants, to 2^24 */
  uint8_t bypass_key[WEIR_BYPASS_KEY_LEN]; /* random: signs the links of pages.  All zero, or no
                                            * `crypto`: pages offer none */
  uint8_t
      tells_judged; /* 1: a JUDGED record, too, when a rule stops a flow or no more is to be learnt
                         * of it, for who watches: 128 a second at most. 0: none */
  uint8_t reserved_end[7];
} weir_config;

/* A listener of this host's to which allowed flows are sent back: see weir_hairpin_forth().  Addresses
 * must be routed to the device that packets come from, and be nobody else's. */
typedef struct weir_hairpin {
  weir_addr own4, own6; /* the listener's; IPv4 as ::ffff:a.b.c.d */
  weir_addr mask4,
      mask6; /* the first of those that clients seem to have: 16,384 for every 32,768 of max_flows */
  uint16_t tcp_port, udp_port; /* the listener's; 0: no such flows are sent back */
} weir_hairpin;

/* What goes on although a rule stops it: flows to a host, or to an address whatever their host, and
 * for a host also DNS queries.  Before all rules; records say what would have been, with the reason
 * BYPASS.  A page's link grants one for the host and the client that asked, over WARN. */
typedef struct weir_bypass {
  uint64_t expires_us; /* in the time of packets */
  weir_addr client;    /* whose flows; all zero: everybody's */
  weir_addr addr;      /* where name_len is 0; IPv4 as ::ffff:a.b.c.d */
  uint8_t over;        /* weir_action: WARN, or BLOCK for both */
  uint8_t below;       /* 1: names below `name`, too */
  uint8_t name_len;
  char name[WEIR_NAME_MAX]; /* lower case, without the trailing dot */
} weir_bypass;

typedef struct weir_packet {
  const uint8_t *data; /* one IP packet, no link header; borrowed for the call */
  uint32_t len;        /* bytes at `data` */
  uint32_t wire_len;   /* bytes on the wire; more than `len` when cut, 0 same */
  uint64_t now_us;     /* chosen by the host; going back is allowed */
  uint32_t direction;  /* weir_direction */
  uint32_t reserved;
} weir_packet;

typedef struct weir_result {
  uint64_t flow_id; /* 0: the packet belongs to none */
  uint32_t rule;    /* WEIR_NO_RULE when none */
  uint8_t verdict, reason, action, protocol;
} weir_result;

typedef struct weir_engine weir_engine;

/* Names in blocks that their hashes choose, as ruleset.c found them in the file. */
typedef struct weir_ruleset_blocks {
  const uint8_t *index, *base;
  uint32_t count, len;   /* lines of the index; bytes at `base` */
  uint8_t stride, width; /* bytes of a line; of a name's verdict */
} weir_ruleset_blocks;

/* A checked view over mapped ruleset bytes.  Copyable; owns nothing.
 * The bytes must stay mapped and unchanged while the view is used. */
typedef struct weir_ruleset {
  weir_bytes file;
  uint32_t rule_count; /* numbers of rules: all are below */
  uint32_t name_count, prefix4_count, prefix6_count, pattern_count; /* of them, that may decide */
  uint64_t expires_s; /* when the first rule expires, in seconds since 1970; 0: none does */
  /* Below: ruleset.c's own, taken from the file's header (RULESET.md). */
  const uint8_t *verdicts, *network_verdicts, *categories, *lists, *lines, *symbols;
  const uint8_t *cells[3], *keys[3], *outcomes[3]; /* IPv4, IPv6 up to /64, longer IPv6 */
  const uint8_t *further, *aliases, *notes, *lost[2];
  weir_ruleset_blocks names, silent; /* names with an entry, and without */
  weir_bytes patterns[4];            /* rules, grams, programs, texts */
  uint32_t pattern_figures[8];       /* ruleset_pattern.c's own, out of those */
  uint64_t seed;
  uint32_t prefix_count[3], cell_count[3], lost_count[2];
  uint32_t silent_count, verdict_count, network_verdict_count, category_count, list_count;
  uint32_t further_count, alias_count, note_count;
  uint32_t categories_len, lists_len, notes_len;
  uint8_t verdict_width, network_verdict_width, line_width, min_labels, max_labels;
  uint8_t cell_bits[3];
} weir_ruleset;

/* Bits of weir_match.flags. */
#define WEIR_MATCH_SELF    0x01u /* the rule speaks for the name itself */
#define WEIR_MATCH_BELOW   0x02u /* and, or, for names below it */
#define WEIR_MATCH_AUDITED 0x04u /* an audit rule spoke, whatever decided */

typedef struct weir_match {
  uint32_t rule;       /* identifies list and line through the ruleset's provenance */
  uint8_t action;      /* weir_action */
  uint8_t rank;        /* class of the rule, 0 the strongest: RULESET.md, Outcomes */
  uint8_t depth;       /* labels of the name, or bits of the network, that matched; 0 a pattern */
  uint8_t flags;       /* WEIR_MATCH_* */
  uint64_t categories; /* bits: see weir_ruleset_category */
} weir_match;

/* ---- lifecycle ----------------------------------------------------------- */

/* The number of the layout that this library was compiled with; below, WEIR_ABI is the number of the
 * header that the embedder was compiled with.  They must be equal.  The number changes when a field
 * moves; it stays when one is added at the end of a struct that says its size: weir_config and
 * weir_counters. */
uint32_t weir_abi(void);

/* Fills `size` bytes of `config` with a preset: sizeof(weir_config), as the embedder knows it. False,
 * and nothing is written: there is no such preset, or `size` is none that a weir_config ever had. */
bool weir_config_preset(weir_config *config, size_t size, weir_preset preset);

/* The same with the defaults, those of a desktop or server. */
static inline void weir_config_init(weir_config *config) {
  weir_config_preset(config, sizeof *config, WEIR_PRESET_SERVER);
}

/* Bytes needed for `config`; 0 if the config is invalid. */
size_t weir_engine_size(const weir_config *config);

/* `memory` must be 64-byte aligned, zeroed, and outlive the engine; there is
 * no free().  BAD_ARGUMENT: config out of bounds or memory unaligned.
 * NO_MEMORY: `size` is below weir_engine_size(). */
weir_status weir_engine_init(weir_engine **out, void *memory, size_t size,
                             const weir_config *config);

/* ---- rules --------------------------------------------------------------- */

/* Checks header and section bounds in constant time. */
weir_status weir_ruleset_open(weir_ruleset *out, weir_bytes file);

/* The rule that decides for a name or an address, and the categories of all that say the same.  `name`
 * is lower case, without the trailing dot.  False: no rule speaks.  Work is bounded by the
 * name's length and the patterns of the file. */
bool weir_ruleset_match_name(const weir_ruleset *rules, weir_bytes name, weir_match *out);
bool weir_ruleset_match_addr(const weir_ruleset *rules, const weir_addr *addr, weir_match *out);

/* Every rule that speaks: first the one that decides, as match gives it, then the others with the
 * category of their list: by rank, the more specific first, at one name an exact rule before one for
 * what is below, then in order of lists and lines.  Fills up to `max` entries and returns how many
 * rules spoke, which may be more.  Bounded, but slow beside match: for people's questions. */
size_t weir_ruleset_explain_name(const weir_ruleset *rules, weir_bytes name, weir_match *out,
                                 size_t max);
size_t weir_ruleset_explain_addr(const weir_ruleset *rules, const weir_addr *addr, weir_match *out,
                                 size_t max);

/* The same for a host as people and logs write it: a name in any case, with or without one trailing
 * dot; or an address in any spelling of RFC 4291, with or without brackets and zone, or a dotted quad.
 * Other spellings of IPv4 are names.  No rule speaks of what is neither. */
bool weir_ruleset_match_host(const weir_ruleset *rules, weir_bytes host, weir_match *out);
size_t weir_ruleset_explain_host(const weir_ruleset *rules, weir_bytes host, weir_match *out,
                                 size_t max);

/* weir_ruleset_match_host() for many, faster than one by one where the rules are not in the caches: the
 * i-th answer is that of the i-th host; its rule is WEIR_NO_RULE where none speaks. */
void weir_ruleset_match_hosts(const weir_ruleset *rules, const weir_bytes *hosts, size_t count,
                              weir_match *out);

/* Where rule `rule` comes from: the list's name, which belongs to the mapped file, and the line,
 * counted from 1.  False: no such rule. */
bool weir_ruleset_provenance(const weir_ruleset *rules, uint32_t rule, weir_bytes *list,
                             uint32_t *line);

/* The match that rule `rule` gives where it decides; its categories are those of its list.
 * False: no such rule. */
bool weir_ruleset_rule(const weir_ruleset *rules, uint32_t rule, weir_match *out);

/* Title and severity (0: none) of an indicator.  False: rule `rule` has neither. */
bool weir_ruleset_note(const weir_ruleset *rules, uint32_t rule, weir_bytes *title,
                       uint8_t *severity);

/* Rule `rule` as text, without a final zero: a name, a network as "192.0.2.0/24", a pattern as its
 * list has it.  Writes at most `max` bytes and returns how many it takes, 0 when there is no such rule.
 * All but patterns fit WEIR_NAME_MAX. */
size_t weir_ruleset_text(const weir_ruleset *rules, uint32_t rule, char *out, size_t max);

/* The name of the category that bit `bit` stands for; empty when there is none. */
weir_bytes weir_ruleset_category(const weir_ruleset *rules, unsigned bit);

/* Takes effect at the next packet; NULL: no rules.  The view is copied; the
 * old bytes may be unmapped on return.  A live flow is judged anew, by its
 * address and the hosts it is known to have, when its next packet comes: what
 * was blocked may pass then, and the other way round.  A flow that has no
 * further packet keeps what it was judged to be. */
void weir_engine_use(weir_engine *engine, const weir_ruleset *rules);

/* What rules may do, from the next packet on; live flows are judged anew, as
 * with weir_engine_use().
 *   BLOCK  what they ask.
 *   AUDIT  nothing: every verdict of theirs is PASS.  Records name the rule
 *          and its action; where that is block or warn, the reason AUDIT_MODE.
 *   OFF    they are not asked.
 * `default_action` is for what no rule speaks of: ALLOW, or BLOCK (reason
 * DEFAULT_BLOCK).  A host is blocked so where neither its name nor its address
 * has a rule; an address, once no name can come any more; a DNS query by its
 * name, while the flow it travels in goes on.
 * BLOCK and ALLOW until called.  BAD_ARGUMENT: out of range; nothing changes. */
weir_status weir_engine_mode(weir_engine *engine, weir_protection protection,
                             weir_action default_action);

/* Takes effect at the next packet of each flow, in the place of one for the same host or address and
 * client.  BAD_ARGUMENT: no such host or action.  FULL: all places hold live ones. */
weir_status weir_bypass_add(weir_engine *engine, const weir_bypass *bypass);

/* Revokes those for the host or address of `which`, of its client, or of everybody's and any where that is
 * all zero; NULL: all.  Returns how many were live.  Flows that went on by them are judged anew. */
size_t weir_bypass_remove(weir_engine *engine, const weir_bypass *which);

/* Those that are live, in no order: fills up to `max` and returns how many there are. */
size_t weir_bypass_list(weir_engine *engine, weir_bypass *out, size_t max);

/* A number for the rules and the mode in use: each change of either counts it
 * on, from 1 again behind 65535.  Records carry it because a flow's record may
 * come long after the rule that decided it has gone. */
uint16_t weir_engine_generation(const weir_engine *engine);

/* ---- hot path ------------------------------------------------------------ */

/* Judges `count` packets in order into `results`.  Returns how many were
 * judged: fewer than `count` only when the record ring has less room than one
 * packet may need; drain it and call again with the rest. */
size_t weir_inspect(weir_engine *engine, const weir_packet *packets, size_t count,
                    weir_result *results);

/* As weir_inspect, but never stops early: records that find no room are
 * counted as lost.  For a live loop whose reader may be slow. */
void weir_inspect_lossy(weir_engine *engine, const weir_packet *packets, size_t count,
                        weir_result *results);

/* Our own page, NXDOMAIN for a minute, "blocked" (RFC 8914 4.16), 100 ICMP messages a second. */
void weir_answers_init(weir_answers *out);

/* Answers from now on; a new engine has those of weir_answers_init(). */
void weir_engine_answers(weir_engine *engine, const weir_answers *answers);

/* Writes the packet that answers `in`, which `result` says was dropped for a rule, to its sender:
 * a DNS answer, a TCP reset, a page, a QUIC CONNECTION_CLOSE, an ICMP message.  Returns its length; 0: there
 * is nothing to say, as to a server, to a group, to an answer, or where `room` is too small (1,500 bytes do, with Weir's own
 * page).  At once after weir_inspect(): it asks for what the flow is now. */
size_t weir_answer(weir_engine *engine, const weir_packet *in, const weir_result *result,
                   uint8_t *out, size_t room);

/* Turns a packet of a client, which weir_inspect() let pass, into one for the listener, in place, and its checksums
 * with it (RFC 1624).  `is_partial`: the transport's is left to the device.  False: it is
 * of no TCP or UDP flow that can be sent back (a fragment, one with extension headers), and unchanged. */
bool weir_hairpin_forth(const weir_engine *engine, const weir_hairpin *hairpin, uint8_t *ip,
                        size_t len, bool is_partial);

typedef enum {
  WEIR_TURN_NONE,   /* no packet of the listener's */
  WEIR_TURN_SERVER, /* now one of the server that the client asked for: INBOUND to weir_inspect() */
  WEIR_TURN_STALE   /* of a flow that has ended: to be dropped */
} weir_turn;

/* Turns a packet of the listener, in place, before it is inspected; all others are left as they are. */
weir_turn weir_hairpin_back(const weir_engine *engine, const weir_hairpin *hairpin, uint8_t *ip,
                            size_t len, bool is_partial);

/* Writes the reset that ends the listener's side of a TCP flow, of which `in` is a packet from the client
 * that was refused; its length, 0 when the listener has not heard of the flow. */
size_t weir_hairpin_reset(const weir_engine *engine, const weir_hairpin *hairpin,
                          const weir_packet *in, uint8_t *out, size_t room);

/* The flow of a client that seems to the listener to be at `from` and `port`.  False: there is none. */
bool weir_hairpin_original(const weir_engine *engine, const weir_hairpin *hairpin,
                           uint8_t transport, const weir_addr *from, uint16_t port,
                           weir_tuple *out);

/* Ends what has been idle too long.  Call at or after weir_next_deadline().
 * True: all is done; false: the ring is full, drain it and call again. */
bool weir_tick(weir_engine *engine, uint64_t now_us);
uint64_t weir_next_deadline(const weir_engine *engine); /* UINT64_MAX: none */

/* Ends every flow, as at shutdown or end of capture, in order of flow id.
 * True: all is done; false: the ring is full, drain it and call again. */
bool weir_finish(weir_engine *engine);

/* ---- memory -------------------------------------------------------------- */

/* Who takes pages back.  `pages` is called with whole pages of the engine's memory, at most 64 KiB (or one
 * page) at once, whose bytes mean nothing any more: they may keep what they hold or become zeros, now or
 * at any time until the engine writes them again, so that madvise() with MADV_FREE_REUSABLE (Apple),
 * MADV_FREE or MADV_DONTNEED (Linux) will do, as does mapping new ones in their place (MAP_FIXED). */
typedef struct weir_pager {
  size_t page_bytes; /* a power of two, 512 to 2^20 */
  void *context;
  void (*pages)(void *context, void *base, size_t len);
} weir_pager;

/* Gives up what `level` says, and shows `pager` the pages that hold nothing; returns their bytes, among
 * which are pages never touched.  What is given up has its counter, as when a table overflows, and its record:
 * drain the ring before, for what finds no room in it stays.  NULL pager: only gives up.
 * Costs a walk over all tables. Flow ids and masks of the hairpin stay as they are; where flows to come
 * will lie does not, and so which of equal ones gives way in a full table. */
size_t weir_trim(weir_engine *engine, weir_trim_level level, const weir_pager *pager);

/* ---- results ------------------------------------------------------------- */

/* The oldest records, as one run of `*count` entries (0 when none), in the
 * engine's memory; valid until released. */
const weir_record *weir_records(weir_engine *engine, size_t *count);
void weir_records_release(weir_engine *engine, size_t count);

/* Fills `size` bytes, a whole number of counters: those that the library does not have are 0. */
void weir_read_counters(const weir_engine *engine, weir_counters *out, size_t size);

static inline void weir_get_counters(const weir_engine *engine, weir_counters *out) {
  weir_read_counters(engine, out, sizeof *out);
}

/* Text of a value of a vocabulary above; "?" when out of range. */
const char *weir_status_text(int32_t status);
const char *weir_reason_text(uint32_t reason);
const char *weir_action_text(uint32_t action);
const char *weir_protection_text(uint32_t protection);
const char *weir_dns_mode_text(uint32_t mode);
const char *weir_verdict_text(uint32_t verdict);
const char *weir_host_source_text(uint32_t source);
const char *weir_evidence_text(uint32_t evidence);
const char *weir_close_text(uint32_t close);
const char *weir_protocol_text(uint32_t protocol);
const char *weir_preset_text(uint32_t preset);

#ifdef __cplusplus
}
#endif
#endif /* WEIR_H */
