#include "carrier_unit.h"

typedef struct carrier_row {
  uint8_t protocol;
  carrier_unit *unit;
} carrier_row;

static const carrier_row rows[] = {
    {WEIR_PROTOCOL_SMTP, smtp_client},   {WEIR_PROTOCOL_IMAP, imap_client},
    {WEIR_PROTOCOL_POP3, pop3_client},   {WEIR_PROTOCOL_FTP, ftp_client},
    {WEIR_PROTOCOL_XMPP, xmpp_client},   {WEIR_PROTOCOL_POSTGRESQL, postgresql_client},
    {WEIR_PROTOCOL_MYSQL, mysql_client}, {WEIR_PROTOCOL_LDAP, ldap_client},
    {WEIR_PROTOCOL_RDP, rdp_client},     {WEIR_PROTOCOL_SOCKS, socks_client},
};

static carrier_unit *find_unit(uint8_t protocol) {
  for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].protocol == protocol) return rows[i].unit;
  return NULL;
}

static void pass_over(reader *stream, carrier_state *state) {
  size_t n = state->skip < stream->left ? state->skip : stream->left;
  skip(stream, n);
  state->skip = (uint16_t)(state->skip - n);
}

/* A unit sees no more than a unit's worth, so that what is said of it does not
 * depend on how much happens to stand behind it. */
static parse_outcome take_units(carrier_unit *unit, reader *stream, carrier_state *state) {
  for (;;) {
    pass_over(stream, state);
    size_t size = stream->left < CARRIER_UNIT_MAX ? stream->left : CARRIER_UNIT_MAX;
    if (!size) return PARSE_NEED_MORE;
    reader window = reader_of(stream->at, size);
    parse_outcome outcome = unit(&window, state);
    skip(stream, size - window.left);
    if (outcome != PARSE_NEED_MORE) return outcome;
    if (window.left == size) return size < CARRIER_UNIT_MAX ? PARSE_NEED_MORE : PARSE_NOT_MINE;
    if (++state->units == CARRIER_UNITS_MAX) return PARSE_NOT_MINE;
  }
}

parse_outcome carrier_step(uint8_t protocol, reader *stream, uint32_t *state) {
  carrier_unit *unit = find_unit(protocol);
  if (!unit) return PARSE_NOT_MINE;
  carrier_state s = {(uint8_t)*state, (uint8_t)(*state >> 8), (uint16_t)(*state >> 16)};
  parse_outcome outcome = take_units(unit, stream, &s);
  *state = s.phase | (uint32_t)s.units << 8 | (uint32_t)s.skip << 16;
  return outcome;
}
