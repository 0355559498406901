/* answer_page.h -- the page in the place of a blocked one (RFC 9110 15.5.4). */
#ifndef WEIR_ANSWER_PAGE_H
#define WEIR_ANSWER_PAGE_H

#include "weir.h"

typedef struct page_facts {
  weir_bytes host, category, list; /* text of the network's or a list's: escaped in the page */
  weir_bytes link;                 /* by which to go on; empty: none is offered */
  bool warns;                      /* the rule's action is warn, not block */
  bool is_head;                    /* a HEAD request gets no content (RFC 9110 9.3.2) */
} page_facts;

/* Writes a whole HTTP/1.1 response that closes the connection; its length, 0 when `room` is too
 * small.  `page` is HTML in which {host}, {category}, {list}, {action} and {link} stand for the facts;
 * empty: our own, which with a long host's name takes about 1,300 bytes. */
size_t answer_page(const page_facts *facts, weir_bytes page, uint8_t *out, size_t room);

/* To the front page of the host, whose link was good (RFC 9110 15.4.4). */
size_t answer_page_see_other(uint8_t *out, size_t room);

#endif
