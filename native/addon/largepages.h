/* largepages.h -- the parts of an engine's memory for which large pages pay. */
#ifndef WEIR_LARGEPAGES_H
#define WEIR_LARGEPAGES_H

#include "addon.h"

void large_pages_prefer(const weir_engine *engine, const memory_block *memory);

#endif
