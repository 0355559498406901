#include "trouble.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

bool trouble_say(trouble *out, trouble_kind kind, int error, const char *format, ...) {
  va_list arguments;
  out->kind = kind;
  out->error = error;
  va_start(arguments, format);
  vsnprintf(out->text, sizeof out->text, format, arguments);
  va_end(arguments);
  return false;
}
