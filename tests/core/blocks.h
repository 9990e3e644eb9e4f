// blocks.h - many blocks of one size, and what the statistics say of them; and
// whether one is as it was wanted.
#ifndef TESTS_CORE_BLOCKS_H
#define TESTS_CORE_BLOCKS_H

#include "core/rpmalloc.h"

#include <stddef.h>

enum { BLOCKS = 20000, BLOCK_SIZE = 200, MEBIBYTE = 1 << 20 };

extern void *blocks[BLOCKS];

// Fills `blocks`, and frees it again; for thread_run, too. context: not used.
void blocks_allocate(void *context);
void blocks_free(void *context);

// Whether a block is there, aligned, and of at least that size; writes all of
// it.
int block_fits(void *block, size_t size, size_t alignment);

struct rpmalloc_thread_statistics thread_now(void);
struct rpmalloc_global_statistics global_now(void);

#endif
