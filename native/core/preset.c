/* preset.c -- configs for the machines that engines are made for. */
#include "preset.h"

#include <string.h>

static const uint64_t second = 1000000;

/* What the presets differ in. */
typedef struct sizes {
  uint32_t flows, records, assemblers, fragments, hints, dns_pending, names, bypasses;
} sizes;

/* A phone has few flows at a time, and long ones: its tables are small beside its flows. */
static const sizes presets[] = {
    [WEIR_PRESET_SERVER] = {131072, 4096, 1024, 64, 16384, 4096, 262144, 64},
    [WEIR_PRESET_PHONE] = {16384, 1024, 128, 8, 2048, 1024, 32768, 32},
    [WEIR_PRESET_TINY] = {4096, 512, 48, 4, 512, 256, 8192, 16},
};

bool preset_has_config_of(size_t size) {
  return size >= PRESET_CONFIG_FIRST && size <= sizeof(weir_config) &&
         size % sizeof(uint64_t) == sizeof(weir_config) % sizeof(uint64_t);
}

bool weir_config_preset(weir_config *config, size_t size, weir_preset preset) {
  if (!preset_has_config_of(size) || (size_t)preset >= sizeof presets / sizeof presets[0])
    return false;
  const sizes *s = &presets[preset];
  weir_config c = {
      .abi = WEIR_ABI,
      .size = (uint32_t)size,
      .max_flows = s->flows,
      .max_records = s->records,
      .max_assemblers = s->assemblers,
      .assembler_bytes = 16384,
      .max_fragments = s->fragments,
      .max_hints = s->hints,
      .max_dns_pending = s->dns_pending,
      .max_names = s->names,
      .max_bypasses = s->bypasses,
      .bypass_s = 600,
      .tcp_idle_us = 3600 * second,
      .tcp_open_us = 60 * second,
      .tcp_close_us = 10 * second,
      .udp_idle_us = 180 * second,
      .fragment_us = 30 * second, /* RFC 791 3.2: 15 at least, RFC 8200 4.5: 60 at most */
      .on_malformed = WEIR_VERDICT_PASS,
  };
  memcpy(config, &c, size);
  return true;
}
