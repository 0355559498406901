#include "rejudge.h"

#include "judge.h"
#include "learn.h"

/* A DNS query is judged when it comes, and a hint when nothing better will. */
static bool is_told(uint8_t source) {
  return source != WEIR_HOST_NONE && source != WEIR_HOST_DNS_QNAME && source != WEIR_HOST_DNS_HINT;
}

/* The chain runs from the newest; the oldest is judged first, as it was then. */
static void judge_further(inspection *in) {
  const texts *t = &in->engine->texts;
  uint32_t at[LEARN_NAMES_MAX], chain = inspection_details(in)->names;
  unsigned count = 0;
  name host;
  while (chain) {
    at[count++] = chain;
    learn_next_name(t, &chain, &host);
  }
  while (count--)
    if (is_told(learn_next_name(t, &at[count], &host))) judge_flow(in, judge_host(in, &host));
}

void rejudge(inspection *in) {
  name host;
  judge_open(in);
  in->facts->told = false;
  learn_get_host(in, &host);
  if (is_told(in->facts->host_source)) judge_flow(in, judge_host(in, &host));
  judge_further(in);
  if (in->facts->settled) learn_judge_settled(in);
}
