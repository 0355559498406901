/* capture.c -- from a capture's bytes straight into the engine, without a crossing a packet. */
#include "addon.h"

#include "capture.h"
#include "link.h"

#define BATCH 64 /* packets judged by one call of the core */

/* What feed and fill say; src/capture/reader.ts has the same numbers. */
typedef enum { FEED_MORE = 0, FEED_DRAIN, FEED_DAMAGED, FEED_NOT_A_CAPTURE } feed_outcome;

/* Figures handed back with it, in this order. */
enum {
  FIGURE_CONSUMED,
  FIGURE_NEED,
  FIGURE_FRAMES,
  FIGURE_NOT_IP,
  FIGURE_UNSUPPORTED,
  FIGURE_LINK_TYPE,
  FIGURE_OFFSET,
  FIGURE_OUTCOME,
  FIGURE_COUNT
};

typedef struct capture_handle {
  uint32_t kind;
  uint32_t waiting, first;   /* of `batch`: packets that the ring had no room for */
  uint64_t not_ip;           /* frames without an IP packet in them */
  uint64_t unsupported;      /* frames of a link type that is not read */
  uint32_t unsupported_type; /* the last such */
  capture capture;
  weir_packet batch[BATCH]; /* `data` is set for the call only */
  size_t offsets[BATCH];    /* of each packet in the caller's buffer */
} capture_handle;

static void finalize_capture(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
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

/* The next IP packet of the capture; what is none is counted and passed over. */
static parse_outcome next_packet(capture_handle *c, reader *in, weir_packet *out) {
  capture_packet frame;
  parse_outcome outcome;
  while ((outcome = capture_next(&c->capture, in, &frame)) == PARSE_PARSED) {
    reader ip;
    link_outcome link = link_to_ip(frame.link_type, frame.frame, &ip);
    if (link == LINK_IP) {
      size_t cut = frame.wire_len - frame.frame.left; /* never more on disk than on the wire */
      *out = (weir_packet){.data = ip.at,
                           .len = (uint32_t)ip.left,
                           .wire_len = (uint32_t)(ip.left + cut),
                           .now_us = capture_us(&frame)};
      return PARSE_PARSED;
    }
    if (link == LINK_UNSUPPORTED) {
      c->unsupported++;
      c->unsupported_type = frame.link_type;
    } else {
      c->not_ip++;
    }
  }
  return outcome;
}

static feed_outcome outcome_of(parse_outcome outcome) {
  return outcome == PARSE_NOT_MINE    ? FEED_NOT_A_CAPTURE
         : outcome == PARSE_MALFORMED ? FEED_DAMAGED
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
      if ((outcome = next_packet(c, in, p)) != PARSE_PARSED) break;
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

static void put_figures(const capture_handle *c, size_t consumed, double *out) {
  out[FIGURE_CONSUMED] = (double)consumed;
  out[FIGURE_NEED] = (double)c->capture.need;
  out[FIGURE_FRAMES] = (double)c->capture.packets;
  out[FIGURE_NOT_IP] = (double)c->not_ip;
  out[FIGURE_UNSUPPORTED] = (double)c->unsupported;
  out[FIGURE_LINK_TYPE] = (double)c->unsupported_type;
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
    weir_packet packet;
    if ((outcome = next_packet(in.capture, &r, &packet)) != PARSE_PARSED) break;
    batch.times[n] = (double)packet.now_us;
    batch.offsets[n] = (uint32_t)(packet.data - in.base);
    batch.lengths[n] = packet.len;
    batch.wire_lengths[n] = packet.wire_len;
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

static napi_value message(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  if (!addon_args(env, info, 1, argv)) return NULL;
  capture_handle *c = addon_handle(env, argv[0], HANDLE_CAPTURE);
  if (!c) return NULL;
  const char *text = c->capture.message ? c->capture.message : "";
  TRY(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &out));
  return out;
}

const addon_function capture_functions[] = {{"captureCreate", create},   {"captureFeed", feed},
                                            {"captureFill", fill},       {"captureEnd", end},
                                            {"captureMessage", message}, {NULL, NULL}};
