/* Two bytes of link type, then a frame. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

static link_outcome open_frame(uint32_t link_type, const uint8_t *bytes, size_t len,
                               size_t *header) {
  uint8_t *copy = malloc(len ? len : 1);
  if (len) memcpy(copy, bytes, len);
  reader ip = {0};
  link_outcome outcome = link_to_ip(link_type, reader_of(copy, len), &ip);
  *header = 0;
  if (outcome == LINK_IP) {
    assert(ip.left && ip.at >= copy && ip.at + ip.left == copy + len);
    *header = (size_t)(ip.at - copy);
  }
  free(copy);
  return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2 || size > 256) return 0;
  uint32_t link_type = (uint32_t)data[0] << 8 | data[1];
  size_t header, prefix_header;
  link_outcome outcome = open_frame(link_type, data + 2, size - 2, &header);
  for (size_t n = 0; n < size - 2; n++) {
    link_outcome prefix = open_frame(link_type, data + 2, n, &prefix_header);
    assert(prefix == LINK_TRUNCATED || prefix == outcome);
    if (prefix == LINK_IP) assert(prefix_header == header);
  }
  return 0;
}
