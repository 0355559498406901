#include "answer_page.h"

#include "writer.h"

#define OWN_PAGE(offer)                                                                         \
  "<!doctype html><html lang=en><meta charset=utf-8><title>{action}: {host}</title>"            \
  "<meta name=viewport content=\"width=device-width\"><style>:root{color-scheme:light dark}"    \
  "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}"    \
  "h1{font-size:1.4rem}b{overflow-wrap:anywhere}p:last-child{opacity:.7}</style>"               \
  "<h1>This site is {action}</h1><p><b>{host}</b> is on a list of sites that this device does " \
  "not open.<p>{list} <i>{category}</i>" offer "<p>Answered on this device by Weir."

static const char own_page[] = OWN_PAGE("");
static const char own_offer[] = OWN_PAGE("<p><a href=\"{link}\">Open it all the same</a>");

static const char head[] =
    "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\n";
/* Nobody is to be led to the link without seeing where it leads (RFC 7034). */
static const char unframed[] = "X-Frame-Options: DENY\r\n";
static const char length[] = "Content-Length: ";

static const char see_other[] =
    "HTTP/1.1 303 See Other\r\nLocation: /\r\nCache-Control: no-store\r\n"
    "Connection: close\r\nContent-Length: 0\r\n\r\n";

/* HTML text and quoted attributes alike; what is no printable ASCII has no business in a name. */
static void put_escaped(writer *w, weir_bytes text) {
  for (size_t i = 0; i < text.len; i++) {
    uint8_t c = text.base[i];
    switch (c) {
      case '&': put(w, "&amp;", 5); break;
      case '<': put(w, "&lt;", 4); break;
      case '>': put(w, "&gt;", 4); break;
      case '"': put(w, "&quot;", 6); break;
      case '\'': put(w, "&#39;", 5); break;
      default: put(w, c >= 0x20 && c < 0x7f ? (const void *)&c : "?", 1);
    }
  }
}

static void put_number(writer *w, size_t n) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + n % 10);
  while (n /= 10);
  put(w, digits + at, sizeof digits - at);
}

/* A text of our own, without its final zero. */
#define TEXT(s) \
  { (const uint8_t *)(s), sizeof(s) - 1 }

/* The fact that a placeholder at the front of `page` stands for, and its length with the braces; 0: none. */
static size_t placeholder(weir_bytes page, const page_facts *facts, weir_bytes *fact) {
  static const weir_bytes held_back = TEXT("held back"), blocked = TEXT("blocked");
  const struct {
    weir_bytes name, value;
  } known[] = {{TEXT("{host}"), facts->host},
               {TEXT("{category}"), facts->category},
               {TEXT("{list}"), facts->list},
               {TEXT("{link}"), facts->link},
               {TEXT("{action}"), facts->warns ? held_back : blocked}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    size_t len = known[i].name.len;
    if (page.len < len || memcmp(page.base, known[i].name.base, len)) continue;
    *fact = known[i].value;
    return len;
  }
  return 0;
}

static void put_page(writer *w, weir_bytes page, const page_facts *facts) {
  weir_bytes fact;
  while (page.len) {
    size_t plain = 0, taken;
    while (plain < page.len && page.base[plain] != '{') plain++;
    if (!plain) {
      taken = placeholder(page, facts, &fact);
      if (taken) put_escaped(w, fact);
      plain = taken ? taken : 1; /* a brace of the page's own, of its style sheet for one */
      if (!taken) put(w, page.base, 1);
    } else {
      put(w, page.base, plain);
    }
    page.base += plain;
    page.len -= plain;
  }
}

size_t answer_page(const page_facts *facts, weir_bytes page, uint8_t *out, size_t room) {
  if (!page.len) page = facts->link.len ? (weir_bytes)TEXT(own_offer) : (weir_bytes)TEXT(own_page);
  /* Its length goes in front of it: it is written once to be measured, behind where it will stand. */
  writer w = {out, room, false};
  put_page(&w, page, facts);
  size_t len = room - w.left;
  bool fits = !w.full;
  w = (writer){out, room, false};
  put(&w, head, sizeof head - 1);
  if (facts->link.len) put(&w, unframed, sizeof unframed - 1);
  put(&w, length, sizeof length - 1);
  put_number(&w, len);
  put(&w, "\r\n\r\n", 4);
  if (!facts->is_head) put_page(&w, page, facts);
  return fits && !w.full ? room - w.left : 0;
}

size_t answer_page_see_other(uint8_t *out, size_t room) {
  writer w = {out, room, false};
  put(&w, see_other, sizeof see_other - 1);
  return room - w.left;
}
