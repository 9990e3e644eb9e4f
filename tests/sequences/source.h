// source.h - embedders for sequences: memory at odd addresses, with junk in it,
// that comes seldom, and must all come back.
#ifndef TESTS_SEQUENCES_SOURCE_H
#define TESTS_SEQUENCES_SOURCE_H

#include "core/rpmalloc.h"

#include <stddef.h>

enum source_kind {
    SOURCE_SYSTEM,    // none: the system
    SOURCE_FUNCTIONS, // allocate_memory and deallocate_memory
    SOURCE_MAPS,      // map_memory and unmap_memory
    SOURCE_COMMITS,   // these, and decommit_memory and commit_memory
    SOURCE_KINDS,
};

// Begins anew, and puts its functions into the config. offset: of its addresses
// behind a page's start; most: calls that get memory, 0: all.
void source_begin(enum source_kind kind, size_t offset, size_t most,
                  struct rpmalloc_config *config);
// Nothing that it gave is missing.
void source_end(void);

#endif
