// blocks.c - see blocks.h.
#include "tests/core/blocks.h"

#include <string.h>

void *blocks[BLOCKS];

void blocks_allocate(void *context) {
    (void)context;
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = rpmalloc(BLOCK_SIZE);
        memset(blocks[i], 1, BLOCK_SIZE);
    }
}

void blocks_free(void *context) {
    (void)context;
    for (size_t i = 0; i < BLOCKS; ++i)
        rpfree(blocks[i]);
}

struct rpmalloc_thread_statistics thread_now(void) {
    struct rpmalloc_thread_statistics now;

    rpmalloc_thread_statistics(&now);
    return now;
}

struct rpmalloc_global_statistics global_now(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now;
}
