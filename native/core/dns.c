#include "dns.h"

#include <string.h>

#define HEADER          12
#define LABEL_MAX       63
#define NAME_OCTETS_MAX 255
#define HOPS_MAX        127 /* one behind each label that a name can have */
#define MESSAGE_MAX     65535

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

typedef enum { STEP_OK, STEP_CUT, STEP_BAD } step;

static reader reader_from(reader whole, size_t offset) {
  return reader_of(whole.at + offset, whole.left - offset);
}

static size_t offset_of(reader whole, reader rest) { return (size_t)(rest.at - whole.at); }

/* ---- names ---------------------------------------------------------------- */

/* RFC 1035 5.1: what would read as something else is quoted. */
static size_t escape(uint8_t c, char *out) {
  if (c == '.' || c == '\\') {
    out[0] = '\\';
    out[1] = (char)c;
    return 2;
  }
  out[0] = '\\';
  out[1] = (char)('0' + c / 100);
  out[2] = (char)('0' + c / 10 % 10);
  out[3] = (char)('0' + c % 10);
  return 4;
}

static size_t write_label(reader label, char *out) {
  size_t n = 0;
  for (size_t i = 0; i < label.left; i++) {
    const uint8_t c = label.at[i];
    if (c > 0x20 && c < 0x7f && c != '.' && c != '\\')
      out[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    else
      n += escape(c, out + n);
  }
  return n;
}

static void drop_first_label(name *out) {
  size_t i = 0;
  while (i < out->len && out->text[i] != '.') i += out->text[i] == '\\' ? 2 : 1;
  if (i >= out->len) {
    out->len = 0;
    return;
  }
  out->len = (uint8_t)(out->len - (i + 1));
  memmove(out->text, out->text + i + 1, out->len);
}

/* Escapes can make a name longer than `out`.  Then labels go from its front: the end of
 * a name is what rules are about, and padding must not hide it.  False: some went. */
static bool put_label(name *out, reader label) {
  char text[4 * LABEL_MAX];
  bool fits = true;
  if (out->len + 1 + 4 * label.left <= WEIR_NAME_MAX) { /* whatever is in it */
    if (out->len) out->text[out->len++] = '.';
    out->len = (uint8_t)(out->len + write_label(label, out->text + out->len));
    return true;
  }
  const size_t n = write_label(label, text);
  for (; out->len && out->len + 1 + n > WEIR_NAME_MAX; fits = false) drop_first_label(out);
  if (out->len) out->text[out->len++] = '.';
  memcpy(out->text + out->len, text, n);
  out->len = (uint8_t)(out->len + n);
  return fits;
}

/* Takes the name at the front of `*in`, a part of `whole`; its text goes to
 * `out` unless that is NULL, and `*is_short` tells that labels went.  What a pointer leads
 * to ends where the run of labels that the pointer ends began: so names cannot loop (RFC 1035 4.1.4). */
static step take_name(reader whole, reader *in, name *out, bool *is_short) {
  reader run = *in, label;
  size_t start = offset_of(whole, run);
  unsigned octets = 0, hops = 0;
  uint8_t first, second;
  if (out) out->len = 0;
  if (out) *is_short = false;
  for (;;) {
    if (!get_u8(&run, &first)) return hops ? STEP_BAD : STEP_CUT;
    if (first > LABEL_MAX) {
      if (first < 0xc0) return STEP_BAD; /* RFC 6891 5: no other label types are left */
      if (!get_u8(&run, &second)) return hops ? STEP_BAD : STEP_CUT;
      const size_t target = (size_t)(first & 0x3f) << 8 | second;
      if (target < HEADER || target >= start || hops == HOPS_MAX) return STEP_BAD;
      if (!hops++) *in = run;
      run = reader_of(whole.at + target, start - target);
      start = target;
      continue;
    }
    octets += first + 1u;
    if (octets > NAME_OCTETS_MAX) return STEP_BAD;
    if (!first) break;
    if (!get_bytes(&run, first, &label)) return hops ? STEP_BAD : STEP_CUT;
    if (out && !put_label(out, label)) *is_short = true;
  }
  if (!hops) *in = run;
  if (out && octets == 1) {
    out->text[0] = '.';
    out->len = 1;
  }
  return STEP_OK;
}

/* ---- questions and records as the wire has them ----------------------------- */

static step take_question(reader whole, reader *in, dns_question *out, bool with_name) {
  reader rest = *in;
  const step named = take_name(whole, &rest, with_name ? &out->name : NULL, &out->refused);
  if (named != STEP_OK) return named;
  if (!get_u16(&rest, &out->type) || !get_u16(&rest, &out->class_)) return STEP_CUT;
  out->class_ &= (uint16_t)~CLASS_MDNS_BIT;
  *in = rest;
  return STEP_OK;
}

static step take_record(reader whole, reader *in, dns_record *out, bool with_owner) {
  reader rest = *in;
  const step named = take_name(whole, &rest, with_owner ? &out->owner : NULL, &out->refused);
  if (named != STEP_OK) return named;
  if (!get_u16(&rest, &out->type) || !get_u16(&rest, &out->class_) ||
      !get_uint(&rest, 4, &out->ttl) || !get_block(&rest, 2, &out->rdata))
    return STEP_CUT;
  if (out->type != DNS_TYPE_OPT) { /* its class and TTL are other things (RFC 6891 6.1.2) */
    out->class_ &= (uint16_t)~CLASS_MDNS_BIT;
    if (out->ttl > TTL_MAX) out->ttl = 0; /* RFC 2181 8 */
  }
  *in = rest;
  return STEP_OK;
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

/* IPv4 as ::ffff:a.b.c.d; false for any other length of address. */
static bool put_address(reader octets, weir_addr *out) {
  static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
  if (octets.left != 4 && octets.left != 16) return false;
  const size_t before = 16 - octets.left;
  if (before) memcpy(out->octets, mapped, before);
  memcpy(out->octets + before, octets.at, octets.left);
  return true;
}

static bool read_target(reader whole, uint16_t type, reader rdata, name *out) {
  const bool has_params = type == DNS_TYPE_SVCB || type == DNS_TYPE_HTTPS;
  bool is_short;
  return skip(&rdata, target_offset(type)) && take_name(whole, &rdata, out, &is_short) == STEP_OK &&
         !is_short && (has_params || !rdata.left);
}

/* RDATA that is not what its type says, or is empty (RFC 2136 2.4), tells nothing. */
static void read_rdata(reader whole, dns_record *record) {
  const reader rdata = record->rdata;
  if (target_offset(record->type) != NO_TARGET) {
    if (!read_target(whole, record->type, rdata, &record->target)) record->target.len = 0;
  } else if ((record->type == DNS_TYPE_A && rdata.left == 4) ||
             (record->type == DNS_TYPE_AAAA && rdata.left == 16)) {
    record->has_address = put_address(rdata, &record->address);
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
  return HEADER + out->questions * QUESTION_MIN + records_of(out) * RECORD_MIN > MESSAGE_MAX
             ? PARSE_NOT_MINE
             : PARSE_PARSED;
}

static parse_outcome check_questions(reader *in, dns_message *out) {
  for (; out->whole_questions < out->questions; out->whole_questions++) {
    dns_question question;
    const step taken = take_question(out->whole, in, &question, false);
    if (taken == STEP_CUT) return PARSE_NEED_MORE;
    if (taken == STEP_BAD) return out->whole_questions ? PARSE_MALFORMED : PARSE_NOT_MINE;
    if (!question.type || !is_class(question.class_)) out->odd = true;
  }
  return PARSE_PARSED;
}

static parse_outcome check_records(reader *in, dns_message *out) {
  const uint32_t records = records_of(out);
  for (; out->whole_records < records; out->whole_records++) {
    const bool is_first = !out->questions && !out->whole_records;
    dns_record record;
    const step taken = take_record(out->whole, in, &record, false);
    if (taken == STEP_BAD) return is_first ? PARSE_NOT_MINE : PARSE_MALFORMED;
    if (taken == STEP_CUT) {
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
  if (len < HEADER) return PARSE_NOT_MINE;
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
  return reader_from(cursor->message->whole, cursor->offset ? cursor->offset : HEADER);
}

bool dns_next_question(dns_cursor *cursor, dns_question *out) {
  const dns_message *m = cursor->message;
  out->name.len = 0;
  if (cursor->index >= m->whole_questions) return false;
  reader rest = cursor_rest(cursor);
  if (take_question(m->whole, &rest, out, true) != STEP_OK) return false;
  cursor->offset = offset_of(m->whole, rest);
  cursor->index++;
  return true;
}

static bool pass_questions(dns_cursor *cursor) {
  const dns_message *m = cursor->message;
  dns_question passed;
  reader rest = cursor_rest(cursor);
  for (; cursor->index < m->whole_questions; cursor->index++)
    if (take_question(m->whole, &rest, &passed, false) != STEP_OK) return false;
  cursor->offset = offset_of(m->whole, rest);
  return true;
}

bool dns_next_record(dns_cursor *cursor, dns_record *out) {
  const dns_message *m = cursor->message;
  if (cursor->index < m->whole_questions && !pass_questions(cursor)) return false;
  const uint32_t index = cursor->index - m->whole_questions;
  out->owner.len = out->target.len = 0;
  out->refused = out->has_address = false;
  if (index >= m->whole_records) return false;
  reader rest = cursor_rest(cursor);
  if (take_record(m->whole, &rest, out, !cursor->without_owners) != STEP_OK) return false;
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
  return take_question(message->whole, &rest, &question, false) == STEP_OK &&
         is_netbios_type(question.type) && dns_next_question(&cursor, &question) &&
         is_netbios_name(&question.name);
}

/* ---- service bindings (RFC 9460 2.2) ---------------------------------------------- */

#define SVCB_IPV4HINT 4
#define SVCB_ECH      5
#define SVCB_IPV6HINT 6

/* The value of parameter `key`.  Keys only ascend, so that few stand before one of these; an alias
 * (priority 0) has no parameters that count (RFC 9460 2.2, 2.4.2). */
static bool svcb_param(const dns_record *record, uint16_t key, reader *value) {
  reader rest = record->rdata;
  uint16_t priority, found;
  uint8_t label;
  if (record->type != DNS_TYPE_SVCB && record->type != DNS_TYPE_HTTPS) return false;
  if (!get_u16(&rest, &priority) || !priority) return false;
  do {
    if (!get_u8(&rest, &label) || label > LABEL_MAX || !skip(&rest, label)) return false;
  } while (label);
  for (uint32_t least = 0; get_u16(&rest, &found) && get_block(&rest, 2, value);
       least = found + 1u) {
    if (found == key) return true;
    if (found < least || found > key) return false;
  }
  return false;
}

bool dns_svcb_hint(const dns_record *record, unsigned i, weir_addr *out) {
  static const struct { uint16_t key, width; } lists[] = {{SVCB_IPV4HINT, 4}, {SVCB_IPV6HINT, 16}};
  for (size_t k = 0; k < 2; k++) {
    reader list, address;
    if (!svcb_param(record, lists[k].key, &list)) continue;
    const size_t count = list.left / lists[k].width;
    if (i < count)
      return skip(&list, (size_t)i * lists[k].width) &&
             get_bytes(&list, lists[k].width, &address) && put_address(address, out);
    i -= (unsigned)count;
  }
  return false;
}

bool dns_svcb_has_ech(const dns_record *record) {
  reader value;
  return svcb_param(record, SVCB_ECH, &value);
}

/* RFC 9849 4: ECHConfigList; the first configuration of version 0xfe0d. */
bool dns_svcb_ech_public_name(const dns_record *record, name *out) {
  reader value, list, config, key, suites, public_name;
  uint16_t version;
  uint8_t id;
  out->len = 0;
  if (!svcb_param(record, SVCB_ECH, &value) || !get_block(&value, 2, &list)) return false;
  while (get_u16(&list, &version) && get_block(&list, 2, &config)) {
    if (version != 0xfe0d) continue;
    return get_u8(&config, &id) && skip(&config, 2) && get_block(&config, 2, &key) &&
           get_block(&config, 2, &suites) && skip(&config, 1) &&
           get_block(&config, 1, &public_name) && name_from_host(out, public_name);
  }
  return false;
}

bool dns_is_host(const name *n) {
  for (unsigned i = 0; i < n->len; i++)
    if (n->text[i] == '\\') return false;
  return n->len > 1 || (n->len == 1 && n->text[0] != '.');
}
