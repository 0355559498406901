/* replay_feed.h -- a capture in memory through an engine, for programs of more than one machine: no
 * files, no allocation. */
#ifndef WEIR_REPLAY_FEED_H
#define WEIR_REPLAY_FEED_H

#include <string.h>

#include "capture.h"
#include "crypto.h"
#include "link.h"
#include "weir.h"

#define FEED_BATCH 64

/* What is done with records; they are valid during the call. */
typedef void feed_sink(const weir_record *records, size_t count);

/* Bytes of a new engine, a multiple of 64; its memory is aligned so. */
static inline size_t feed_size(const weir_config *config) {
  return (weir_engine_size(config) + 63) & ~(size_t)63;
}

static inline weir_config feed_config(weir_crypto *crypto) {
  weir_config config;
  weir_config_init(&config);
  weir_crypto_portable(crypto);
  config.crypto = crypto;
  return config;
}

static inline void feed_drain(weir_engine *engine, feed_sink *sink) {
  size_t count;
  const weir_record *records;
  while ((records = weir_records(engine, &count)), count) {
    sink(records, count);
    weir_records_release(engine, count);
  }
}

static inline void feed_packets(weir_engine *engine, const weir_packet *packets, size_t count,
                                feed_sink *sink) {
  weir_result results[FEED_BATCH];
  for (size_t done = 0; done < count; feed_drain(engine, sink))
    done += weir_inspect(engine, packets + done, count - done, results + done);
}

/* Feeds the engine until the capture ends or its damage begins, and ends every flow. */
static inline parse_outcome feed_capture(weir_engine *engine, capture *c, reader in,
                                         feed_sink *sink) {
  weir_packet batch[FEED_BATCH];
  size_t count = 0;
  reader ip;
  capture_packet p;
  parse_outcome outcome;
  capture_init(c);
  while ((outcome = capture_next(c, &in, &p)) == PARSE_PARSED) {
    if (link_to_ip(p.link_type, p.frame, &ip) != LINK_IP) continue;
    uint32_t header = (uint32_t)(p.frame.left - ip.left);
    batch[count++] = (weir_packet){.data = ip.at,
                                   .len = (uint32_t)ip.left,
                                   .wire_len = p.wire_len - header,
                                   .now_us = capture_us(&p)};
    if (count < FEED_BATCH) continue;
    feed_packets(engine, batch, count, sink);
    count = 0;
  }
  feed_packets(engine, batch, count, sink);
  if (outcome == PARSE_NEED_MORE) outcome = capture_end(c, in);
  for (bool done = false; !done; feed_drain(engine, sink)) done = weir_finish(engine);
  return outcome;
}

#endif
