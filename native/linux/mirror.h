/* mirror.h -- copies of what an interface receives and sends, by tc(8)'s clsact, u32 and mirred.
 *
 * The traffic itself goes its way.  The filters are known by their cookie, whoever made them; when
 * the device that they copy to has gone, with the process that had it, they copy nothing any more. */
#ifndef WEIR_MIRROR_H
#define WEIR_MIRROR_H

#include <stdbool.h>
#include <stddef.h>

#include "trouble.h"

#define MIRROR_LEFT_MAX 4096u

/* All IPv4 and IPv6 packets that `interface` receives and sends are copied to `device`, behind no link header where
 * that has none.  What a killed process left there is taken away before; a mirror at work is left alone,
 * and is an error.  A clsact of somebody else's is used, and stays.  `name` is the interface's. */
bool mirror_set(int socket, unsigned interface, const char *name, unsigned device, trouble *why);

/* Whether somebody took a part of it away: what the kernel said of `type` with `body`. */
bool mirror_is_undone(unsigned interface, unsigned short type, const void *body, size_t len);

/* Takes the mirrors of `interface` away, at work or not, and clsact if it came with them and nobody else
 * has filters there. */
bool mirror_clear(int socket, unsigned interface, trouble *why);

/* What is written to `device` comes to the host's stack as if `interface` had received it.  Goes with the device. */
bool mirror_inject(int socket, unsigned device, unsigned interface, trouble *why);

/* Interfaces whose mirrors were left by a process that was killed; how many, MIRROR_LEFT_MAX at most.  Needs
 * no capability. */
bool mirror_left(int socket, unsigned interfaces[MIRROR_LEFT_MAX], size_t *count, trouble *why);

/* Takes all of those away; what cannot be taken away stays. */
void mirror_clear_left(int socket);

#endif
