/* Links of pages: no token is good but one that was given out, for the client and the host it was given
 * out for, once.
 *
 * Input: a byte that says what is asked with, the page it is compared with, a token, a host. */
#include <assert.h>
#include <string.h>

#include "crypto.h"
#include "engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PAGES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static weir_crypto crypto;
  static bypasses t;
  weir_bypass room[1];
  weir_config c = {.max_bypasses = 1, .bypass_s = 1, .bypass_key = {1}, .crypto = &crypto};
  uint8_t given[PAGES][BYPASS_TOKEN_LEN], what, page, client[16] = {1};
  name host, asked = {.len = 1, .text = "a"};
  reader in = reader_of(data, len), token;
  uint32_t serial;
  if (!get_u8(&in, &what) || !get_u8(&in, &page) || !get_bytes(&in, BYPASS_TOKEN_LEN, &token))
    return 0;
  if (!name_from_host(&host, in)) host = asked;
  /* Another key for another host: what one input found is no use to the next. */
  memcpy(c.bypass_key, host.text, host.len < sizeof c.bypass_key ? host.len : sizeof c.bypass_key);
  weir_crypto_portable(&crypto);
  memset(&t, 0, sizeof t);
  bypasses_init(&t, room, &c);
  for (unsigned i = 0; i < PAGES; i++)
    assert(bypasses_offer(&t, &crypto, client, &host, 1000000, given[i]));
  uint8_t *right = given[page % PAGES];
  bool same_host = what & 1 || name_equal(&host, &asked);
  if (what & 1) asked = host;
  if (what & 2) client[what >> 4] ^= what & 4;
  bool same_client = !(what & 2) || !(what & 4);
  /* As it was given out, but for what the input changes. */
  uint8_t tried[BYPASS_TOKEN_LEN];
  memcpy(tried, token.at, sizeof tried);
  if (what & 8)
    for (unsigned i = 0; i < sizeof tried; i++) tried[i] = token.at[i] ? token.at[i] : right[i];
  bool is_given = false;
  for (unsigned i = 0; i < PAGES; i++) is_given |= !memcmp(tried, given[i], sizeof tried);
  bool good = bypasses_check(&t, &crypto, client, &asked, 1000000, tried, &serial);
  assert(good == (is_given && same_host && same_client));
  if (!good) return 0;
  assert(serial < PAGES);
  bypasses_use_up(&t, serial);
  assert(!bypasses_check(&t, &crypto, client, &asked, 1000000, tried, &serial));
  return 0;
}
