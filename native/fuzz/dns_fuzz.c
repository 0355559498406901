/* dns_parse and dns_stream: what is read stays in bounds, and every prefix says NEED_MORE or less of the same. */
#include <stdlib.h>
#include <string.h>

#include "dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool condition) {
  if (!condition) abort();
}

static void check_text(const name *n) {
  require(n->len <= WEIR_NAME_MAX);
  for (unsigned i = 0; i < n->len; i++) {
    require(n->text[i] > 0x20 && n->text[i] < 0x7f && !(n->text[i] >= 'A' && n->text[i] <= 'Z'));
    if (n->text[i] == '\\') require(++i < n->len);
  }
}

static void check_record(const dns_message *m, const dns_record *r) {
  weir_addr address;
  unsigned i = 0;
  check_text(&r->owner);
  check_text(&r->target);
  require(r->owner.len);
  require(r->rdata.at >= m->whole.at && r->rdata.at + r->rdata.left <= m->whole.at + m->whole.left);
  require(!(r->has_address && r->target.len));
  if (r->type == DNS_TYPE_HTTPS)
    while (dns_svcb_hint(r, i, &address)) i++;
  require(i * 4 <= r->rdata.left);
}

static void check_contents(const dns_message *m) {
  dns_cursor cursor = {.message = m};
  dns_question question;
  dns_record record;
  uint32_t questions = 0, records = 0;
  for (; dns_next_question(&cursor, &question); questions++) {
    check_text(&question.name);
    require(question.name.len);
  }
  for (; dns_next_record(&cursor, &record); records++) check_record(m, &record);
  require(questions == m->whole_questions && records == m->whole_records);
  require(cursor.offset <= m->whole.left);
  dns_is_netbios(m);
}

/* `whole` is what all the bytes gave, `last` what a shorter prefix did. */
static void check_prefix(const uint8_t *data, size_t n, const dns_message *whole,
                         dns_message *last) {
  uint8_t *prefix = malloc(n + !n);
  dns_message m;
  if (n) memcpy(prefix, data, n);
  const parse_outcome outcome = dns_parse(reader_of(prefix, n), &m);
  require(outcome == PARSE_NEED_MORE || outcome == PARSE_PARSED);
  require(m.whole_questions >= last->whole_questions &&
          m.whole_questions <= whole->whole_questions);
  require(m.whole_records >= last->whole_records && m.whole_records <= whole->whole_records);
  if (outcome == PARSE_PARSED) require(m.cut == (m.whole_records < whole->whole_records));
  if (outcome == PARSE_NEED_MORE) require(m.whole_questions < m.questions || !m.whole_records);
  *last = m;
  free(prefix);
}

static void check_stream(const uint8_t *data, size_t len) {
  reader in = reader_of(data, len);
  parse_outcome outcome;
  do {
    const reader before = in;
    dns_message m;
    size_t need;
    outcome = dns_stream(&in, &m, &need);
    require(in.at >= before.at && in.at + in.left == data + len);
    if (outcome == PARSE_NEED_MORE) require(need > in.left);
    require((in.left == before.left) == (outcome == PARSE_NEED_MORE || outcome == PARSE_NOT_MINE));
    if (outcome == PARSE_PARSED || outcome == PARSE_MALFORMED) check_contents(&m);
  } while (outcome == PARSE_PARSED || outcome == PARSE_MALFORMED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  dns_message m, last = {0};
  const parse_outcome outcome = dns_parse(reader_of(data, len), &m);
  if (outcome == PARSE_PARSED || outcome == PARSE_MALFORMED) check_contents(&m);
  if (outcome == PARSE_PARSED && !m.cut)
    for (size_t n = 0; n < len && n < 512; n++) check_prefix(data, n, &m, &last);
  check_stream(data, len);
  return 0;
}
