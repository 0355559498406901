#include "test.h"

#include "http1.h"

typedef parse_outcome (*head_parser)(reader *in, http_head *out, size_t *need);

/* One call with `len` bytes of `text` in memory of exactly that size. */
static parse_outcome once(head_parser parse, const char *text, size_t len, http_head *out,
                          size_t *consumed) {
  char *bytes = malloc(len ? len : 1);
  memcpy(bytes, text, len);
  reader in = reader_of(bytes, len);
  size_t need = 0;
  parse_outcome outcome = parse(&in, out, &need);
  *consumed = len - in.left;
  CHECK(outcome == PARSE_PARSED || *consumed == 0);
  CHECK(outcome != PARSE_NEED_MORE || need == len + 1);
  free(bytes);
  return outcome;
}

/* A whole head: parsed, with and without a body behind it; each strict prefix asks for more. */
static http_head parsed(head_parser parse, const char *text) {
  http_head out, cut;
  size_t consumed, len = strlen(text);
  char more[2048];
  snprintf(more, sizeof more, "%sGET / body", text);
  CHECK_EQ(once(parse, more, strlen(more), &out, &consumed), PARSE_PARSED);
  CHECK_EQ(consumed, len);
  CHECK_EQ(once(parse, text, len, &out, &consumed), PARSE_PARSED);
  for (size_t n = 0; n < len; n++) CHECK_EQ(once(parse, text, n, &cut, &consumed), PARSE_NEED_MORE);
  return out;
}

static parse_outcome request(const char *text, http_head *out) {
  size_t consumed;
  return once(http1_request, text, strlen(text), out, &consumed);
}

static parse_outcome response(const char *text, http_head *out) {
  size_t consumed;
  return once(http1_response, text, strlen(text), out, &consumed);
}

static void expect_host(const char *text, const char *target_host, const char *host) {
  http_head h = parsed(http1_request, text);
  CHECK_TEXT(h.target_host.text, h.target_host.len, target_host);
  CHECK_TEXT(h.host.text, h.host.len, host);
}

static void hosts(void) {
  expect_host("GET / HTTP/1.1\r\nHost: Example.COM.\r\nCookie: host=b\r\n\r\n", "", "example.com");
  expect_host("GET / HTTP/1.1\r\nUser-Agent: x\r\nHOST:a.tld:8080\r\n\r\n", "", "a.tld");
  expect_host("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "", "2001:db8::1");
  expect_host("GET / HTTP/1.0\r\n\r\n", "", "");
  expect_host("GET / HTTP/1.1\r\nHost:\r\n\r\n", "", "");
  expect_host("GET / HTTP/1.1\r\nHost: a.tld\r\nHost: b.tld\r\n\r\n", "", "a.tld");
  expect_host("GET / HTTP/1.1\r\nX-Host: b.tld\r\nHosts: c\r\nHost: a.tld\r\n\r\n", "", "a.tld");
  expect_host("GET http://b.tld/x HTTP/1.1\r\nHost: a.tld\r\n\r\n", "b.tld", "a.tld");
  expect_host("GET HTTP://u:p@x@b.tld:81?@c.tld HTTP/1.1\r\n\r\n", "b.tld", "");
  expect_host("GET /r?u=http://c.tld/ HTTP/1.1\r\nHost: a.tld\r\n\r\n", "", "a.tld");
  expect_host("CONNECT b.tld:443 HTTP/1.1\r\nHost: a.tld\r\n\r\n", "b.tld", "a.tld");
  expect_host("OPTIONS * HTTP/1.1\r\nHost: a.tld\r\n\r\n", "", "a.tld");
}

/* What no grammar allows and some server takes. */
static void ugly(void) {
  expect_host("\r\n\n\r\nGET / HTTP/1.1\r\nHost: a.tld\r\n\r\n", "", "a.tld");
  expect_host("GET / HTTP/1.1\nHost: a.tld\n\n", "", "a.tld");
  expect_host("get  / HTTP/1.1 \r\nhost \t:\ta.tld\t\r\n\n", "", "a.tld");
  expect_host("GET\t/\tHTTP/1.1\r\nHost:a.tld\r\n\r\n", "", "a.tld");
  expect_host("GET /a b\xff\x01 c HTTP/1.1\r\nHost: a.tld\r\n\r\n", "", "a.tld");
  expect_host("GET HTTP/1.1\r\nHost: a.tld\r\n\r\n", "", "a.tld");
  expect_host("GET / HTTP/1.1\r\nHost:\r\n a.tld\r\n\r\n", "", "a.tld");
  expect_host("GET / HTTP/1.1\r\nX: y\r\n Host: b.tld\r\nHost: a.tld\r\n\r\n", "", "a.tld");
  expect_host("GET / HTTP/1.1\r\n Host: b.tld\r\nHost\r\n:\r\nHost: a.tld\r\n\r\n", "", "a.tld");
  http_head h = parsed(http1_request, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
  CHECK(h.host_refused && !h.host.len);
  h = parsed(http1_request, "GET / HTTP/1.1\r\nHost: a\r\n b\r\nHost: c.tld\r\n\r\n");
  CHECK(h.host_refused);
  CHECK_TEXT(h.host.text, h.host.len, "c.tld");
}

static void not_http(void) {
  static const char *const others[] = {"\x16\x03\x01",
                                       "SSH-2.0-OpenSSH\r\n",
                                       "GET /x\r\n",
                                       "OPTIONS rtsp://a/ RTSP/1.0\r\n",
                                       "REGISTER sip:a SIP/2.0\r\n",
                                       "OPTIONS icap://a/ ICAP/1.0\r\n",
                                       "EHLO a.tld\r\n",
                                       " GET /",
                                       "PRI * HTTP/2.0\r\n",
                                       "HTTP/1.1 200 OK\r\n",
                                       "ABCDEFGHIJKLMNOPQRSTUVWXY",
                                       "GET /\r\n",
                                       "GET / HTTP/1.\r\n",
                                       "GET / HTTP/.1\r\n",
                                       "GET / HTTP/11\r\n",
                                       "GET / http/1.1\r\n"};
  http_head h;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    CHECK_EQ(request(others[i], &h), PARSE_NOT_MINE);
  size_t consumed;
  CHECK_EQ(once(http1_request, "GET \0", 5, &h, &consumed), PARSE_NOT_MINE);
  CHECK_EQ(response("ICY 200 OK", &h), PARSE_NOT_MINE);
  CHECK_EQ(response("HTTP/1 200 OK\r\n", &h), PARSE_NOT_MINE);
  CHECK_EQ(response("HTTP/1.1 20 OK\r\n", &h), PARSE_MALFORMED);
  CHECK_EQ(response("HTTP/1.1 099 OK\r\n", &h), PARSE_MALFORMED);
}

static void long_line(void) {
  static char text[17000];
  http_head h;
  size_t consumed;
  memset(text, 'a', sizeof text);
  memcpy(text, "GET /", 5);
  CHECK_EQ(once(http1_request, text, 16384, &h, &consumed), PARSE_NEED_MORE);
  CHECK_EQ(once(http1_request, text, 16385, &h, &consumed), PARSE_MALFORMED);
  memcpy(text + 16900, " HTTP/1.1\r\n\r\n", 13);
  CHECK_EQ(once(http1_request, text, 16913, &h, &consumed), PARSE_MALFORMED);
  memcpy(text + 16384 - 10, " HTTP/1.1\r\n\r\n", 13);
  CHECK_EQ(once(http1_request, text, 16387, &h, &consumed), PARSE_PARSED);
}

/* A capture that ends within the head still tells what came before. */
static void cut_short(void) {
  http_head h;
  CHECK_EQ(request("GET / HTTP/1.1\r\nHost: a.tld\r\nCook", &h), PARSE_NEED_MORE);
  CHECK_TEXT(h.host.text, h.host.len, "a.tld");
  CHECK_EQ(request("GET / HTTP/1.1\r\nHost: a.tl", &h), PARSE_NEED_MORE);
  CHECK_EQ(h.host.len, 0);
  CHECK_EQ(request("CONNECT a.tld:443 HTTP/1.1\r\n", &h), PARSE_NEED_MORE);
  CHECK(h.is_connect);
  CHECK_TEXT(h.target_host.text, h.target_host.len, "a.tld");
}

static void expect_body(head_parser parse, const char *start, const char *fields, http_body body,
                        uint64_t length) {
  char text[1024];
  snprintf(text, sizeof text, "%s\r\n%s\r\n", start, fields);
  http_head h = parsed(parse, text);
  CHECK_EQ(h.body, body);
  CHECK_EQ(h.length, length);
}

/* RFC 9112 6.3 */
static void bodies(void) {
  static const char post[] = "POST / HTTP/1.1", ok[] = "HTTP/1.1 200 OK";
  expect_body(http1_request, post, "", HTTP_BODY_NONE, 0);
  expect_body(http1_request, post, "Content-Length: 42\r\n", HTTP_BODY_LENGTH, 42);
  expect_body(http1_request, post, "content-length:7, 7\r\nContent-Length: 7\r\n", HTTP_BODY_LENGTH,
              7);
  expect_body(http1_request, post, "Content-Length: 7\r\nContent-Length: 8\r\n", HTTP_BODY_TO_CLOSE,
              0);
  expect_body(http1_request, post, "Content-Length: -1\r\n", HTTP_BODY_TO_CLOSE, 0);
  expect_body(http1_request, post, "Content-Length:\r\n", HTTP_BODY_TO_CLOSE, 0);
  expect_body(http1_request, post, "Content-Length: 99999999999999999999\r\n", HTTP_BODY_TO_CLOSE,
              0);
  expect_body(http1_request, post, "Transfer-Encoding: gzip, Chunked\r\nContent-Length: 3\r\n",
              HTTP_BODY_CHUNKED, 0);
  expect_body(http1_request, post, "Transfer-Encoding: chunked, gzip\r\n", HTTP_BODY_TO_CLOSE, 0);
  expect_body(http1_request, post, "Transfer-Encoding: identity\r\n", HTTP_BODY_NONE, 0);
  expect_body(http1_request, "CONNECT a:1 HTTP/1.1", "Content-Length: 3\r\n", HTTP_BODY_NONE, 0);
  expect_body(http1_response, ok, "", HTTP_BODY_TO_CLOSE, 0);
  expect_body(http1_response, ok, "Content-Length: 0\r\n", HTTP_BODY_LENGTH, 0);
  expect_body(http1_response, ok, "Transfer-Encoding: chunked\r\n", HTTP_BODY_CHUNKED, 0);
  expect_body(http1_response, "HTTP/1.1 204", "Content-Length: 5\r\n", HTTP_BODY_NONE, 0);
  expect_body(http1_response, "HTTP/1.1 304 Not Modified", "Content-Length: 5\r\n", HTTP_BODY_NONE,
              0);
  expect_body(http1_response, "HTTP/1.1 100 Continue", "", HTTP_BODY_NONE, 0);
}

static void expect_upgrade(head_parser parse, const char *start, const char *fields,
                           http_upgrade upgrade) {
  char text[1024];
  snprintf(text, sizeof text, "%s\r\n%s\r\n", start, fields);
  CHECK_EQ(parsed(parse, text).upgrade, upgrade);
}

static void upgrades(void) {
  static const char get[] = "GET / HTTP/1.1", switching[] = "HTTP/1.1 101 Switching Protocols";
  expect_upgrade(http1_request, get, "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n",
                 HTTP_UPGRADE_WEBSOCKET);
  expect_upgrade(http1_request, get, "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n",
                 HTTP_UPGRADE_H2C);
  expect_upgrade(http1_request, get, "Upgrade: foo, TLS/1.0\r\nConnection: upgrade\r\n",
                 HTTP_UPGRADE_TLS);
  expect_upgrade(http1_request, get, "Upgrade: foo\r\nConnection: upgrade\r\n", HTTP_UPGRADE_OTHER);
  expect_upgrade(http1_request, get, "Upgrade: websocket\r\n", HTTP_UPGRADE_NONE);
  expect_upgrade(http1_request, get, "Connection: upgrade\r\n", HTTP_UPGRADE_NONE);
  expect_upgrade(http1_response, switching, "Upgrade: websocket\r\n", HTTP_UPGRADE_WEBSOCKET);
  expect_upgrade(http1_response, switching, "", HTTP_UPGRADE_OTHER);
  expect_upgrade(http1_response, "HTTP/1.1 200 OK", "Upgrade: h2,h2c\r\n", HTTP_UPGRADE_NONE);
}

static void other_facts(void) {
  http_head h = parsed(http1_request, "HEAD / HTTP/1.1\r\n\r\n");
  CHECK(h.is_head && !h.is_connect);
  CHECK_EQ(parsed(http1_response, "HTTP/1.0 404 Not Found\r\n\r\n").status, 404);
}

/* Feeds `text` in pieces of `step`; `rest` is what must be left of it. */
static void expect_chunks(const char *text, parse_outcome expected, size_t rest) {
  for (size_t step = 1; step <= strlen(text); step++) {
    uint64_t left = 0;
    size_t at = 0, n = strlen(text);
    parse_outcome outcome = PARSE_NEED_MORE;
    while (at < n && outcome == PARSE_NEED_MORE) {
      size_t piece = n - at < step ? n - at : step;
      reader in = reader_of(text + at, piece);
      outcome = http1_chunks(&in, &left);
      CHECK(outcome != PARSE_NEED_MORE || !in.left);
      at += piece - in.left;
    }
    CHECK_EQ(outcome, expected);
    if (expected == PARSE_PARSED) CHECK_EQ(n - at, rest);
  }
}

static void chunks(void) {
  expect_chunks("4\r\nWiki\r\n5;a=\"b\"\r\npedia\r\n0\r\n\r\nGET", PARSE_PARSED, 3);
  expect_chunks("1a\nabcdefghijklmnopqrstuvwxyz\n0\n\n", PARSE_PARSED, 0);
  expect_chunks("000A  \r\n0123456789\r\n00\r\nX: 1\r\n\rY: 2\r\n\r\nz", PARSE_PARSED, 1);
  expect_chunks("4\r\nWiki\r\n0\r\nX: 1\r\n", PARSE_NEED_MORE, 0);
  expect_chunks("4\r\nWikix", PARSE_MALFORMED, 0);
  expect_chunks("4\r\nWiki\r\r", PARSE_MALFORMED, 0);
  expect_chunks("\r\n", PARSE_MALFORMED, 0);
  expect_chunks("4g\r\n", PARSE_MALFORMED, 0);
  expect_chunks("fffffffffffffff\r\n", PARSE_MALFORMED, 0);
}

int main(void) {
  hosts();
  ugly();
  not_http();
  long_line();
  cut_short();
  bodies();
  upgrades();
  other_facts();
  chunks();
  return test_end("http1");
}
