// litter.c - preloaded with the allocator, before a program begins: a heap that
// others have lived in.
//
// From a fixed seed it allocates blocks of all sizes up to 8 KiB, the small
// ones most often, and frees all but an eighth at random; again, so that what
// stays lies among what was freed. The rest is never freed.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "programs/bench.h"

enum { BLOCKS = 6000, ROUNDS = 3, LEAST = 16, MOST = 8192, STAYS_PART = 8 };

static void *blocks[BLOCKS];

static __attribute__((constructor)) void litter(void) {
    struct bench_random random = bench_seed(1);

    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            size_t size = bench_skewed(&random, LEAST, MOST);
            blocks[i] = malloc(size);
            if (!blocks[i]) {
                bench_fail("there is no memory for litter");
            }
            memset(blocks[i], 1, size);
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            if (bench_below(&random, STAYS_PART) != 0) {
                free(blocks[i]);
            }
        }
    }
}
