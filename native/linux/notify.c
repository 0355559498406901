#include "notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool notify_send(const char *path, const char *text) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  size_t len = strlen(path), size = strlen(text);
  if (!len || len >= sizeof to.sun_path) return false;
  memcpy(to.sun_path, path, len);
  if (path[0] == '@') to.sun_path[0] = 0;
  int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0) return false;
  ssize_t sent = sendto(s, text, size, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
  close(s);
  return sent == (ssize_t)size;
}
