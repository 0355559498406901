#include "dns.h"

#include <string.h>

#include "dns_name.h"

#define MESSAGE_MAX 65535

#define QUESTION_MIN 5u
#define RECORD_MIN   11u

#define FLAG_RESPONSE     0x8000u
#define FLAG_TC           0x0200u
#define FLAG_Z            0x0040u
#define OPCODE_UNASSIGNED 3
#define OPCODE_DSO        6 /* RFC 8490: no records, TLVs instead */

/* QU of a question, cache-flush of a record (RFC 6762 5.4, 10.2). */
#define CLASS_MDNS_BIT 0x8000u
#define TTL_MAX        0x7fffffffu
#define NO_TARGET      SIZE_MAX

static reader reader_from(reader whole, size_t offset) {
  return reader_of(whole.at + offset, whole.left - offset);
}

static size_t offset_of(reader whole, reader rest) { return (size_t)(rest.at - whole.at); }

/* ---- questions and records as the wire has them ----------------------------- */

static dns_step take_question(reader whole, reader *in, dns_question *out, bool with_name) {
  reader rest = *in;
  const dns_step named = dns_take_name(whole, &rest, with_name ? &out->name : NULL, &out->refused);
  if (named != DNS_STEP_OK) return named;
  if (!get_u16(&rest, &out->type) || !get_u16(&rest, &out->class_)) return DNS_STEP_CUT;
  out->class_ &= (uint16_t)~CLASS_MDNS_BIT;
  *in = rest;
  return DNS_STEP_OK;
}

static dns_step take_record(reader whole, reader *in, dns_record *out, bool with_owner) {
  reader rest = *in;
  const dns_step named =
      dns_take_name(whole, &rest, with_owner ? &out->owner : NULL, &out->refused);
  if (named != DNS_STEP_OK) return named;
  if (!get_u16(&rest, &out->type) || !get_u16(&rest, &out->class_) ||
      !get_uint(&rest, 4, &out->ttl) || !get_block(&rest, 2, &out->rdata))
    return DNS_STEP_CUT;
  if (out->type != DNS_TYPE_OPT) { /* its class and TTL are other things (RFC 6891 6.1.2) */
    out->class_ &= (uint16_t)~CLASS_MDNS_BIT;
    if (out->ttl > TTL_MAX) out->ttl = 0; /* RFC 2181 8 */
  }
  *in = rest;
  return DNS_STEP_OK;
}

/* The octets of RDATA before the name that ends it or, in SVCB, precedes the parameters. */
static size_t target_offset(uint16_t type) {
  switch (type) {
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR:
    case DNS_TYPE_DNAME: return 0;
    case DNS_TYPE_MX:
    case DNS_TYPE_SVCB:
    case DNS_TYPE_HTTPS: return 2;
    case DNS_TYPE_SRV: return 6;
    default: return NO_TARGET;
  }
}

static bool read_target(reader whole, uint16_t type, reader rdata, name *out) {
  const bool has_params = type == DNS_TYPE_SVCB || type == DNS_TYPE_HTTPS;
  bool is_short;
  return skip(&rdata, target_offset(type)) &&
         dns_take_name(whole, &rdata, out, &is_short) == DNS_STEP_OK && !is_short &&
         (has_params || !rdata.left);
}

/* RDATA that is not what its type says, or is empty (RFC 2136 2.4), tells nothing. */
static void read_rdata(reader whole, dns_record *record) {
  const reader rdata = record->rdata;
  if (target_offset(record->type) != NO_TARGET) {
    if (!read_target(whole, record->type, rdata, &record->target)) record->target.len = 0;
  } else if ((record->type == DNS_TYPE_A && rdata.left == 4) ||
             (record->type == DNS_TYPE_AAAA && rdata.left == 16)) {
    record->has_address = dns_put_address(rdata, &record->address);
  }
}

/* ---- messages ----------------------------------------------------------------- */

/* RFC 1035 3.2.4, RFC 2136 2.4: IN, CS, CH, HS, NONE and ANY. */
static bool is_class(uint16_t class_) {
  return (class_ >= 1 && class_ <= 4) || class_ == 254 || class_ == 255;
}

static uint32_t records_of(const dns_message *m) {
  return (uint32_t)m->answers + m->authorities + m->additionals;
}

static void read_flags(dns_message *m) {
  m->is_response = (m->flags & FLAG_RESPONSE) != 0;
  m->opcode = m->flags >> 11 & 15;
  m->rcode = m->flags & 15;
  m->odd = m->opcode == OPCODE_UNASSIGNED || m->opcode > OPCODE_DSO || m->flags & FLAG_Z ||
           (!m->is_response && m->rcode);
}

static parse_outcome take_header(reader *in, dns_message *out) {
  if (!get_u16(in, &out->id) || !get_u16(in, &out->flags) || !get_u16(in, &out->questions) ||
      !get_u16(in, &out->answers) || !get_u16(in, &out->authorities) ||
      !get_u16(in, &out->additionals))
    return PARSE_NEED_MORE;
  read_flags(out);
  return DNS_HEADER + out->questions * QUESTION_MIN + records_of(out) * RECORD_MIN > MESSAGE_MAX
             ? PARSE_NOT_MINE
             : PARSE_PARSED;
}

static parse_outcome check_questions(reader *in, dns_message *out) {
  for (; out->whole_questions < out->questions; out->whole_questions++) {
    dns_question question;
    const dns_step taken = take_question(out->whole, in, &question, false);
    if (taken == DNS_STEP_CUT) return PARSE_NEED_MORE;
    if (taken == DNS_STEP_BAD) return out->whole_questions ? PARSE_MALFORMED : PARSE_NOT_MINE;
    if (!question.type || !is_class(question.class_)) out->odd = true;
    if (!out->whole_questions) {
      out->first_type = question.type;
      out->first_class = question.class_;
    }
    out->questions_end = offset_of(out->whole, *in);
  }
  return PARSE_PARSED;
}

static parse_outcome check_records(reader *in, dns_message *out) {
  const uint32_t records = records_of(out);
  for (; out->whole_records < records; out->whole_records++) {
    const bool is_first = !out->questions && !out->whole_records;
    dns_record record;
    const dns_step taken = take_record(out->whole, in, &record, false);
    if (taken == DNS_STEP_BAD) return is_first ? PARSE_NOT_MINE : PARSE_MALFORMED;
    if (taken == DNS_STEP_CUT) {
      if (is_first) return PARSE_NEED_MORE;
      out->cut = true;
      return PARSE_PARSED;
    }
    if (record.type == DNS_TYPE_OPT)
      out->rcode = (uint16_t)((out->flags & 15) | record.ttl >> 24 << 4); /* RFC 6891 6.1.3 */
  }
  return PARSE_PARSED;
}

parse_outcome dns_parse(reader message, dns_message *out) {
  reader rest = message;
  memset(out, 0, sizeof *out);
  out->whole = message;
  parse_outcome outcome = take_header(&rest, out);
  if (outcome == PARSE_PARSED) outcome = check_questions(&rest, out);
  if (outcome == PARSE_PARSED) outcome = check_records(&rest, out);
  if (outcome == PARSE_PARSED && !out->cut && rest.left && out->opcode != OPCODE_DSO)
    out->odd = true;
  return outcome;
}

bool dns_plausible(const dns_message *message, bool known) {
  if (known) return true;
  return !message->odd && message->questions == 1 && (!message->cut || message->flags & FLAG_TC);
}

parse_outcome dns_stream(reader *in, dns_message *out, size_t *need) {
  reader probe = *in, message;
  uint16_t len;
  *need = 2;
  if (!get_u16(&probe, &len)) return PARSE_NEED_MORE;
  if (len < DNS_HEADER) return PARSE_NOT_MINE;
  *need = 2 + (size_t)len;
  const bool is_whole = get_bytes(&probe, len, &message);
  const parse_outcome outcome = dns_parse(is_whole ? message : probe, out);
  if (outcome == PARSE_NOT_MINE) return outcome;
  if (!is_whole) return PARSE_NEED_MORE;
  *in = probe;
  return outcome == PARSE_PARSED ? outcome : PARSE_MALFORMED;
}

/* ---- reading what was checked --------------------------------------------------- */

static reader cursor_rest(const dns_cursor *cursor) {
  return reader_from(cursor->message->whole, cursor->offset ? cursor->offset : DNS_HEADER);
}

bool dns_next_question(dns_cursor *cursor, dns_question *out) {
  const dns_message *m = cursor->message;
  out->name.len = 0;
  if (cursor->index >= m->whole_questions) return false;
  reader rest = cursor_rest(cursor);
  if (take_question(m->whole, &rest, out, true) != DNS_STEP_OK) return false;
  cursor->offset = offset_of(m->whole, rest);
  cursor->index++;
  return true;
}

static void pass_questions(dns_cursor *cursor) {
  cursor->index = cursor->message->whole_questions;
  cursor->offset = cursor->message->questions_end;
}

bool dns_next_record(dns_cursor *cursor, dns_record *out) {
  const dns_message *m = cursor->message;
  if (cursor->index < m->whole_questions) pass_questions(cursor);
  const uint32_t index = cursor->index - m->whole_questions;
  out->owner.len = out->target.len = 0;
  out->refused = out->has_address = false;
  if (index >= m->whole_records) return false;
  reader rest = cursor_rest(cursor);
  if (take_record(m->whole, &rest, out, !cursor->without_owners) != DNS_STEP_OK) return false;
  read_rdata(m->whole, out);
  out->section = (uint8_t)(index < m->answers                              ? DNS_ANSWER
                           : index < (uint32_t)m->answers + m->authorities ? DNS_AUTHORITY
                                                                           : DNS_ADDITIONAL);
  cursor->offset = offset_of(m->whole, rest);
  cursor->index++;
  return true;
}

/* The 16 octets of a name as letters A to P; a scope may follow (RFC 1001 14.1). */
static bool is_netbios_name(const name *n) {
  if (n->len < 32 || (n->len > 32 && n->text[32] != '.')) return false;
  for (size_t i = 0; i < 32; i++)
    if (n->text[i] < 'a' || n->text[i] > 'p') return false;
  return true;
}

static bool is_netbios_type(uint16_t type) {
  return type == DNS_TYPE_NB || type == DNS_TYPE_NBSTAT;
}

bool dns_is_netbios(const dns_message *message) {
  dns_cursor cursor = {.message = message};
  dns_question question;
  dns_record record;
  if (!message->whole_questions)
    return dns_next_record(&cursor, &record) && is_netbios_type(record.type) &&
           is_netbios_name(&record.owner);
  reader rest = cursor_rest(&cursor);
  return take_question(message->whole, &rest, &question, false) == DNS_STEP_OK &&
         is_netbios_type(question.type) && dns_next_question(&cursor, &question) &&
         is_netbios_name(&question.name);
}

bool dns_is_host(const name *n) {
  if (find_byte(reader_of(n->text, n->len), '\\') < n->len) return false;
  return n->len > 1 || (n->len == 1 && n->text[0] != '.');
}
