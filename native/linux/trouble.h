/* trouble.h -- what kept a device from being set up, in a sentence for whoever set it up. */
#ifndef WEIR_TROUBLE_H
#define WEIR_TROUBLE_H

#include <stddef.h>

typedef enum {
  TROUBLE_NONE,
  TROUBLE_NO_TUN,        /* /dev/net/tun is missing */
  TROUBLE_NO_CAPABILITY, /* CAP_NET_ADMIN */
  TROUBLE_BUSY,          /* the device, or the name, is in use */
  TROUBLE_CONFLICT,      /* an address or a route is there already */
  TROUBLE_BAD_ARGUMENT,
  TROUBLE_SYSTEM /* anything else; `error` says what */
} trouble_kind;

typedef struct trouble {
  trouble_kind kind;
  int error;      /* errno, 0 where there is none */
  char text[200]; /* what was tried and what to do, zero at the end */
} trouble;

/* Fills in `out`; always false, so that `return trouble_say(...)` ends a function. */
__attribute__((format(printf, 4, 5))) _Bool trouble_say(trouble *out, trouble_kind kind, int error,
                                                        const char *format, ...);

#endif
