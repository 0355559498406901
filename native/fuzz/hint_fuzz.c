/* hints_store and hints_find against a list of all that was stored: three bytes an operation. */
#include <stdlib.h>
#include <string.h>

#include "hint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ADDRESSES = 8, SECOND = 1000000 };

typedef struct model {
  uint8_t owner; /* the one letter of the name */
  uint64_t expires_us, other_us;
} model;

static void require(bool condition) {
  if (!condition) abort();
}

static void model_store(model *m, uint8_t owner, uint32_t ttl_s, uint64_t now_us) {
  const uint32_t life_s = ttl_s < HINT_TTL_MIN ? HINT_TTL_MIN : ttl_s;
  const uint64_t expires_us = now_us + (uint64_t)life_s * SECOND;
  const bool lives = m->expires_us > now_us;
  if (lives && m->owner == owner) {
    if (m->expires_us < expires_us) m->expires_us = expires_us;
    return;
  }
  if (!lives)
    m->other_us = 0;
  else if (m->other_us < m->expires_us)
    m->other_us = m->expires_us;
  m->owner = owner;
  m->expires_us = expires_us;
}

/* Unless something was evicted the map knows all; what it knows is right in any case, but
 * for an ambiguity that went with its entry. */
static void check_find(hints *h, const weir_addr *addr, const model *m, bool lost,
                       uint64_t now_us) {
  bool ambiguous;
  const name *found = hints_find(h, hints_place(h, addr), addr, now_us, &ambiguous);
  if (!found) {
    require(!ambiguous && (lost || m->expires_us <= now_us));
    return;
  }
  require(m->expires_us > now_us && found->len == 1 && found->text[0] == (char)m->owner);
  require(lost ? !ambiguous || m->other_us > now_us : ambiguous == (m->other_us > now_us));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const uint64_t seed[2] = {3, 4};
  if (len < 1) return 0;
  const uint32_t count = 1u << (data[0] & 7);
  void *memory = calloc(1, hints_size(count));
  hints *h = hints_init(memory, count, seed);
  model models[ADDRESSES] = {{0}};
  bool lost = false;
  uint64_t now_us = 0;
  for (size_t i = 1; i + 3 <= len; i += 3) {
    const unsigned a = data[i] % ADDRESSES;
    const weir_addr addr = {{[15] = (uint8_t)a}};
    now_us += (uint64_t)(data[i] >> 3) * SECOND;
    if (data[i + 1] & 0x80) {
      const name owner = {.len = 1, .text = {(char)('a' + (data[i + 1] & 3))}};
      if (hints_store(h, &addr, &owner, data[i + 2], now_us)) lost = true;
      model_store(&models[a], (uint8_t)owner.text[0], data[i + 2], now_us);
    }
    check_find(h, &addr, &models[a], lost, now_us);
  }
  free(memory);
  return 0;
}
