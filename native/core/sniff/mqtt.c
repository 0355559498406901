/* mqtt.c -- MQTT's CONNECT and CONNACK: 3.1, 3.1.1 and 5.0 (section 3.1 of each). */
#include "match.h"
#include "sniffers.h"

/* The variable byte integer of MQTT 5.0 1.5.5. */
static parse_outcome get_varint(reader *r, uint32_t *out) {
  uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    uint8_t b;
    if (!get_u8(r, &b)) return PARSE_NEED_MORE;
    value |= (uint32_t)(b & 0x7f) << shift;
    if (b < 0x80) return *out = value, PARSE_PARSED;
  }
  return PARSE_NOT_MINE;
}

static parse_outcome level_in(reader *r, uint8_t low, uint8_t high) {
  uint8_t level;
  if (!get_u8(r, &level)) return PARSE_NEED_MORE;
  level &= 0x7f; /* bridges set the top bit */
  return parsed_if(level >= low && level <= high);
}

static parse_outcome connect(reader r) {
  uint32_t length;
  parse_outcome o = get_varint(&r, &length);
  if (o != PARSE_PARSED) return o;
  if (length < 10) return PARSE_NOT_MINE;
  reader old = r;
  o = MATCH(r, "\0\4MQTT");
  if (o == PARSE_PARSED && skip(&r, 6)) return level_in(&r, 4, 5);
  parse_outcome p = MATCH(old, "\0\6MQIsdp");
  if (p == PARSE_PARSED && skip(&old, 8)) return level_in(&old, 3, 3);
  return either(o, p);
}

/* Four bytes or so: the port must agree. */
static parse_outcome connack(reader r) {
  uint32_t length;
  uint8_t flags, code;
  parse_outcome o = get_varint(&r, &length);
  if (o != PARSE_PARSED) return o;
  if (length < 2) return PARSE_NOT_MINE;
  if (!get_u8(&r, &flags)) return PARSE_NEED_MORE;
  if (flags > 1) return PARSE_NOT_MINE;
  if (!get_u8(&r, &code)) return PARSE_NEED_MORE;
  return parsed_if(code <= 5 || code >= 0x80);
}

parse_outcome sniff_mqtt(const sniff_input *in) {
  reader r = in->bytes;
  uint8_t type;
  if (!get_u8(&r, &type)) return PARSE_NEED_MORE;
  if (type == 0x10) return connect(r);
  if (type != 0x20 || in->from_client || !in->is_start || in->server_port != 1883)
    return PARSE_NOT_MINE;
  return connack(r);
}
