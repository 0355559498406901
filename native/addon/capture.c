/* capture.c -- from a capture's bytes straight into the engine, without a crossing a packet. */
#include "addon.h"

#include "ahead.h"

#define BATCH      64  /* packets judged by one call of the core */
#define RUN_BATCH  256 /* of those that a thread made arrivals of: they need no room of their own */
#define RUN_PIECES 16  /* of a file, in one call at the most: progress is shown in between */
#define RUN_RECORDS \
  256 /* that wait, of 512 bytes each: they stay in the cache until they are read */

/* What feed and fill say; src/capture/capture.ts has the same numbers. */
typedef enum { FEED_MORE = 0, FEED_DRAIN, FEED_DAMAGED, FEED_NOT_A_CAPTURE, FEED_END } feed_outcome;

/* Figures handed back with it, in this order. */
enum {
  FIGURE_CONSUMED,
  FIGURE_FRAMES,
  FIGURE_NOT_IP,
  FIGURE_UNSUPPORTED,
  FIGURE_LINK_TYPE,
  FIGURE_OFFSET,
  FIGURE_OUTCOME,
  FIGURE_POSITION,
  FIGURE_ERROR,
  FIGURE_COUNT
};

typedef struct capture_handle {
  uint32_t kind;
  uint32_t waiting, first; /* of `batch`: packets that the ring had no room for */
  capture_counts counts;
  capture capture;
  ahead *ahead;             /* reads a file; `capture` is its own then */
  uint64_t seed[2];         /* of the engine that its arrivals are for */
  weir_packet batch[BATCH]; /* `data` is set for the call only */
  size_t offsets[BATCH];    /* of each packet in the caller's buffer */
} capture_handle;

static void stop(capture_handle *c) {
  if (c->ahead) ahead_stop(c->ahead);
  c->ahead = NULL;
}

static void finalize_capture(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  stop(data);
  free(data);
}

static napi_value create(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value out;
  capture_handle *c = calloc(1, sizeof *c);
  if (!c) return addon_throw(env, "WEIR_NO_MEMORY", "no memory for the capture");
  c->kind = HANDLE_CAPTURE;
  capture_init(&c->capture);
  if (napi_create_external(env, c, finalize_capture, NULL, &out) != napi_ok) {
    free(c);
    return addon_throw(env, NULL, "napi_create_external");
  }
  return out;
}

static feed_outcome outcome_of(parse_outcome outcome) {
  return outcome == PARSE_NOT_MINE    ? FEED_NOT_A_CAPTURE
         : outcome == PARSE_MALFORMED ? FEED_DAMAGED
         : outcome == PARSE_PARSED    ? FEED_END
                                      : FEED_MORE;
}

/* Judges what waits; true when nothing does any more. */
static bool judge(capture_handle *c, weir_engine *engine, const uint8_t *base) {
  weir_result results[BATCH];
  for (uint32_t i = c->first; i < c->waiting; i++) c->batch[i].data = base + c->offsets[i];
  c->first += (uint32_t)weir_inspect(engine, c->batch + c->first, c->waiting - c->first, results);
  if (c->first < c->waiting) return false;
  c->first = c->waiting = 0;
  return true;
}

static feed_outcome run(capture_handle *c, weir_engine *engine, const uint8_t *base, reader *in) {
  if (c->waiting && !judge(c, engine, base)) return FEED_DRAIN;
  for (;;) {
    parse_outcome outcome = PARSE_PARSED;
    while (c->waiting < BATCH) {
      weir_packet *p = &c->batch[c->waiting];
      if ((outcome = capture_next_ip(&c->capture, &c->counts, in, p)) != PARSE_PARSED) break;
      c->offsets[c->waiting++] = (size_t)(p->data - base);
    }
    if (c->waiting && !judge(c, engine, base)) return FEED_DRAIN;
    if (outcome != PARSE_PARSED) return outcome_of(outcome);
  }
}

/* Packets that wait lie where they lay: the caller may not have moved its buffer. */
static bool waiting_fit(const capture_handle *c, size_t len) {
  for (uint32_t i = c->first; i < c->waiting; i++) {
    if (c->offsets[i] > len || c->batch[i].len > len - c->offsets[i]) return false;
  }
  return true;
}

static void put_counts(const capture_counts *counts, double *out) {
  out[FIGURE_FRAMES] = (double)counts->frames;
  out[FIGURE_NOT_IP] = (double)counts->not_ip;
  out[FIGURE_UNSUPPORTED] = (double)counts->unsupported;
  out[FIGURE_LINK_TYPE] = (double)counts->unsupported_type;
}

static void put_figures(const capture_handle *c, size_t consumed, double *out) {
  put_counts(&c->counts, out);
  out[FIGURE_CONSUMED] = (double)consumed;
  out[FIGURE_OFFSET] = (double)c->capture.bad_offset;
}

/* What both calls that read begin with. */
typedef struct input {
  capture_handle *capture;
  uint8_t *base;
  size_t len;
  uint32_t from, to;
  double *figures;
} input;

static bool read_input(napi_env env, const napi_value *argv, input *in) {
  in->capture = addon_handle(env, argv[0], HANDLE_CAPTURE);
  if (in->capture && in->capture->ahead) {
    addon_throw(env, NULL, "the capture is being read from its file");
    return false;
  }
  if (!in->capture || !addon_bytes(env, argv[1], &in->base, &in->len) ||
      !addon_u32(env, argv[2], &in->from) || !addon_u32(env, argv[3], &in->to)) {
    return false;
  }
  in->figures = addon_figures(env, argv[4], FIGURE_COUNT);
  if (!in->figures) return false;
  if (in->from <= in->to && in->to <= in->len && waiting_fit(in->capture, in->len)) return true;
  addon_throw(env, NULL, "the buffer is shorter than what is said of it");
  return false;
}

/* captureFeed(capture, bytes, from, to, figures, engine): reads and judges as far as it can. After
 * FEED_DRAIN, call again with the same bytes and from = the figure consumed. */
static napi_value feed(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  input in;
  if (!addon_args(env, info, 6, argv) || !read_input(env, argv, &in)) return NULL;
  engine_handle *h = addon_engine(env, argv[5]);
  if (!h) return NULL;
  reader r = reader_of(in.base + in.from, in.to - in.from);
  feed_outcome outcome = run(in.capture, h->engine, in.base, &r);
  put_figures(in.capture, in.to - r.left, in.figures);
  return addon_number(env, outcome);
}

/* captureFill(capture, bytes, from, to, figures, batch): takes packets out without judging them,
 * as many as the batch has room for. Returns their count; the last figure is the outcome,
 * FEED_DRAIN when the batch is full. */
static napi_value fill(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  input in;
  batch_arrays batch;
  size_t n = 0;
  if (!addon_args(env, info, 6, argv) || !read_input(env, argv, &in) ||
      !addon_batch(env, argv[5], &batch)) {
    return NULL;
  }
  reader r = reader_of(in.base + in.from, in.to - in.from);
  parse_outcome outcome = PARSE_PARSED;
  for (; n < batch.capacity; n++) {
    weir_packet ip;
    if ((outcome = capture_next_ip(&in.capture->capture, &in.capture->counts, &r, &ip)) !=
        PARSE_PARSED)
      break;
    batch.times[n] = (double)ip.now_us;
    batch.offsets[n] = (uint32_t)(ip.data - in.base);
    batch.lengths[n] = ip.len;
    batch.wire_lengths[n] = ip.wire_len;
    batch.directions[n] = WEIR_DIRECTION_UNKNOWN;
  }
  put_figures(in.capture, in.to - r.left, in.figures);
  in.figures[FIGURE_OUTCOME] = outcome == PARSE_PARSED ? FEED_DRAIN : outcome_of(outcome);
  return addon_number(env, (double)n);
}

/* captureEnd(capture, bytes, from, to, figures): the input is over; what is left is bytes from..to. */
static napi_value end(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  input in;
  if (!addon_args(env, info, 5, argv) || !read_input(env, argv, &in)) return NULL;
  parse_outcome outcome =
      capture_end(&in.capture->capture, reader_of(in.base + in.from, in.to - in.from));
  put_figures(in.capture, in.to, in.figures);
  return addon_number(env, outcome_of(outcome));
}

/* captureOpen(capture, fd, engine): from now on a thread reads the file ahead of captureRun; `fd`
 * stays the caller's, to be closed behind captureClose. */
static napi_value open_call(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  uint32_t fd;
  if (!addon_args(env, info, 3, argv)) return NULL;
  capture_handle *c = addon_handle(env, argv[0], HANDLE_CAPTURE);
  engine_handle *h = c ? addon_engine(env, argv[2]) : NULL;
  if (!h || !addon_u32(env, argv[1], &fd)) return NULL;
  if (c->ahead || c->counts.frames) return addon_throw(env, NULL, "the capture is read already");
  memcpy(c->seed, arrival_seed(h->engine), sizeof c->seed);
  c->ahead = ahead_start((int)fd, &c->capture, c->seed);
  if (!c->ahead) return addon_throw(env, "WEIR_NO_MEMORY", "no memory or thread to read with");
  return addon_undefined(env);
}

/* Judges a piece's packets from where the ring had no room; true when none is left. */
static bool judge_piece(ahead_piece *p, weir_engine *engine) {
  weir_result results[RUN_BATCH];
  while (p->first < p->count) {
    uint32_t n = p->count - p->first < RUN_BATCH ? p->count - p->first : RUN_BATCH;
    size_t done =
        p->is_raw ? weir_inspect(engine, p->packets + p->first, n, results)
                  : inspect_arrivals_opened(engine, p->arrivals + p->first, n, p->opened, results);
    p->first += (uint32_t)done;
    if (done < n) return false;
  }
  return true;
}

/* Judges pieces until so many records wait that reading them is worth a crossing into JavaScript. */
static feed_outcome run_pieces(capture_handle *c, weir_engine *engine, double *figures) {
  size_t waiting = 0;
  for (unsigned n = 0; n < RUN_PIECES && waiting < RUN_RECORDS; n++) {
    ahead_piece *p = ahead_take(c->ahead);
    bool done = judge_piece(p, engine);
    put_counts(&p->counts, figures);
    figures[FIGURE_POSITION] = (double)p->position;
    figures[FIGURE_ERROR] = p->error;
    if (!done) return FEED_DRAIN;
    if (p->outcome != PARSE_NEED_MORE) return outcome_of(p->outcome);
    ahead_give(c->ahead);
    weir_records(engine, &waiting);
  }
  return FEED_MORE;
}

/* captureRun(capture, figures, engine): judges the next stretch of the file; the engine is the one that
 * the capture was opened for. */
static napi_value run_call(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  if (!addon_args(env, info, 3, argv)) return NULL;
  capture_handle *c = addon_handle(env, argv[0], HANDLE_CAPTURE);
  double *figures = c ? addon_figures(env, argv[1], FIGURE_COUNT) : NULL;
  engine_handle *h = figures ? addon_engine(env, argv[2]) : NULL;
  if (!h) return NULL;
  if (!c->ahead || memcmp(c->seed, arrival_seed(h->engine), sizeof c->seed)) {
    return addon_throw(env, NULL, "the capture is not open for this engine");
  }
  feed_outcome outcome = run_pieces(c, h->engine, figures);
  if (outcome != FEED_MORE && outcome != FEED_DRAIN)
    figures[FIGURE_OFFSET] = (double)c->capture.bad_offset;
  return addon_number(env, outcome);
}

static napi_value close_call(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  if (!addon_args(env, info, 1, argv)) return NULL;
  capture_handle *c = addon_handle(env, argv[0], HANDLE_CAPTURE);
  if (!c) return NULL;
  stop(c);
  return addon_undefined(env);
}

static napi_value message(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  if (!addon_args(env, info, 1, argv)) return NULL;
  capture_handle *c = addon_handle(env, argv[0], HANDLE_CAPTURE);
  if (!c) return NULL;
  const char *text = c->capture.message ? c->capture.message : "";
  TRY(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &out));
  return out;
}

const addon_function capture_functions[] = {
    {"captureCreate", create},    {"captureFeed", feed},       {"captureFill", fill},
    {"captureEnd", end},          {"captureOpen", open_call},  {"captureRun", run_call},
    {"captureClose", close_call}, {"captureMessage", message}, {NULL, NULL}};
