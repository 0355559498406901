/* text.h -- short strings of flows in a fixed pool of chunks: host names, ALPN. */
#ifndef WEIR_TEXT_H
#define WEIR_TEXT_H

#include "pages.h"
#include "reader.h"

#define TEXT_NONE        0u /* no text; chunk numbers count from 1 */
#define TEXT_CHUNK_BYTES 32u

typedef struct texts {
  struct text_chunk *chunks;
  uint32_t count; /* chunks in the pool */
  uint32_t used;  /* ever taken: the rest is memory never touched */
  uint32_t free;  /* head of the free list */
  uint64_t full;  /* texts that found no room */
} texts;

size_t texts_size(uint32_t chunks);
void texts_init(texts *t, void *memory, uint32_t chunks);

/* Keeps a copy of up to 1,024 bytes; TEXT_NONE when the pool is full or `bytes` is empty. */
uint32_t text_put(texts *t, reader bytes);

/* Copies the text out, at most `size` bytes; returns how many. */
size_t text_get(const texts *t, uint32_t text, void *out, size_t size, size_t len);

/* The text, which was put with as many bytes, is these. */
bool text_is(const texts *t, uint32_t text, reader bytes);

/* Asks memory for the front of it. */
void text_prefetch(const texts *t, uint32_t text);

void text_free(texts *t, uint32_t text);

/* Gives the pages of free chunks. `map` has a bit for each chunk. */
void texts_trim(texts *t, uint8_t *map, pages *p);

#endif
