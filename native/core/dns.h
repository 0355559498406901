/* dns.h -- DNS messages (RFC 1035, 6891, 9460), mDNS (RFC 6762) and LLMNR (RFC 4795). */
#ifndef WEIR_DNS_H
#define WEIR_DNS_H

#include "name.h"
#include "parse.h"

typedef enum { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL } dns_section;

typedef struct dns_message {
  reader whole;                  /* borrowed */
  uint16_t id, flags;
  uint16_t questions, answers, authorities, additionals; /* as the header counts them */
  uint16_t rcode;                /* with EDNS's upper bits */
  bool is_response;
  uint8_t opcode;
} dns_message;

typedef struct dns_question {
  name name;      /* presentation form (RFC 1035 5.1 escapes), lower case; "." is the empty name */
  bool refused;   /* valid on the wire, longer than WEIR_NAME_MAX in presentation */
  uint16_t type, class_;
} dns_question;

typedef struct dns_record {
  name owner;
  uint8_t section;   /* dns_section */
  uint16_t type, class_;
  uint32_t ttl;
  reader rdata;      /* borrowed */
  name target;       /* CNAME, PTR, NS, SRV, MX, HTTPS/SVCB target; else empty */
  weir_addr address; /* A, AAAA */
  bool has_address;
} dns_record;

/* Position in a message; zeroed but for `message` at first. */
typedef struct dns_cursor {
  const dns_message *message;
  size_t offset;
  uint32_t index;
} dns_cursor;

/* Checks the whole message: counts, names (pointers only backwards, bounded), record
 * lengths.  Trailing bytes and a message cut short behind its question section are handled as dns.c says. */
parse_outcome dns_parse(reader message, dns_message *out);

/* DNS over TCP (RFC 1035 4.2.2): one length-prefixed message, consumed on PARSED. */
parse_outcome dns_stream(reader *in, dns_message *out, size_t *need);

/* Questions first, then records, in order; false at the end. */
bool dns_next_question(dns_cursor *cursor, dns_question *out);
bool dns_next_record(dns_cursor *cursor, dns_record *out);

/* HTTPS and SVCB parameters (RFC 9460 7): the i-th address of ipv4hint and ipv6hint. */
bool dns_svcb_hint(const dns_record *record, unsigned i, weir_addr *out);
bool dns_svcb_has_ech(const dns_record *record);

#endif
