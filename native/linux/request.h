/* request.h -- messages to rtnetlink (RFC 3549), several in one call where they belong together. */
#ifndef WEIR_REQUEST_H
#define WEIR_REQUEST_H

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_MAX          4096u
#define REQUEST_MESSAGES_MAX 16u
#define REQUEST_ANSWER_MAX   16384u /* more than the kernel puts into one datagram of a dump */

/* Messages that are sent at once are obeyed in one system call, one after the other whatever becomes of
 * each, so that nothing comes between them, not even the end of the process. */
typedef struct request {
  _Alignas(8) uint8_t bytes[REQUEST_MAX];
  size_t len, last; /* where the last message begins */
  unsigned count;
  int errors[REQUEST_MESSAGES_MAX]; /* of request_exchange(): 0 or an errno each */
} request;

/* Begins a message; its family header, zeroed, is to be filled in. */
void *request_begin(request *r, uint16_t type, uint16_t flags, size_t family_header);
/* Attributes of the message begun last; request_nest() says where request_end() is to end it. */
void request_add(request *r, uint16_t type, const void *value, size_t len);
void request_add_text(request *r, uint16_t type, const char *text);
size_t request_nest(request *r, uint16_t type);
void request_end(request *r, size_t nest);

/* Sends all and waits for the kernel's word about each: the first errno, or 0. */
int request_exchange(int socket, request *r);

/* Attributes, or one's value; a walk through what the kernel says. */
typedef struct attributes {
  const uint8_t *at;
  size_t left;
} attributes;

/* False at the end. */
bool attributes_next(attributes *a, unsigned *type, attributes *value);
/* The value of the first of that type; empty when there is none. */
attributes attributes_find(attributes a, unsigned type);
/* A number, 0 where there is none. */
uint32_t attributes_u32(attributes value);
/* Whether it is this text. */
bool attributes_is(attributes value, const char *text);

/* The next message of what was received; its family's header is `body`, its attributes are behind `family_header`
 * bytes of it.  False at the end. */
bool message_next(attributes *received, struct nlmsghdr *header, attributes *body);
attributes message_attributes(attributes body, size_t family_header);

/* Sends `r`, which asks for a dump, and shows each message: 0 or an errno. */
int request_dump(int socket, request *r,
                 void (*visit)(void *context, uint16_t type, attributes body), void *context);

#endif
