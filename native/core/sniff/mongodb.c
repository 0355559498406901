/* mongodb.c -- the client's first message to MongoDB: OP_QUERY or OP_MSG (wire protocol, header).
 */
#include "match.h"
#include "sniffers.h"

#define OP_QUERY 2004u
#define OP_MSG   2013u

parse_outcome sniff_mongodb(const sniff_input *in) {
  reader r = in->bytes;
  uint32_t length, id, answered, opcode;
  if (!in->from_client || !in->is_start) return PARSE_NOT_MINE;
  if (!get_le32(&r, &length)) return PARSE_NEED_MORE;
  if (length < 21 || length > 0x10000) return PARSE_NOT_MINE;
  if (!get_le32(&r, &id) || !get_le32(&r, &answered)) return PARSE_NEED_MORE;
  if (answered && answered != 0xffffffff) return PARSE_NOT_MINE;
  if (!get_le32(&r, &opcode)) return PARSE_NEED_MORE;
  return parsed_if(opcode == OP_QUERY || opcode == OP_MSG);
}
