/* Mail and file transfer: commands and replies that are lines of text. */
#include "carrier_unit.h"

/* Up to CRLF, or LF alone as some clients send it; the line is without it.
 * MALFORMED at a control character: the flow is no text, or no longer. */
static parse_outcome get_line(reader *stream, reader *line) {
  for (size_t i = 0; i < stream->left; i++) {
    uint8_t c = stream->at[i];
    if (c == '\n') {
      *line = reader_of(stream->at, i && stream->at[i - 1] == '\r' ? i - 1 : i);
      skip(stream, i + 1);
      return PARSE_PARSED;
    }
    if (c < 0x20 && c != '\r' && c != '\t') return PARSE_MALFORMED;
  }
  return PARSE_NEED_MORE;
}

/* The bytes up to the next space; empty at the end of the line. */
static reader get_word(reader *line) {
  while (line->left && line->at[0] == ' ') skip(line, 1);
  reader word;
  get_bytes(line, find_byte(*line, ' '), &word);
  return word;
}

/* `text` is in upper case. */
static bool is_word(reader word, const char *text) {
  for (; word.left && *text; skip(&word, 1), text++) {
    uint8_t c = word.at[0];
    if ((c >= 'a' && c <= 'z' ? c - 0x20 : c) != *text) return false;
  }
  return !word.left && !*text;
}

/* RFC 3207 4.  Mail text follows DATA and BDAT: a line of it is no command. */
parse_outcome smtp_client(reader *stream, carrier_state *state) {
  reader line;
  (void)state;
  parse_outcome outcome = get_line(stream, &line);
  if (outcome != PARSE_PARSED) return outcome;
  reader word = get_word(&line);
  if (is_word(word, "STARTTLS")) return PARSE_PARSED;
  return is_word(word, "DATA") || is_word(word, "BDAT") ? PARSE_NOT_MINE : PARSE_NEED_MORE;
}

/* RFC 4217 4; TLS-C and TLS-P are older names of the same. */
parse_outcome ftp_client(reader *stream, carrier_state *state) {
  reader line;
  (void)state;
  parse_outcome outcome = get_line(stream, &line);
  if (outcome != PARSE_PARSED) return outcome;
  if (!is_word(get_word(&line), "AUTH")) return PARSE_NEED_MORE;
  reader how = get_word(&line);
  return is_word(how, "TLS") || is_word(how, "SSL") || is_word(how, "TLS-C") ||
                 is_word(how, "TLS-P")
             ? PARSE_PARSED
             : PARSE_NEED_MORE;
}

/* RFC 2595 4. */
parse_outcome pop3_client(reader *stream, carrier_state *state) {
  reader line;
  (void)state;
  parse_outcome outcome = get_line(stream, &line);
  if (outcome != PARSE_PARSED) return outcome;
  return is_word(get_word(&line), "STLS") ? PARSE_PARSED : PARSE_NEED_MORE;
}

/* RFC 9051 4.3: literals are counted bytes, not lines; none is needed before
 * STARTTLS, and within one a line is no command. */
static bool has_literal(reader line) { return line.left && line.at[line.left - 1] == '}'; }

/* RFC 9051 6.2.1. */
parse_outcome imap_client(reader *stream, carrier_state *state) {
  reader line;
  (void)state;
  parse_outcome outcome = get_line(stream, &line);
  if (outcome != PARSE_PARSED) return outcome;
  if (has_literal(line)) return PARSE_NOT_MINE;
  get_word(&line); /* the tag */
  return is_word(get_word(&line), "STARTTLS") ? PARSE_PARSED : PARSE_NEED_MORE;
}
