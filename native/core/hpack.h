/* hpack.h -- HPACK (RFC 7541), decoding as much as tells a request's host.
 *
 * Field sections are decoded as they arrive, cut anywhere, without keeping
 * them: of each field line only its length is needed to know what the
 * encoder's dynamic table holds, and only the values of ":authority" and "host" are remembered.
 * Cookies and paths never enter the table. */
#ifndef WEIR_HPACK_H
#define WEIR_HPACK_H

#include "name.h"
#include "parse.h"

#define HPACK_TABLE_SIZE 4096 /* until the encoder changes it (RFC 9113 6.5.2) */
#define HPACK_ENTRIES    128  /* all that such a table can have: each counts 32 octets and more */
#define HPACK_VALUES     4096 /* octets; holds every value of such a table */
#define HPACK_TEXT_MAX   264  /* "[", a name, "]", ".", ":65535" */

/* What a field line is; the higher, the better it tells the host. */
typedef enum { HPACK_OTHER, HPACK_PSEUDO, HPACK_HOST, HPACK_AUTHORITY } hpack_kind;

typedef struct hpack_entry {
  uint32_t value_at;       /* counted from the first octet ever put in `values` */
  uint32_t name_len, size; /* as RFC 7541 4.1 counts them */
  uint8_t value_len;       /* as a `name`; 0 when it cannot be one */
  uint8_t kind;
} hpack_entry;

/* Zeroed, then hpack_init.  A table grown beyond 4,096 octets by its encoder is followed as far as
 * its newest HPACK_ENTRIES entries; what is older counts as HPACK_OTHER. */
typedef struct hpack {
  uint32_t size, max_size; /* of the table (RFC 7541 4.1, 4.2) */
  uint32_t written;        /* octets ever put in `values` */
  uint32_t number, string_left, string_len, name_len, bits;
  uint8_t newest, count;
  uint8_t phase, form, kind, shift, bit_count;
  bool in_integer, huffman, forgetful;
  uint8_t text[HPACK_TEXT_MAX]; /* of the string being read */
  hpack_entry entries[HPACK_ENTRIES];
  uint8_t values[HPACK_VALUES];
} hpack;

void hpack_init(hpack *h);

/* PARSED: one more field line ended; its `kind`, and for HPACK_HOST and HPACK_AUTHORITY its
 * `value`, empty when no host name can be it.  NEED_MORE: all of `*in` is consumed.  MALFORMED:
 * a decoding error, which ends the connection (RFC 7541 2.2, 5.2): nothing more can be told. */
parse_outcome hpack_next(hpack *h, reader *in, hpack_kind *kind, name *value);

/* Whether a field section may end here. */
bool hpack_may_end(const hpack *h);

#endif
