/* preset.h -- how long a weir_config may say that it is. */
#ifndef WEIR_PRESET_H
#define WEIR_PRESET_H

#include "weir.h"

/* The shortest config of WEIR_ABI: what was there when the number last changed. */
#define PRESET_CONFIG_FIRST 392u

_Static_assert(sizeof(void *) != 8 || sizeof(weir_config) >= PRESET_CONFIG_FIRST, "only grows");

/* A config of `size` bytes is one that an embedder of this ABI may have been compiled with. */
bool preset_has_config_of(size_t size);

#endif
