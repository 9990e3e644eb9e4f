// blocks.h - many blocks of one size, and what the statistics say of them.
#ifndef TESTS_CORE_BLOCKS_H
#define TESTS_CORE_BLOCKS_H

#include "core/rpmalloc.h"

#include <stddef.h>

enum { BLOCKS = 20000, BLOCK_SIZE = 200, MEBIBYTE = 1 << 20 };

extern void *blocks[BLOCKS];

// Fills `blocks`, and frees it again; for thread_run, too. context: not used.
void blocks_allocate(void *context);
void blocks_free(void *context);

struct rpmalloc_thread_statistics thread_now(void);
struct rpmalloc_global_statistics global_now(void);

#endif
