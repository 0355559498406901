#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "blocked.h"
#include "guard.h"
#include "handover.h"
#include "inspect.h"
#include "outgoing.h"
#include "seccomp.h"

#define BATCH       64
#define BYTES       (256u << 10) /* of one batch: it stays in the second-level cache */
#define BATCHES_MAX 32           /* before commands and the clock are looked at again */
#define WAIT_MAX_MS 1000         /* the wall clock may be set: the deadline is looked at again */

struct loop {
  tun *device;
  weir_engine *engine;
  weir_hairpin hairpin;
  bool has_hairpin;
  handover records;
  void (*wake)(void *context);
  void *context;
  int epoll, event; /* the event says that there is a command */
  pthread_t thread;

  pthread_mutex_t mutex; /* for the command, which is written by one thread and run by the other */
  pthread_cond_t done;
  void (*call)(weir_engine *engine, void *argument);
  void *argument;
  bool stops;

  loop_counters counters; /* the thread's own */
  blocked blocked;
  uint8_t bytes[BYTES];
  weir_packet packets[BATCH];
  arrival arrivals[BATCH];
  outgoing outgoing;
};

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- records ----------------------------------------------------------------- */

static void publish(loop *l) {
  size_t count;
  bool was_empty, wakes = false;
  for (const weir_record *records; (records = weir_records(l->engine, &count), count);) {
    size_t taken = handover_put(&l->records, records, count, &was_empty);
    l->counters.records_lost += count - taken;
    wakes = wakes || (was_empty && taken);
    weir_records_release(l->engine, count);
  }
  if (wakes) l->wake(l->context);
}

/* ---- packets ----------------------------------------------------------------- */

static size_t header_len(const loop *l) { return l->device->offloads ? TUN_HEADER_LEN : 0; }

/* Whether the transport's checksum is left to whom the packet goes to. */
static bool is_partial(const loop *l, const uint8_t *bytes) {
  struct virtio_net_hdr header;
  if (!l->device->offloads) return false;
  memcpy(&header, bytes, sizeof header);
  return header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

/* Takes a packet with its header into the batch, unless it is of no use. */
static bool take(loop *l, weir_packet *out, uint8_t *bytes, size_t len, uint64_t now) {
  size_t header = header_len(l);
  *out = (weir_packet){.data = bytes + header,
                       .len = (uint32_t)(len - header),
                       .now_us = now,
                       .direction = WEIR_DIRECTION_OUTBOUND};
  if (l->device->guard) out->direction = guard_direction(l->device->guard, out->data, out->len);
  if (!l->has_hairpin) return true;
  switch (weir_hairpin_back(l->engine, &l->hairpin, bytes + header, len - header,
                            is_partial(l, bytes))) {
    case WEIR_TURN_STALE: return false;
    case WEIR_TURN_SERVER: out->direction = WEIR_DIRECTION_INBOUND; return true;
    default: return true;
  }
}

/* Fills a batch; fewer than BATCH packets only when the device has no more, or the bytes are used up. */
static size_t read_batch(loop *l, bool *more) {
  size_t count = 0, used = 0;
  uint64_t now = now_us();
  *more = true;
  while (count < BATCH && BYTES - used >= TUN_PACKET_MAX) {
    ssize_t n = read(l->device->fd, l->bytes + used, BYTES - used);
    if (n < 0 && errno == EINTR) continue;
    if (n <= (ssize_t)header_len(l)) {
      *more = false;
      break;
    }
    l->counters.reads++;
    if (!take(l, &l->packets[count], l->bytes + used, (size_t)n, now)) continue;
    count++;
    used += ((size_t)n + 63) & ~(size_t)63;
  }
  return count;
}

/* The engine sees the answer, too, as the packet of the flow that it is: what is closed or
 * answered by us is recorded at once.  With a guard its copy comes by itself. */
static void see_answer(loop *l, const weir_packet *to, const arrival *a, const uint8_t *ip,
                       size_t len) {
  arrival back;
  weir_result ignored;
  weir_packet p = {
      .data = ip, .len = (uint32_t)len, .now_us = to->now_us, .direction = WEIR_DIRECTION_INBOUND};
  arrival_of_answer(&back, a, &p, arrival_seed(l->engine));
  inspect_lossy(l->engine, &back, &ignored);
}

static void answer(loop *l, const weir_packet *in, const arrival *a, const weir_result *result) {
  guard *g = l->device->guard;
  if (g && !guard_may_answer(g, in->direction)) return;
  uint8_t *ip = outgoing_room(&l->outgoing);
  size_t len = arrival_answer(l->engine, a, in, result, ip, OUTGOING_ROOM);
  if (!len) return;
  outgoing_put(&l->outgoing, len, &l->counters.writes, &l->counters.answers_lost);
  if (g)
    guard_answered(g, result->flow_id, ip);
  else
    see_answer(l, in, a, ip, len);
}

/* The listener, who accepted what is refused now, is told so, too. */
static void reset_listener(loop *l, const weir_packet *in) {
  uint8_t *ip = outgoing_room(&l->outgoing);
  size_t len = weir_hairpin_reset(l->engine, &l->hairpin, in, ip, OUTGOING_ROOM);
  if (len) outgoing_put(&l->outgoing, len, NULL, NULL);
}

/* An allowed packet: to the listener, or from it to the client. */
static void turn(loop *l, const weir_packet *in) {
  uint8_t *ip = l->bytes + (in->data - l->bytes);
  if (in->direction != WEIR_DIRECTION_INBOUND &&
      !weir_hairpin_forth(l->engine, &l->hairpin, ip, in->len, is_partial(l, ip - header_len(l))))
    return;
  outgoing_put_there(&l->outgoing, ip, in->len, &l->counters.turned, NULL);
}

/* For a rule, or for want of one. */
static bool is_refused(const weir_result *result) {
  return result->action == WEIR_ACTION_BLOCK || result->action == WEIR_ACTION_WARN;
}

static void act(loop *l, const weir_packet *in, const arrival *a, const weir_result *result) {
  if (result->verdict != WEIR_VERDICT_DROP) {
    if (l->has_hairpin) turn(l, in);
    return;
  }
  if (is_refused(result)) blocked_put(&l->blocked, in);
  if (l->has_hairpin) reset_listener(l, in);
  if (!l->device->observed) answer(l, in, a, result);
}

/* The engine sees a packet's answer before the next packet: what their flow is made of is still in the cache,
 * and in a full table it is no flow that only one end spoke in, which gives way first. */
static void judge(loop *l, size_t count) {
  weir_result result;
  const uint64_t *seed = arrival_seed(l->engine);
  for (size_t i = 0; i < count; i++) arrival_of(&l->arrivals[i], &l->packets[i], seed);
  for (size_t i = 0; i < count; i++) {
    inspect_fetch(l->engine, l->arrivals, i, count);
    inspect_lossy(l->engine, &l->arrivals[i], &result);
    if (l->device->guard) guard_judge(l->device->guard, &result);
    act(l, &l->packets[i], &l->arrivals[i], &result);
  }
  outgoing_write(&l->outgoing);
}

static void drain(loop *l) {
  bool more = true;
  for (unsigned batches = 0; more && batches < BATCHES_MAX; batches++) {
    size_t count = read_batch(l, &more);
    if (!count) break;
    judge(l, count);
    blocked_flush(&l->blocked);
    publish(l);
  }
}

/* ---- the thread -------------------------------------------------------------- */

static void run_command(loop *l) {
  uint64_t ignored;
  if (read(l->event, &ignored, sizeof ignored) < 0) return;
  pthread_mutex_lock(&l->mutex);
  if (l->call) l->call(l->engine, l->argument);
  l->call = NULL;
  pthread_cond_signal(&l->done);
  pthread_mutex_unlock(&l->mutex);
}

static int wait_ms(const loop *l) {
  uint64_t due = weir_next_deadline(l->engine), now = now_us();
  if (due <= now) return 0;
  uint64_t ms = (due - now + 999) / 1000;
  return ms < WAIT_MAX_MS ? (int)ms : WAIT_MAX_MS;
}

static void serve(loop *l, int fd) {
  guard *g = l->device->guard;
  if (fd == l->event)
    run_command(l);
  else if (g && fd == g->locals.fd)
    locals_read(&g->locals);
  else
    drain(l);
}

static void *run(void *argument) {
  loop *l = argument;
  struct epoll_event events[3];
  l->counters.confined = seccomp_confine();
  while (!l->stops) {
    int n = epoll_wait(l->epoll, events, 3, wait_ms(l));
    l->counters.wakeups++;
    for (int i = 0; i < n; i++) serve(l, events[i].data.fd);
    while (!weir_tick(l->engine, now_us())) publish(l);
    publish(l);
  }
  while (!weir_finish(l->engine)) publish(l);
  publish(l);
  return NULL;
}

static bool wait_for(loop *l, int fd) {
  struct epoll_event readable = {.events = EPOLLIN, .data.fd = fd};
  return fd >= 0 && !epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &readable);
}

static bool make_waiting(loop *l) {
  l->epoll = epoll_create1(EPOLL_CLOEXEC);
  l->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return l->epoll >= 0 && wait_for(l, l->device->fd) && wait_for(l, l->event) &&
         (!l->device->guard || wait_for(l, l->device->guard->locals.fd));
}

/* Signals are for the other threads: this one is never interrupted. */
static int start_thread(loop *l) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&l->thread, NULL, run, l);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

loop *loop_start(tun *device, weir_engine *engine, const weir_hairpin *hairpin, uint32_t records,
                 void (*wake)(void *context), void *context, trouble *why) {
  loop *l = calloc(1, sizeof *l);
  if (!l || !handover_init(&l->records, records)) {
    free(l);
    trouble_say(why, TROUBLE_SYSTEM, ENOMEM, "no memory for the packet thread");
    return NULL;
  }
  blocked_init(&l->blocked);
  l->device = device;
  l->outgoing.device = device;
  l->engine = engine;
  if (hairpin) l->hairpin = *hairpin;
  l->has_hairpin = hairpin;
  l->wake = wake;
  l->context = context;
  pthread_mutex_init(&l->mutex, NULL);
  pthread_cond_init(&l->done, NULL);
  int error = make_waiting(l) ? start_thread(l) : errno;
  if (!error) return l;
  trouble_say(why, TROUBLE_SYSTEM, error, "the packet thread cannot start: %s", strerror(error));
  loop_free(l);
  return NULL;
}

void loop_call(loop *l, void (*call)(weir_engine *engine, void *argument), void *argument) {
  uint64_t one = 1;
  pthread_mutex_lock(&l->mutex);
  l->call = call;
  l->argument = argument;
  if (write(l->event, &one, sizeof one) == sizeof one)
    while (l->call) pthread_cond_wait(&l->done, &l->mutex);
  pthread_mutex_unlock(&l->mutex);
}

static void stop(weir_engine *engine, void *argument) {
  (void)engine;
  ((loop *)argument)->stops = true;
}

void loop_stop(loop *l) {
  loop_call(l, stop, l);
  pthread_join(l->thread, NULL);
}

typedef struct capture {
  loop *of;
  int fd;
  bool with_payload;
  uint64_t most;
} capture;

static void begin_capture(weir_engine *engine, void *argument) {
  const capture *c = argument;
  (void)engine;
  blocked_open(&c->of->blocked, c->fd, c->with_payload, c->most);
}

void loop_capture(loop *l, int fd, bool with_payload, uint64_t most) {
  loop_call(l, begin_capture, &(capture){l, fd, with_payload, most});
}

typedef struct snapshot {
  const loop *from;
  loop_counters *to;
} snapshot;

static void take_snapshot(weir_engine *engine, void *argument) {
  snapshot *s = argument;
  *s->to = s->from->counters;
  s->to->generation = weir_engine_generation(engine);
  if (s->from->device->guard) s->to->change = s->from->device->guard->locals.change;
  s->to->not_captured = s->from->blocked.left_out;
}

void loop_get_counters(loop *l, loop_counters *out) {
  loop_call(l, take_snapshot, &(snapshot){l, out});
}

void *loop_memory(const loop *l, size_t *size) {
  *size = ((size_t)l->records.mask + 1) * sizeof(weir_record);
  return l->records.entries;
}

const weir_record *loop_records(loop *l, size_t *count) { return handover_get(&l->records, count); }

void loop_release(loop *l, size_t count) { handover_release(&l->records, count); }

void loop_free(loop *l) {
  if (l->epoll >= 0) close(l->epoll);
  if (l->event >= 0) close(l->event);
  pthread_cond_destroy(&l->done);
  pthread_mutex_destroy(&l->mutex);
  handover_free(&l->records);
  blocked_close(&l->blocked);
  free(l);
}
