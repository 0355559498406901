#include "answer_page.h"

#include "test.h"

static weir_bytes text(const char *s) { return (weir_bytes){(const uint8_t *)s, strlen(s)}; }

/* The response as text, with the length that it says it has checked. */
static const char *page(const page_facts *facts, const char *template, size_t room) {
  static char out[4096];
  uint8_t *exact = malloc(room ? room : 1);
  size_t n = answer_page(facts, text(template), exact, room);
  memcpy(out, exact, n);
  out[n] = 0;
  free(exact);
  const char *body = strstr(out, "\r\n\r\n");
  const char *length = strstr(out, "Content-Length: ");
  if (n && !facts->is_head) CHECK_EQ(strtol(length + 16, NULL, 10), (long)strlen(body + 4));
  return out;
}

int main(void) {
  page_facts facts = {.host = text("ads.example"), .category = text("ads"), .list = text("a list")};
  CHECK(strstr(page(&facts, "", 2000), "HTTP/1.1 403 Forbidden\r\n") != NULL);
  CHECK(strstr(page(&facts, "", 2000), "<b>ads.example</b>") != NULL);
  CHECK(strstr(page(&facts, "", 2000), "blocked") != NULL);
  CHECK(!strcmp(strstr(page(&facts, "{host}{{category}}{list}{no}{", 2000), "\r\n\r\n") + 4,
                "ads.example{ads}a list{no}{"));
  facts.warns = true;
  CHECK(!strcmp(strstr(page(&facts, "{action}", 2000), "\r\n\r\n") + 4, "held back"));

  /* A name is the network's text: no markup comes out of it. */
  facts.host = text("<script>alert('1')&\"\x01\xff");
  CHECK(!strcmp(strstr(page(&facts, "{host}", 2000), "\r\n\r\n") + 4,
                "&lt;script&gt;alert(&#39;1&#39;)&amp;&quot;??"));

  facts.host = text("warn.example");
  facts.link = text("/x?t=1");
  CHECK(strstr(page(&facts, "", 2000), "<a href=\"/x?t=1\">") != NULL);
  CHECK(strstr(page(&facts, "", 2000), "\r\nX-Frame-Options: DENY\r\n") != NULL);
  CHECK(!strcmp(strstr(page(&facts, "{link}", 2000), "\r\n\r\n") + 4, "/x?t=1"));

  facts.is_head = true;
  const char *head = page(&facts, "12345", 2000);
  CHECK(strstr(head, "Content-Length: 5\r\n") && !strcmp(strstr(head, "\r\n\r\n"), "\r\n\r\n"));
  facts.is_head = false;
  size_t whole = strlen(page(&facts, "", 2000));
  for (size_t room = 0; room < whole; room++) CHECK_EQ(strlen(page(&facts, "", room)), 0);
  CHECK_EQ(strlen(page(&facts, "", whole)), whole);

  /* Our own page with the longest name fits one packet of an ordinary link. */
  char name[254];
  memset(name, 'a', 253);
  name[253] = 0;
  facts.host = text(name);
  facts.link = text("/.well-known/weir/bypass?t=01234567890123456789012345678901");
  CHECK(strlen(page(&facts, "", 4000)) <= 1440);
  uint8_t out[200];
  CHECK_EQ(answer_page_see_other(out, 10), 0);
  CHECK(answer_page_see_other(out, sizeof out) > 100);
  CHECK(!memcmp(out, "HTTP/1.1 303 See Other\r\nLocation: /\r\n", 37));
  return test_end("answer_page");
}
