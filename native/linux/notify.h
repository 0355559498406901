/* notify.h -- what a service manager is told of this process (sd_notify(3)). */
#ifndef WEIR_NOTIFY_H
#define WEIR_NOTIFY_H

#include <stdbool.h>

/* Sends `text` to the Unix socket at `path`, which $NOTIFY_SOCKET names; an @ in front stands for Linux's
 * abstract names.  It does not wait: false when nobody takes it. */
bool notify_send(const char *path, const char *text);

#endif
