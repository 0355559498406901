/* loop.h -- the packet thread: a device's packets through the engine, answers back, records out.
 *
 * The thread owns the device and the engine while it runs; nobody else touches either.  It waits for
 * packets, drains the device in batches, writes only what answers a packet, and hands
 * records over through a ring of its own, so that a reader who is late loses records, which
 * are counted, and never a packet. */
#ifndef WEIR_LOOP_H
#define WEIR_LOOP_H

#include "tun.h"
#include "weir.h"

typedef struct loop loop;

/* What happened, beside the engine's own counters. */
typedef struct loop_counters {
  uint64_t reads, writes; /* of packets */
  uint64_t answers_lost;  /* the device took no more */
  uint64_t records_lost;  /* the reader was late */
  uint64_t wakeups;
  uint64_t turned;       /* packets sent back to the listener, and from there to the client */
  uint64_t generation;   /* of the rules in use: weir_engine_generation() */
  uint64_t confined;     /* 1: the thread may do nothing but its work (seccomp.h) */
  uint64_t not_captured; /* blocked packets that the capture of them had no room for */
  uint64_t change;       /* of a guarded interface: locals_change */
} loop_counters;

/* Starts the thread, which is confined where the system can (seccomp.h).  `hairpin`: where allowed flows go, copied; NULL: nowhere, they are dropped.  `engine` and `device` stay where they are until loop_stop().  `records`: entries of
 * the ring, a power of two.  `wake` is called on the thread when records wait and none did before;
 * it must not block.  NULL, with `why`, when there is no memory or no thread to be had. */
loop *loop_start(tun *device, weir_engine *engine, const weir_hairpin *hairpin, uint32_t records,
                 void (*wake)(void *context), void *context, trouble *why);

/* Ends the thread after the batch at hand, and all flows, whose records can then be read. */
void loop_stop(loop *l);
/* Behind loop_stop() and the last record. */
void loop_free(loop *l);

/* Runs `call` on the thread between two batches, and returns when it has run: how rules are changed and
 * counters read.  Not from `wake`, nor from two threads at once. */
void loop_call(loop *l, void (*call)(weir_engine *engine, void *argument), void *argument);

/* From here on, packets that rules refuse are captured in `fd`, which is the loop's until loop_free(): once for a
 * loop.  See blocked.h. */
void loop_capture(loop *l, int fd, bool with_payload, uint64_t most);

void loop_get_counters(loop *l, loop_counters *out);

/* Where the records lie, all of them: for readers in other languages. */
void *loop_memory(const loop *l, size_t *size);

/* The oldest records, as one run of `*count`; valid until released.  One reader. */
const weir_record *loop_records(loop *l, size_t *count);
void loop_release(loop *l, size_t count);

#endif
