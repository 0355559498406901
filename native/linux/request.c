#include "request.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static struct nlmsghdr read_header(const uint8_t *at) {
  struct nlmsghdr h;
  memcpy(&h, at, sizeof h);
  return h;
}

/* The message's length grows with what is put at its end. */
static void *extend(request *r, size_t len) {
  void *at = r->bytes + r->len;
  memset(at, 0, NLMSG_ALIGN(len));
  r->len += NLMSG_ALIGN(len);
  uint32_t whole = (uint32_t)(r->len - r->last);
  memcpy(r->bytes + r->last + offsetof(struct nlmsghdr, nlmsg_len), &whole, sizeof whole);
  return at;
}

void *request_begin(request *r, uint16_t type, uint16_t flags, size_t family_header) {
  struct nlmsghdr header = {.nlmsg_type = type,
                            .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
                            .nlmsg_seq = ++r->count};
  r->last = r->len;
  memcpy(r->bytes + r->last, &header, sizeof header);
  r->len += NLMSG_HDRLEN;
  return extend(r, family_header);
}

void request_add(request *r, uint16_t type, const void *value, size_t len) {
  struct rtattr attribute = {(uint16_t)RTA_LENGTH(len), type};
  uint8_t *at = extend(r, RTA_LENGTH(len));
  memcpy(at, &attribute, sizeof attribute);
  memcpy(at + RTA_LENGTH(0), value, len);
}

void request_add_text(request *r, uint16_t type, const char *text) {
  request_add(r, type, text, strlen(text) + 1);
}

size_t request_nest(request *r, uint16_t type) {
  size_t nest = r->len;
  request_add(r, type, "", 0);
  return nest;
}

void request_end(request *r, size_t nest) {
  uint16_t len = (uint16_t)(r->len - nest);
  memcpy(r->bytes + nest + offsetof(struct rtattr, rta_len), &len, sizeof len);
}

static int receive(int socket, uint8_t *bytes, attributes *out) {
  ssize_t n;
  do n = recv(socket, bytes, REQUEST_ANSWER_MAX, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0) return errno;
  *out = (attributes){bytes, (size_t)n};
  return 0;
}

/* What an NLMSG_ERROR or NLMSG_DONE says: both begin so. */
static int said(attributes body) {
  int error = EPROTO;
  if (body.left >= sizeof error) {
    memcpy(&error, body.at, sizeof error);
    error = -error;
  }
  return error;
}

int request_exchange(int socket, request *r) {
  uint8_t bytes[REQUEST_ANSWER_MAX];
  attributes received = {0}, body;
  struct nlmsghdr header;
  int first = 0, error;
  if (send(socket, r->bytes, r->len, 0) < 0) return errno;
  for (unsigned waiting = r->count; waiting;) {
    if (!received.left && (error = receive(socket, bytes, &received))) return error;
    if (!message_next(&received, &header, &body)) {
      received.left = 0;
      continue;
    }
    if (header.nlmsg_type != NLMSG_ERROR || !header.nlmsg_seq || header.nlmsg_seq > r->count)
      continue;
    r->errors[header.nlmsg_seq - 1] = error = said(body);
    if (!first) first = error;
    waiting--;
  }
  return first;
}

bool attributes_next(attributes *a, unsigned *type, attributes *value) {
  struct rtattr head;
  if (a->left < sizeof head) return false;
  memcpy(&head, a->at, sizeof head);
  if (head.rta_len < sizeof head || head.rta_len > a->left) return false;
  *type = head.rta_type & (unsigned)NLA_TYPE_MASK;
  *value = (attributes){a->at + sizeof head, head.rta_len - sizeof head};
  size_t step = RTA_ALIGN(head.rta_len) < a->left ? RTA_ALIGN(head.rta_len) : a->left;
  a->at += step;
  a->left -= step;
  return true;
}

attributes attributes_find(attributes a, unsigned type) {
  unsigned found;
  attributes value;
  while (attributes_next(&a, &found, &value))
    if (found == type) return value;
  return (attributes){0};
}

uint32_t attributes_u32(attributes value) {
  uint32_t n = 0;
  if (value.left >= sizeof n) memcpy(&n, value.at, sizeof n);
  return n;
}

bool attributes_is(attributes value, const char *text) {
  size_t len = strlen(text);
  return value.left >= len && !memcmp(value.at, text, len) && (value.left == len || !value.at[len]);
}

bool message_next(attributes *received, struct nlmsghdr *header, attributes *body) {
  if (received->left < NLMSG_HDRLEN) return false;
  *header = read_header(received->at);
  if (header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > received->left) return false;
  *body = (attributes){received->at + NLMSG_HDRLEN, header->nlmsg_len - NLMSG_HDRLEN};
  size_t step = NLMSG_ALIGN(header->nlmsg_len);
  if (step > received->left) step = received->left;
  received->at += step;
  received->left -= step;
  return true;
}

attributes message_attributes(attributes body, size_t family_header) {
  size_t skip = NLMSG_ALIGN(family_header);
  if (body.left < skip) return (attributes){0};
  return (attributes){body.at + skip, body.left - skip};
}

int request_dump(int socket, request *r,
                 void (*visit)(void *context, uint16_t type, attributes body), void *context) {
  uint8_t bytes[REQUEST_ANSWER_MAX];
  attributes received = {0}, body;
  struct nlmsghdr header;
  if (send(socket, r->bytes, r->len, 0) < 0) return errno;
  for (;;) {
    int error = receive(socket, bytes, &received);
    if (error) return error;
    while (message_next(&received, &header, &body)) {
      if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE) return said(body);
      visit(context, header.nlmsg_type, body);
    }
  }
}
