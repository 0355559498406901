#include "warn.h"

#include <string.h>

#include "judge.h"
#include "learn.h"
#include "record.h"

static bool grant(inspection *in, const http_head *head, name *host) {
  weir_engine *e = in->engine;
  bypasses *t = &e->bypasses;
  const uint8_t *client = judge_client(in);
  uint32_t serial;
  if (!learn_judged_host(in, host) ||
      !bypasses_check(t, e->config.crypto, client, host, e->now_us, head->token, &serial))
    return false;
  weir_bypass by = {.expires_us = e->now_us + e->config.bypass_s * UINT64_C(1000000),
                    .over = WEIR_ACTION_WARN,
                    .name_len = host->len};
  memcpy(by.client.octets, client, 16);
  memcpy(by.name, host->text, host->len);
  if (!bypasses_add(t, &by, e->now_us)) return false;
  bypasses_use_up(t, serial);
  return true;
}

void warn_request(inspection *in, const http_head *head) {
  name host;
  in->facts->granted = false;
  if (!head->has_token || in->flow->verdict != WEIR_VERDICT_DROP ||
      in->facts->action != WEIR_ACTION_WARN)
    return;
  in->facts->granted = grant(in, head, &host);
  if (!in->facts->granted) {
    in->engine->counters.bypasses_refused++;
    return;
  }
  in->engine->counters.bypasses_granted++;
  record_bypass(in, &host);
}

bool warn_link(weir_engine *e, uint32_t index, const name *host, uint8_t out[WARN_LINK_LEN]) {
  static const char path[] = HTTP_TOKEN_PATH;
  inspection in = {
      .engine = e, .flow = &e->flows.flow[index], .facts = &e->flows.facts[index], .index = index};
  memcpy(out, path, sizeof path - 1);
  return bypasses_offer(&e->bypasses, e->config.crypto, judge_client(&in), host, e->now_us,
                        out + sizeof path - 1);
}
