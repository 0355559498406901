#include "ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "openssl.h"

#define PIECES      12u /* in turn; enough that neither thread waits for the other's hiccups */
#define RAW_BELOW   3u  /* pieces that wait: with fewer, it is the caller who is the faster one */
#define PIECE_READ  (1u << 17) /* bytes of the file: small enough to stay in a core's cache */
#define PIECE_ROOM  (CAPTURE_RECORD_MAX + PIECE_READ) /* behind the beginning of a record */
#define OPENED_ROOM (AHEAD_OPENED * sizeof(quic_opened))

struct ahead {
  int fd;
  capture *capture;
  capture_counts counts;
  uint64_t seed[2], position;
  weir_crypto crypto; /* the thread's own */
  pthread_t thread;
  pthread_mutex_t mutex; /* of what follows */
  pthread_cond_t filled, freed;
  uint64_t made, given; /* pieces; the difference is what waits for the caller */
  bool stopped;
  ahead_piece *pieces;
  uint8_t *memory;
  size_t size;
};

/* ---- the thread that reads -------------------------------------------------- */

static ahead_piece *free_piece(ahead *a) {
  pthread_mutex_lock(&a->mutex);
  while (a->made - a->given == PIECES && !a->stopped) pthread_cond_wait(&a->freed, &a->mutex);
  ahead_piece *p = a->stopped ? NULL : &a->pieces[a->made % PIECES];
  if (p) p->is_raw = a->made - a->given < RAW_BELOW;
  pthread_mutex_unlock(&a->mutex);
  return p;
}

static void publish(ahead *a) {
  pthread_mutex_lock(&a->mutex);
  a->made++;
  pthread_cond_signal(&a->filled);
  pthread_mutex_unlock(&a->mutex);
}

static ssize_t read_more(ahead *a, uint8_t *to) {
  ssize_t n;
  do n = read(a->fd, to, PIECE_READ);
  while (n < 0 && errno == EINTR);
  if (n > 0) a->position += (uint64_t)n;
  return n;
}

/* A client's first QUIC packet is opened here: that is more work than all the rest of its way. */
static bool open_first(ahead *a, quic_opened *out, const arrival *at) {
  return at->view.kind == PACKET_WHOLE && at->view.transport == TRANSPORT_UDP &&
         quic_open_first(out, at->view.body, &a->crypto);
}

/* The other thread read these lines last: they are on their way back before they are written. */
static void own_soon(const arrival *a) { prefetch_lines(a, 2); }

/* The next packet of the file, while the piece has room. */
static bool next(ahead *a, ahead_piece *p, reader *rest, weir_packet *ip) {
  if (p->count == AHEAD_ARRIVALS) return false;
  p->outcome = capture_next_ip(a->capture, &a->counts, rest, ip);
  return p->outcome == PARSE_PARSED;
}

/* The caller has nothing to do, and makes the arrivals itself. */
static void frame(ahead *a, ahead_piece *p, reader *rest) {
  while (next(a, p, rest, &p->packets[p->count])) p->count++;
}

static void arrive(ahead *a, ahead_piece *p, reader *rest) {
  uint16_t opened = 0;
  for (weir_packet ip; next(a, p, rest, &ip);) {
    arrival *at = &p->arrivals[p->count++];
    own_soon(at + 8);
    arrival_of(at, &ip, a->seed);
    if (opened < AHEAD_OPENED && open_first(a, &p->opened[opened], at)) at->opened = ++opened;
  }
}

/* Fills a piece from `rest`, the bytes that the one before left, and the file. */
static void fill(ahead *a, ahead_piece *p, reader *rest, bool hungry) {
  if (rest->left) memcpy(p->bytes, rest->at, rest->left);
  *rest = reader_of(p->bytes, rest->left);
  ssize_t n = hungry ? read_more(a, p->bytes + rest->left) : 0;
  p->error = n < 0 ? errno : 0;
  if (n > 0) rest->left += (size_t)n;
  p->count = p->first = 0;
  p->outcome = PARSE_PARSED;
  if (p->is_raw)
    frame(a, p, rest);
  else
    arrive(a, p, rest);
  bool ended = hungry && n <= 0;
  if (p->outcome == PARSE_NEED_MORE && ended)
    p->outcome = capture_end(a->capture, *rest);
  else if (p->outcome == PARSE_PARSED)
    p->outcome = PARSE_NEED_MORE; /* full: what is left comes next */
  p->counts = a->counts;
  p->position = a->position;
}

static void *run(void *context) {
  ahead *a = context;
  reader rest = {0};
  bool hungry = true;
  for (ahead_piece *p; (p = free_piece(a));) {
    fill(a, p, &rest, hungry);
    /* A piece that is full of packets leaves bytes that are read already. */
    hungry = p->count < AHEAD_ARRIVALS;
    publish(a);
    if (p->outcome != PARSE_NEED_MORE) break;
  }
  return NULL;
}

/* ---- the caller's thread ---------------------------------------------------- */

/* Signals are for the caller's thread. */
static bool start_thread(ahead *a) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = !pthread_create(&a->thread, NULL, run, a);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

static void release(ahead *a) {
  if (a->memory) munmap(a->memory, a->size);
  weir_crypto_openssl_free(&a->crypto);
  pthread_mutex_destroy(&a->mutex);
  pthread_cond_destroy(&a->filled);
  pthread_cond_destroy(&a->freed);
  free(a);
}

/* Anonymous pages: what captures of small packets do not need is never resident. */
static bool take_memory(ahead *a) {
  a->size = PIECES * (sizeof(ahead_piece) + OPENED_ROOM + PIECE_ROOM);
  void *base = mmap(NULL, a->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return false;
  a->memory = base;
  a->pieces = base;
  uint8_t *at = a->memory + PIECES * sizeof(ahead_piece);
  for (unsigned i = 0; i < PIECES; i++, at += OPENED_ROOM + PIECE_ROOM) {
    a->pieces[i].opened = (quic_opened *)(void *)at;
    a->pieces[i].bytes = at + OPENED_ROOM;
  }
  return true;
}

ahead *ahead_start(int fd, capture *c, const uint64_t seed[2]) {
  ahead *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  a->fd = fd;
  a->capture = c;
  memcpy(a->seed, seed, sizeof a->seed);
  pthread_mutex_init(&a->mutex, NULL);
  pthread_cond_init(&a->filled, NULL);
  pthread_cond_init(&a->freed, NULL);
  if (weir_crypto_openssl_new(&a->crypto) && take_memory(a) && start_thread(a)) return a;
  release(a);
  return NULL;
}

ahead_piece *ahead_take(ahead *a) {
  pthread_mutex_lock(&a->mutex);
  while (a->made == a->given) pthread_cond_wait(&a->filled, &a->mutex);
  ahead_piece *p = &a->pieces[a->given % PIECES];
  pthread_mutex_unlock(&a->mutex);
  return p;
}

void ahead_give(ahead *a) {
  pthread_mutex_lock(&a->mutex);
  a->given++;
  /* Woken for several pieces at once, the other thread is woken seldom. */
  if (a->made - a->given <= PIECES / 2) pthread_cond_signal(&a->freed);
  pthread_mutex_unlock(&a->mutex);
}

void ahead_stop(ahead *a) {
  pthread_mutex_lock(&a->mutex);
  a->stopped = true;
  pthread_cond_signal(&a->freed);
  pthread_mutex_unlock(&a->mutex);
  pthread_join(a->thread, NULL);
  release(a);
}
