/* trim.c -- memory pressure: what is given up, and which pages are given back. */
#include "inspect_fragment.h"
#include "lifetime.h"
#include "observe.h"
#include "observe_dns.h"
#include "pages.h"

#define PAGE_MIN 512u
#define PAGE_MAX (1u << 20)

static void give_up_buffers(weir_engine *e) {
  while (e->observers.oldest != OBSERVER_NONE && engine_has_room(e))
    observe_evict(e, e->observers.slots[e->observers.oldest].flow);
  while (e->fragments.count && engine_has_room(e)) inspect_evict_datagram(e);
  while (e->pendings.oldest != PENDING_NONE && engine_has_room(e)) observe_dns_evict(e);
  e->counters.hints_evicted += hints_clear(e->hints, e->now_us);
}

static void end_silent_flows(weir_engine *e) {
  for (unsigned turn = 0; turn < FLOW_WHEEL; turn++) {
    uint32_t next = e->flows.wheel[turn];
    while (next != FLOW_NONE && engine_has_room(e)) {
      uint32_t index = next;
      next = e->flows.flow[index].wheel_next;
      if (flow_silence_us(&e->flows.flow[index], e->now_us) <
          WEIR_TRIM_SILENT_S * UINT64_C(1000000))
        continue;
      e->counters.flows_evicted++;
      lifetime_end(e, index, WEIR_CLOSE_EVICTED);
    }
  }
}

static void give_pages(weir_engine *e, pages *p) {
  flows_trim(&e->flows, e->trim_map, p);
  texts_trim(&e->texts, e->trim_map, p);
  profiles_trim(&e->profiles, p);
  observers_trim(&e->observers, p);
  fragments_trim(&e->fragments, p);
  pendings_trim(&e->pendings, p);
  hints_trim(e->hints, e->now_us, p);
  ring_trim(&e->ring, p);
  pages_give(p, e->scratch, ENGINE_SCRATCH);
  uint32_t bits = e->flows.max > e->texts.count ? e->flows.max : e->texts.count;
  pages_give(p, e->trim_map, bits / 8 + 2);
}

static bool is_pager(const weir_pager *p) {
  return p->pages && p->page_bytes >= PAGE_MIN && p->page_bytes <= PAGE_MAX &&
         !(p->page_bytes & (p->page_bytes - 1));
}

size_t weir_trim(weir_engine *engine, weir_trim_level level, const weir_pager *pager) {
  pages p = {.to = pager && is_pager(pager) ? pager : NULL};
  if (level >= WEIR_TRIM_SILENT) end_silent_flows(engine);
  if (level >= WEIR_TRIM_BUFFERS) give_up_buffers(engine);
  if (p.to) give_pages(engine, &p);
  return p.total;
}
