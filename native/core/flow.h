/* flow.h -- the flow table: five-tuple look-up, and who gives way when it is full.
 *
 * A fixed pool of flows, found through a table of 8-byte slots hashed with a
 * secret key. How they grow old: flow_wheel.h. */
#ifndef WEIR_FLOW_H
#define WEIR_FLOW_H

#include "flow_key.h"
#include "pages.h"
#include "prefetch.h"
#include "weir.h"

#define FLOW_NONE        UINT32_MAX
#define FLOW_WHEEL       4096u /* turns of the wheel; flow_wheel.h */
#define FLOW_TICK_SHIFT  16    /* last activity is kept in units of 2^16 us */
#define FLOW_YOUNG_SHARE 16u   /* of the table, one in so many: see flow_victim */

/* Where a TCP flow stands; other transports stay OPENING until both ends spoke. */
typedef enum { FLOW_OPENING, FLOW_OPEN, FLOW_CLOSING } flow_phase;

#define FLOW_CLIENT_IS_1  0x01u /* the client is key.address[1] */
#define FLOW_SEEN_SYN     0x02u
#define FLOW_SEQ_KNOWN_UP 0x04u /* next_seq[0] holds; shifted by one for down */
#define FLOW_FIN_UP       0x10u
#define FLOW_RST          0x40u
#define FLOW_DECIDED      0x80u /* blocked: stands until other rules come into use */

typedef struct flow {
  flow_key key;
  uint64_t bytes[2]; /* up, down; of IP */
  uint32_t packets[2];
  uint64_t start_us, end_us; /* as the packets said */
  uint64_t id;
  uint32_t next_seq[2]; /* TCP: the first byte not yet observed */
  uint32_t last_tick;
  uint32_t wheel_prev,
      wheel_next; /* of a free one: how many follow it, itself included, and the next */
  uint32_t young_prev, young_next; /* while only one end has spoken */
  uint32_t observer;               /* index, or none */
  uint8_t phase;                   /* flow_phase */
  uint8_t flags;                   /* FLOW_* */
  uint8_t stage;                   /* observe.h */
  uint8_t protocol;                /* weir_protocol */
  uint8_t verdict;
  uint8_t evidence;
  uint16_t generation; /* of the rules that judged it: see weir_engine_generation */
} flow;

/* What was learnt of a flow, away from the lines that every packet touches. */
typedef struct facts {
  uint32_t host;    /* text */
  uint32_t profile; /* of its client; profile.h */
  uint16_t tls_version;
  uint8_t host_len, host_source, flags;
  uint8_t action, reason; /* beside flow.verdict */
  bool settled : 1;
  bool remote_is_1 : 1; /* key.address[1] is the end to judge */
  bool has_details : 1;
  bool granted : 1; /* its last request was a link by which a bypass came to be */
  bool shown : 1;   /* a page, and recorded so */
  bool told : 1;    /* how it was judged: weir_config.tells_judged */
} facts;

/* What few flows have, apart: memory is touched for those only. */
typedef struct details {
  uint64_t categories; /* this and `overruled`: where `rule` is one */
  uint32_t rule, overruled;
  uint32_t quic_version;
  uint32_t names;   /* text chain of further hosts */
  uint32_t pending; /* DNS queries without a response */
  uint8_t name_count, via;
} details;

typedef struct flow_slot {
  uint32_t tag;  /* the hash's low half: its place and a first comparison */
  uint32_t flow; /* index + 1; 0 empty */
} flow_slot;

typedef struct flows {
  flow *flow;
  facts *facts;
  details *details;
  flow_slot *slots;
  uint32_t *wheel;
  uint64_t seed[2];
  uint64_t next_id;
  uint64_t turn; /* the first turn not yet gone by */
  uint32_t mask;
  uint32_t max, count;
  uint32_t used, free;                    /* pool: ever taken, and the list of those given back */
  uint32_t young, young_head, young_tail; /* those in which only one end has spoken */
  uint32_t probe;                         /* where the search for an old flow goes on */
  uint32_t finishing;       /* the flow of least id, where one turn holds all in order; else none */
  uint32_t timeout_tick[3]; /* by flow_phase; TCP */
  uint32_t timeout_other_tick;
} flows;

size_t flows_size(uint32_t max_flows);
void flows_init(flows *t, void *memory, const weir_config *config);

static inline void flow_prefetch_slot(const flows *t, uint32_t hash) {
  prefetch(&t->slots[hash & t->mask]);
}
/* Prefetches the flow that the slot's tag suggests. */
void flow_prefetch(const flows *t, uint32_t hash);
/* What was learnt of a flow, while a packet that may add to it is parsed. */
static inline void flow_prefetch_learnt(const flows *t, uint32_t index) {
  prefetch(&t->facts[index]);
  prefetch(&t->details[index]);
}

/* Index, or FLOW_NONE. */
uint32_t flow_find(const flows *t, const flow_key *key, uint32_t hash);

/* A zeroed new flow in the table and on the wheel; FLOW_NONE when the pool is
 * full: take flow_victim, end it, and call again. */
uint32_t flow_add(flows *t, const flow_key *key, uint32_t hash, uint64_t now_us);

/* The flow that matters least: the oldest in which only one end has spoken, where they are more than their
 * share of the table, which they have so that the other end of a new one can speak at all; else the longest
 * idle of eight. */
uint32_t flow_victim(flows *t, uint64_t now_us);

void flow_remove(flows *t, uint32_t index);

/* The second end has spoken. */
void flow_grown(flows *t, uint32_t index);

static inline uint32_t flow_tick(uint64_t now_us) { return (uint32_t)(now_us >> FLOW_TICK_SHIFT); }

/* Microseconds since its last packet, to a tick. */
static inline uint64_t flow_silence_us(const flow *f, uint64_t now_us) {
  return (uint64_t)(flow_tick(now_us) - f->last_tick) << FLOW_TICK_SHIFT;
}

/* Gives the pages of free flows. `map` has a bit for each flow. */
void flows_trim(flows *t, uint8_t *map, pages *p);

static inline const details *flow_details(const flows *t, uint32_t index) {
  static const details none = {.rule = WEIR_NO_RULE};
  return t->facts[index].has_details ? &t->details[index] : &none;
}

/* The same, to be written to. */
details *flow_own_details(flows *t, uint32_t index);

static inline unsigned flow_is_down(const flow *f, bool reversed) {
  return reversed != ((f->flags & FLOW_CLIENT_IS_1) != 0);
}

#endif
