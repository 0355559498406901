/* identify_datagram.c -- which protocol does this datagram speak? */
#include "identify.h"
#include "learn.h"
#include "observe_dns.h"
#include "quic.h"
#include "tls.h"

static bool try_dns(look *l, reader datagram, bool known) {
  inspection *in = l->in;
  dns_message m;
  parse_outcome outcome = dns_parse(datagram, &m);
  if (outcome != PARSE_PARSED && !(outcome == PARSE_MALFORMED && known)) return false;
  if (!dns_plausible(&m, known) || dns_is_netbios(&m)) return false;
  learn_protocol(in, identify_dns_label(l), WEIR_EVIDENCE_PAYLOAD);
  in->flow->stage = STAGE_DNS;
  learn_settled(in);
  observe_dns_message(in, &m);
  return true;
}

bool identify_quic(look *l, reader datagram) {
  inspection *in = l->in;
  weir_engine *e = in->engine;
  quic_observation seen;
  uint8_t *state = look_state(l, 0, QUIC_STATE_MAX);
  if (!state) return false;
  parse_outcome outcome =
      quic_datagram(state, e->config.assembler_bytes, datagram, !l->down, e->config.crypto,
                    in->opened, e->scratch, ENGINE_SCRATCH, &seen);
  if (outcome == PARSE_NOT_MINE || (outcome == PARSE_MALFORMED && !seen.is_quic)) {
    look_release(l, 0);
    return false;
  }
  if (outcome == PARSE_NEED_MORE && !seen.is_quic)
    return false; /* what it holds may yet make sense */
  in->flow->stage = outcome == PARSE_NEED_MORE ? STAGE_QUIC : STAGE_DONE;
  if (seen.version) inspection_own_details(in)->quic_version = seen.version;
  if (outcome == PARSE_PARSED) {
    learn_hello(in, &seen.hello, WEIR_HOST_QUIC_SNI);
    return true;
  }
  if (in->flow->protocol == WEIR_PROTOCOL_UNKNOWN)
    learn_protocol(in, look_port(l, true) == 853 ? WEIR_PROTOCOL_DOQ : WEIR_PROTOCOL_QUIC,
                   WEIR_EVIDENCE_PAYLOAD);
  if (outcome == PARSE_MALFORMED) {
    e->counters.parse_malformed++;
    learn_settled(in);
  }
  return true;
}

bool identify_dtls(look *l, reader datagram) {
  inspection *in = l->in;
  weir_engine *e = in->engine;
  hello h;
  if (in->flow->stage == STAGE_IDENTIFY)
    look_release(l, 0); /* an attempt at QUIC may have left it */
  uint8_t *state = look_state(l, 0, DTLS_STATE_MAX);
  if (!state) return false;
  parse_outcome outcome =
      dtls_client_hello(datagram, state, e->config.assembler_bytes, e->config.crypto, &h);
  if (outcome == PARSE_PARSED) {
    learn_hello(in, &h, WEIR_HOST_TLS_SNI);
    in->flow->stage = STAGE_DONE;
    return true;
  }
  in->flow->stage = outcome == PARSE_NEED_MORE ? STAGE_DTLS : STAGE_DONE;
  learn_protocol(in, WEIR_PROTOCOL_DTLS, WEIR_EVIDENCE_PAYLOAD);
  if (outcome == PARSE_MALFORMED) e->counters.parse_malformed++;
  if (in->flow->stage == STAGE_DONE) learn_settled(in);
  return true;
}

static bool try_rows(look *l, reader datagram) {
  const sniff_input in = identify_sniff_input(l, datagram);
  for (unsigned row = 0; row < sniff_table_len; row++) {
    if (!(sniff_table[row].transports & SNIFF_UDP)) continue;
    if (sniff_table[row].sniff(&in) != PARSE_PARSED) continue;
    learn_protocol(l->in, sniff_table[row].protocol, WEIR_EVIDENCE_PAYLOAD);
    l->in->flow->stage = STAGE_DONE;
    learn_settled(l->in);
    return true;
  }
  return false;
}

void identify_datagram(look *l, reader datagram) {
  bool dns_port = identify_on_dns_port(l);
  if (dns_port && try_dns(l, datagram, true)) return;
  if (quic_may_be(datagram) && identify_quic(l, datagram)) return;
  if (dtls_looks_like_record(datagram) && identify_dtls(l, datagram)) return;
  if (try_rows(l, datagram)) return;
  if (!dns_port && try_dns(l, datagram, false)) return;
  if (++l->observer->looks >= IDENTIFY_LOOKS_MAX) identify_give_up(l);
}
