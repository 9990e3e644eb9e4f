// blocks.c - see blocks.h.
#include "tests/core/blocks.h"

#include <stdint.h>
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

int block_fits(void *block, size_t size, size_t alignment) {
    if (block == NULL || (uintptr_t)block % alignment != 0 ||
        rpmalloc_usable_size(block) < size)
        return 0;
    memset(block, 0xdd, rpmalloc_usable_size(block));
    return 1;
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
