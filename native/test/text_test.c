/* text_test.c -- short strings in a pool of chunks: every length, and none left. */
#include "test.h"

#include "text.h"

enum { CHUNKS = 64, PAYLOAD = TEXT_CHUNK_BYTES - 4 };

static void *memory;

static texts begin(void) {
  texts t;
  memory = calloc(1, texts_size(CHUNKS));
  texts_init(&t, memory, CHUNKS);
  return t;
}

/* Chunks that can still be taken. */
static unsigned room(texts *t) {
  uint32_t taken[CHUNKS + 1], n = 0;
  while ((taken[n] = text_put(t, reader_of("x", 1))) != TEXT_NONE) n++;
  for (uint32_t i = 0; i < n; i++) text_free(t, taken[i]);
  return n;
}

static void test_every_length(void) {
  texts t = begin();
  uint8_t in[1025], out[1025];
  for (size_t i = 0; i < sizeof in; i++) in[i] = (uint8_t)(i * 7);
  for (size_t len = 0; len <= sizeof in; len++) {
    uint8_t *copy = malloc(len ? len : 1);
    memcpy(copy, in, len);
    uint32_t text = text_put(&t, reader_of(copy, len));
    free(copy);
    CHECK_EQ(text != TEXT_NONE, len > 0 && len <= 1024);
    if (text == TEXT_NONE) continue;
    CHECK_EQ(text_get(&t, text, out, sizeof out, len), len);
    CHECK(!memcmp(in, out, len));
    CHECK_EQ(text_get(&t, text, out, len / 2, len), len / 2);
    CHECK(text_is(&t, text, reader_of(in, len)));
    out[len - 1] ^= 1;
    CHECK(!text_is(&t, text, reader_of(out, len)));
    text_free(&t, text);
  }
  CHECK_EQ(room(&t), CHUNKS);
  CHECK_EQ(text_get(&t, TEXT_NONE, out, sizeof out, 5), 0);
  text_free(&t, TEXT_NONE);
  free(memory);
}

/* A text that does not fit takes nothing with it. */
static void test_exhaustion(void) {
  texts t = begin();
  uint8_t bytes[1024] = {0};
  uint32_t first = text_put(&t, reader_of(bytes, 30 * PAYLOAD));
  CHECK(first != TEXT_NONE);
  unsigned left = room(&t);
  CHECK_EQ(left, CHUNKS - 30);
  CHECK_EQ(text_put(&t, reader_of(bytes, (left + 1) * PAYLOAD)), TEXT_NONE);
  CHECK_EQ(room(&t), left);
  uint32_t second = text_put(&t, reader_of(bytes, left * PAYLOAD));
  CHECK(second != TEXT_NONE);
  CHECK_EQ(room(&t), 0);
  text_free(&t, first);
  text_free(&t, second);
  CHECK_EQ(room(&t), CHUNKS);
  free(memory);
}

int main(void) {
  test_every_length();
  test_exhaustion();
  return test_end("text");
}
