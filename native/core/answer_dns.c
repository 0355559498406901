#include "answer_dns.h"

#include "dns.h"
#include "writer.h"

#define HEADER        12
#define PLAIN_LIMIT   512u    /* RFC 1035 2.3.4: without EDNS */
#define OWN_LIMIT     1232u   /* no fragment on any path; we never send more */
#define QUESTION_NAME 0xc00cu /* a pointer to the first question's name */
#define QR            0x8000u
#define TC            0x0200u
#define RA            0x0080u
#define KEPT_FLAGS    0x7910u /* opcode, RD and CD (RFC 1035 4.1.1, RFC 4035 3.2.2) */
#define OPCODE_QUERY  0u
#define CLASS_IN      1u
#define CLASS_ANY     255u
#define TYPE_SOA      6u
#define DO            0x8000u /* RFC 3225 3 */
#define OPTION_EDE    15u     /* RFC 8914 2 */

enum { RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3, RCODE_REFUSED = 5 };

/* What a query asks for, as far as the answer depends on it. */
typedef struct asked {
  dns_message message;
  uint16_t type, class_;
  bool has_edns, wants_dnssec;
  size_t limit;
} asked;

static bool read_query(reader query, size_t limit, asked *out) {
  dns_record record;
  if (dns_parse(query, &out->message) != PARSE_PARSED || out->message.is_response ||
      !out->message.whole_questions)
    return false;
  dns_cursor cursor = {.message = &out->message, .without_owners = true};
  out->type = out->message.first_type;
  out->class_ = out->message.first_class;
  out->limit = PLAIN_LIMIT;
  while (dns_next_record(&cursor, &record)) {
    if (record.type != DNS_TYPE_OPT || record.section != DNS_ADDITIONAL) continue;
    out->has_edns = true;
    out->wants_dnssec = record.ttl & DO;
    if (record.class_ > out->limit) out->limit = record.class_;
  }
  if (out->limit > limit) out->limit = limit;
  return true;
}

/* RFC 2308 2: a negative answer may be kept, for as long as the SOA's last field says. */
static void put_soa(writer *w, uint32_t ttl) {
  static const uint8_t names[] = /* weir.invalid (RFC 6761 6.4), hostmaster.weir.invalid */
      "\4weir\7invalid\0\12hostmaster\4weir\7invalid";
  put_u16(w, QUESTION_NAME);
  put_u16(w, TYPE_SOA);
  put_u16(w, CLASS_IN);
  put_u32(w, ttl);
  put_u16(w, sizeof names + 20);
  put(w, names, sizeof names);
  put_u32(w, 1);      /* serial */
  put_u32(w, 3600);   /* refresh, */
  put_u32(w, 600);    /* retry, */
  put_u32(w, 604800); /* expire: there is no zone to transfer */
  put_u32(w, ttl);
}

static void put_address(writer *w, const asked *q, const weir_addr *address, uint32_t ttl) {
  size_t len = q->type == DNS_TYPE_A ? 4 : 16;
  put_u16(w, QUESTION_NAME);
  put_u16(w, q->type);
  put_u16(w, CLASS_IN);
  put_u32(w, ttl);
  put_u16(w, (uint32_t)len);
  put(w, address->octets + 16 - len, len);
}

/* RFC 6891 6.1, with the reason (RFC 8914 2). */
static void put_opt(writer *w, const asked *q, uint16_t error) {
  put(w, "", 1); /* the root */
  put_u16(w, DNS_TYPE_OPT);
  put_u16(w, OWN_LIMIT);
  put_u32(w, q->wants_dnssec ? DO : 0);
  put_u16(w, 6);
  put_u16(w, OPTION_EDE);
  put_u16(w, 2);
  put_u16(w, error);
}

/* The address that the policy has for a question of this type; NULL: none. */
static const weir_addr *address_for(const asked *q, const weir_dns_policy *policy) {
  static const weir_addr nobody = {{0}}; /* 0.0.0.0 and :: */
  if (q->class_ != CLASS_IN && q->class_ != CLASS_ANY) return NULL;
  if (q->type != DNS_TYPE_A && q->type != DNS_TYPE_AAAA) return NULL;
  if (policy->mode == WEIR_DNS_NULL) return &nobody;
  if (policy->mode != WEIR_DNS_SINKHOLE) return NULL;
  const weir_addr *sinkhole = q->type == DNS_TYPE_A ? &policy->sinkhole4 : &policy->sinkhole6;
  return memcmp(sinkhole, &nobody, sizeof nobody) ? sinkhole : NULL;
}

static uint32_t rcode_of(const asked *q, const weir_dns_policy *policy) {
  if (policy->mode == WEIR_DNS_REFUSED || q->message.opcode != OPCODE_QUERY) return RCODE_REFUSED;
  return policy->mode == WEIR_DNS_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
}

static void put_header(writer *w, const asked *q, uint32_t flags, bool answers, bool soa) {
  put_u16(w, q->message.id);
  put_u16(w, QR | RA | (q->message.flags & KEPT_FLAGS) | flags);
  put_u16(w, q->message.whole_questions);
  put_u16(w, answers);
  put_u16(w, soa);
  put_u16(w, q->has_edns);
}

size_t answer_dns(reader query, const weir_dns_policy *policy, size_t limit, uint8_t *out,
                  size_t room) {
  asked q = {0};
  writer w = {out, room, false};
  if (!read_query(query, limit, &q)) return 0;
  uint32_t rcode = rcode_of(&q, policy);
  const weir_addr *address = rcode == RCODE_NOERROR ? address_for(&q, policy) : NULL;
  bool soa = !address && rcode != RCODE_REFUSED;
  put_header(&w, &q, rcode, address, soa);
  put(&w, query.at + HEADER, q.message.questions_end - HEADER);
  if (address) put_address(&w, &q, address, policy->ttl);
  if (soa) put_soa(&w, policy->ttl);
  if (q.has_edns) put_opt(&w, &q, policy->extended_error);
  if (w.full) return 0;
  size_t len = room - w.left;
  if (len <= q.limit) return len;
  /* RFC 2181 9: who sees TC asks again over TCP. */
  w = (writer){out, room, false};
  q.has_edns = false;
  put_header(&w, &q, TC | rcode, false, false);
  put(&w, query.at + HEADER, q.message.questions_end - HEADER);
  return room - w.left;
}
