#include "text.h"

#include <string.h>

typedef struct text_chunk {
  uint32_t next;
  uint8_t bytes[TEXT_CHUNK_BYTES - sizeof(uint32_t)];
} text_chunk;

#define PAYLOAD  (TEXT_CHUNK_BYTES - sizeof(uint32_t))
#define TEXT_MAX 1024u

size_t texts_size(uint32_t chunks) { return (size_t)chunks * sizeof(text_chunk); }

void texts_init(texts *t, void *memory, uint32_t chunks) {
  *t = (texts){(text_chunk *)memory, chunks, 0, TEXT_NONE};
}

static text_chunk *chunk_at(const texts *t, uint32_t number) { return &t->chunks[number - 1]; }

static uint32_t take_chunk(texts *t) {
  uint32_t number = t->free;
  if (number) {
    t->free = chunk_at(t, number)->next;
    return number;
  }
  return t->used < t->count ? ++t->used : TEXT_NONE;
}

uint32_t text_put(texts *t, reader bytes) {
  if (!bytes.left || bytes.left > TEXT_MAX) return TEXT_NONE;
  uint32_t head = TEXT_NONE, *link = &head;
  while (bytes.left) {
    uint32_t number = take_chunk(t);
    if (!number) {
      *link = TEXT_NONE;
      text_free(t, head);
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
  if (text) __builtin_prefetch(chunk_at(t, text));
}

void text_free(texts *t, uint32_t text) {
  while (text) {
    text_chunk *chunk = chunk_at(t, text);
    uint32_t next = chunk->next;
    chunk->next = t->free;
    t->free = text;
    text = next;
  }
}
