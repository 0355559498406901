#include "text.h"

#include <string.h>

#include "prefetch.h"

typedef struct text_chunk {
  uint32_t next;
  union {
    uint8_t bytes[TEXT_CHUNK_BYTES - sizeof(uint32_t)];
    uint32_t run; /* of a free one: how many follow it, itself included */
  };
} text_chunk;

#define PAYLOAD  (TEXT_CHUNK_BYTES - sizeof(uint32_t))
#define TEXT_MAX 1024u

size_t texts_size(uint32_t chunks) { return (size_t)chunks * sizeof(text_chunk); }

void texts_init(texts *t, void *memory, uint32_t chunks) {
  *t = (texts){(text_chunk *)memory, chunks, 0, TEXT_NONE, 0};
}

static text_chunk *chunk_at(const texts *t, uint32_t number) { return &t->chunks[number - 1]; }

static uint32_t take_chunk(texts *t) {
  if (!t->free) return t->used < t->count ? ++t->used : TEXT_NONE;
  text_chunk *first = chunk_at(t, t->free);
  uint32_t number = t->free + --first->run;
  if (!first->run) t->free = first->next;
  return number;
}

uint32_t text_put(texts *t, reader bytes) {
  if (!bytes.left || bytes.left > TEXT_MAX) return TEXT_NONE;
  uint32_t head = TEXT_NONE, *link = &head;
  while (bytes.left) {
    uint32_t number = take_chunk(t);
    if (!number) {
      *link = TEXT_NONE;
      text_free(t, head);
      t->full++;
      return TEXT_NONE;
    }
    text_chunk *chunk = chunk_at(t, number);
    size_t n = bytes.left < PAYLOAD ? bytes.left : PAYLOAD;
    reader part = {0};
    get_bytes(&bytes, n, &part);
    memcpy(chunk->bytes, part.at, n);
    *link = number;
    link = &chunk->next;
  }
  *link = TEXT_NONE;
  return head;
}

size_t text_get(const texts *t, uint32_t text, void *out, size_t size, size_t len) {
  size_t done = 0;
  if (len > size) len = size;
  for (; text && done < len; text = chunk_at(t, text)->next) {
    size_t n = len - done < PAYLOAD ? len - done : PAYLOAD;
    memcpy((uint8_t *)out + done, chunk_at(t, text)->bytes, n);
    done += n;
  }
  return done;
}

bool text_is(const texts *t, uint32_t text, reader bytes) {
  reader part = {0};
  for (; text && bytes.left; text = chunk_at(t, text)->next) {
    get_bytes(&bytes, bytes.left < PAYLOAD ? bytes.left : PAYLOAD, &part);
    if (memcmp(chunk_at(t, text)->bytes, part.at, part.left)) return false;
  }
  return !text && !bytes.left;
}

void text_prefetch(const texts *t, uint32_t text) {
  if (text) prefetch(chunk_at(t, text));
}

void text_free(texts *t, uint32_t text) {
  while (text) {
    text_chunk *chunk = chunk_at(t, text);
    uint32_t next = chunk->next;
    chunk->next = t->free;
    chunk->run = 1;
    t->free = text;
    text = next;
  }
}

static void give_free(texts *t, uint32_t from, uint32_t to, pages *p) {
  pages_give(p, chunk_at(t, from), (size_t)(to - from) * sizeof(text_chunk));
}

void texts_trim(texts *t, uint8_t *map, pages *p) {
  uint32_t end = t->used + 1, *link = &t->free;
  runs_clear(map, end);
  for (uint32_t i = t->free; i; i = chunk_at(t, i)->next) runs_mark(map, i, chunk_at(t, i)->run);
  for (uint32_t i = 1, n; i < end; i += n ? n : 1) {
    if (!(n = runs_length(map, i, end))) continue;
    if (i + n == end) {
      t->used = i - 1;
      give_free(t, i, end, p);
      break;
    }
    *link = i;
    link = &chunk_at(t, i)->next;
    chunk_at(t, i)->run = n;
    give_free(t, i + 1, i + n, p);
  }
  *link = TEXT_NONE;
}
