#include "ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECES     8u /* in turn; enough that neither thread waits for the other's hiccups */
#define PIECE_READ (1u << 17) /* bytes of the file: small enough to stay in a core's cache */
#define PIECE_ROOM (CAPTURE_RECORD_MAX + PIECE_READ) /* behind the beginning of a record */

struct ahead {
  int fd;
  capture *capture;
  capture_counts counts;
  uint64_t seed[2], position;
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

/* The other thread read these lines last: they are on their way back before they are written. */
static void own_soon(const arrival *a) { prefetch_lines(a, 2); }

/* Fills a piece from `rest`, the bytes that the one before left, and the file. */
static void fill(ahead *a, ahead_piece *p, reader *rest, bool hungry) {
  if (rest->left) memcpy(p->bytes, rest->at, rest->left);
  *rest = reader_of(p->bytes, rest->left);
  ssize_t n = hungry ? read_more(a, p->bytes + rest->left) : 0;
  p->error = n < 0 ? errno : 0;
  if (n > 0) rest->left += (size_t)n;
  p->count = p->first = 0;
  p->outcome = PARSE_PARSED;
  while (p->count < AHEAD_ARRIVALS) {
    weir_packet ip;
    own_soon(&p->arrivals[p->count + 8]);
    p->outcome = capture_next_ip(a->capture, &a->counts, rest, &ip);
    if (p->outcome != PARSE_PARSED) break;
    arrival_of(&p->arrivals[p->count++], &ip, a->seed);
  }
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
  pthread_mutex_destroy(&a->mutex);
  pthread_cond_destroy(&a->filled);
  pthread_cond_destroy(&a->freed);
  free(a);
}

/* Anonymous pages: what captures of small packets do not need is never resident. */
static bool take_memory(ahead *a) {
  a->size = PIECES * (sizeof(ahead_piece) + PIECE_ROOM);
  void *base = mmap(NULL, a->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return false;
  a->memory = base;
  a->pieces = base;
  for (unsigned i = 0; i < PIECES; i++)
    a->pieces[i].bytes = a->memory + PIECES * sizeof(ahead_piece) + i * PIECE_ROOM;
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
  if (take_memory(a) && start_thread(a)) return a;
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
