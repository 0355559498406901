/* bypass.h -- what goes on although a rule stops it, and the links by which people say so.
 *
 * A page about a host that a rule warns of has a link on that host, which the engine answers.  Its token is
 * a serial number and the time it was made, signed with the engine's key together with host and client
 * (HMAC-SHA-256, RFC 2104), so that nothing has to be kept of a page.  Of each of the last BYPASS_PAGES
 * pages a bit says that its link was used; older links are as good as used. */
#ifndef WEIR_BYPASS_H
#define WEIR_BYPASS_H

#include "hkdf.h"
#include "name.h"

#define BYPASS_MAX         1024u
#define BYPASS_SECONDS_MAX (1u << 24)
#define BYPASS_PAGES       1024u
#define BYPASS_TOKEN_S     600u /* that a link is good for */
#define BYPASS_TOKEN_LEN   32u  /* characters: 24 bytes in base64url (RFC 4648 5) */

typedef struct bypasses {
  weir_bypass *entries; /* of engine time */
  uint32_t max, count;
  uint64_t soonest_us; /* when the first expires */
  uint64_t changed_us; /* when what is lifted changed; 0: never */
  uint32_t issued;     /* the next page's serial number */
  uint64_t used[BYPASS_PAGES / 64];
  bool signs;
  hmac_key key;
} bypasses;

static inline size_t bypasses_size(const weir_config *c) {
  return c->max_bypasses * sizeof(weir_bypass);
}
/* `memory` is zeroed and bypasses_size() long. */
void bypasses_init(bypasses *t, void *memory, const weir_config *config);

/* `by->expires_us` is engine time from here on.  False: there is no room. */
bool bypasses_add(bypasses *t, const weir_bypass *by, uint64_t now_us);

/* Whether a live one lets `client` go on to `host`, where it is not NULL, or to `server`, where that is not, over `action`. */
bool bypasses_lift(bypasses *t, const uint8_t client[16], const name *host,
                   const uint8_t server[16], uint8_t action, uint64_t now_us);

/* Takes away what has expired; whether anything changed since `tick`, in units of 2^FLOW_TICK_SHIFT us. */
bool bypasses_changed(bypasses *t, uint32_t tick, uint64_t now_us);

/* The token of a new page's link.  False: there is no key. */
bool bypasses_offer(bypasses *t, const weir_crypto *crypto, const uint8_t client[16],
                    const name *host, uint64_t now_us, uint8_t out[BYPASS_TOKEN_LEN]);

/* Whether `token` is one of a page for this host and client, good and unused; *serial is its page. */
bool bypasses_check(const bypasses *t, const weir_crypto *crypto, const uint8_t client[16],
                    const name *host, uint64_t now_us, const uint8_t token[BYPASS_TOKEN_LEN],
                    uint32_t *serial);
void bypasses_use_up(bypasses *t, uint32_t serial);

#endif
