/* dns.h -- DNS messages (RFC 1035, 6891, 9460), mDNS (RFC 6762) and LLMNR (RFC 4795). */
#ifndef WEIR_DNS_H
#define WEIR_DNS_H

#include "name.h"
#include "parse.h"

typedef enum { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL } dns_section;

/* Types (RFC 1035 3.2.2 and the registry) that mean something here. */
enum {
  DNS_TYPE_A = 1,
  DNS_TYPE_NS = 2,
  DNS_TYPE_CNAME = 5,
  DNS_TYPE_PTR = 12,
  DNS_TYPE_MX = 15,
  DNS_TYPE_AAAA = 28,
  DNS_TYPE_NB = 32, /* these two in NetBIOS (RFC 1002 4.2.1.2) */
  DNS_TYPE_NBSTAT = 33,
  DNS_TYPE_SRV = 33,
  DNS_TYPE_DNAME = 39,
  DNS_TYPE_OPT = 41,
  DNS_TYPE_SVCB = 64,
  DNS_TYPE_HTTPS = 65
};

typedef struct dns_message {
  reader whole; /* borrowed */
  uint16_t id, flags;
  uint16_t questions, answers, authorities, additionals; /* as the header counts them */
  uint16_t whole_questions; /* that are there and sound: what a cursor gives */
  uint32_t whole_records;
  uint16_t first_type, first_class; /* of the first question, when one is whole */
  size_t questions_end;             /* offset behind the last that is; 0: none is */
  uint16_t rcode;                   /* with EDNS's upper bits */
  bool is_response;
  bool cut; /* ends before its last record does */
  bool odd; /* something in it is rare in DNS and common in other bytes */
  uint8_t opcode;
} dns_message;

/* Names are in presentation form (RFC 1035 5.1 escapes) and lower case; "." is the empty name.
 * Escapes can make one longer than WEIR_NAME_MAX: then it is `refused`, and what there is of it are
 * the labels at its end that fit, for rules are about those. */
typedef struct dns_question {
  name name;
  bool refused;
  uint16_t type, class_; /* without mDNS's QU and cache-flush bits */
} dns_question;

typedef struct dns_record {
  name owner;
  bool refused;    /* of `owner` */
  uint8_t section; /* dns_section */
  uint16_t type, class_;
  uint32_t ttl;      /* seconds; 0 where the top bit is set (RFC 2181 8) */
  reader rdata;      /* borrowed */
  name target;       /* of CNAME, DNAME, PTR, NS, MX, SRV, HTTPS, SVCB; empty where not sound */
  weir_addr address; /* A, AAAA */
  bool has_address;
} dns_record;

/* Position in a message; zeroed but for `message` at first. */
typedef struct dns_cursor {
  const dns_message *message;
  size_t offset;
  uint32_t index;
  bool without_owners; /* set by who does not read dns_record.owner: it stays empty */
} dns_cursor;

/* One message, as a datagram or a stream's frame holds it.  Names have labels
 * of at most 63 octets and 255 in all; a pointer leads behind the header and
 * before the run of labels that it ends.
 *   PARSED    all that is there is sound.  When bytes end behind the questions (behind
 *             the first record where there is no question) but before the last record does, by
 *             a snap length or because a server set TC, the message is `cut`.
 *   NEED_MORE the bytes end sooner
 *   NOT_MINE  the header's counts, or the first question or record, cannot be DNS
 *   MALFORMED a later one is not sound; the ones before it can still be
 *             read, for a resolver that does not look so far will answer them
 * Bytes behind the last record are passed over, and make the message `odd`. */
parse_outcome dns_parse(reader message, dns_message *out);

/* Whether to believe that a message that was PARSED is DNS.  `known`: the flow's port
 * is known for it (53, 5353, 5355, 137), or the flow had a plausible message before.  Where it is not,
 * there must be one question, all records, and nothing odd; the bytes alone do not tell otherwise. */
bool dns_plausible(const dns_message *message, bool known);

/* A query may be for anything; a host is what needs no escapes (RFC 1035 5.1) and is not the root. */
bool dns_is_host(const name *n);

/* NetBIOS name service (RFC 1002 4.2): the first name is 16 octets as 32 letters A to P, of type
 * NB or NBSTAT. */
bool dns_is_netbios(const dns_message *message);

/* DNS over TCP (RFC 1035 4.2.2): one length-prefixed message, consumed on
 * PARSED and on MALFORMED, so that the next one can be read.  On NEED_MORE `*need` is the least total
 * of bytes with which another call can say more. */
parse_outcome dns_stream(reader *in, dns_message *out, size_t *need);

/* Questions first, then records, in order; false at the end. */
bool dns_next_question(dns_cursor *cursor, dns_question *out);
bool dns_next_record(dns_cursor *cursor, dns_record *out);

/* HTTPS and SVCB parameters (RFC 9460 7): the i-th address of ipv4hint and ipv6hint. */
bool dns_svcb_hint(const dns_record *record, unsigned i, weir_addr *out);
/* The public name of the first ECH configuration; false, with `out` empty, when there is none. */
bool dns_svcb_ech_public_name(const dns_record *record, name *out);

#endif
