// cache_sharing.h - the loop of cache_scratch.c and cache_thrash.c: take a
// small block, write into it many times, free it, again.
//
// After the two tests of false sharing of Hoard (Berger and others, 2000).
#ifndef RP_BENCH_CACHE_SHARING_H
#define RP_BENCH_CACHE_SHARING_H

#include "bench.h"

enum {
    SHARING_SIZE = 8,
    SHARING_WRITES = 100, // to each byte of each block
};

struct sharing {
    _Alignas(64) unsigned long rounds;
    void *first; // freed by this thread before anything else, when not NULL
    uint64_t sum;
};

static inline void *sharing_body(void *argument) {
    struct sharing *sharing = argument;
    if (sharing->first) {
        bench_give(sharing->first, SHARING_SIZE);
    }
    for (unsigned long i = 0; i < sharing->rounds; i++) {
        volatile uint8_t *block = bench_take(SHARING_SIZE);
        for (int j = 0; j < SHARING_WRITES; j++) {
            for (int k = 0; k < SHARING_SIZE; k++) {
                block[k] = (uint8_t)(block[k] + 1);
            }
        }
        sharing->sum += (uint8_t)(block[0] - bench_mark(SHARING_SIZE));
        free((void *)(uintptr_t)block);
    }
    return NULL;
}

// `given`: each thread first gets a block that this thread allocated.
static inline int sharing_main(int argc, char **argv, int given) {
    static struct sharing threads[BENCH_THREADS_MAX];
    unsigned long rounds = bench_argument(argc, argv, 1, 10000);
    unsigned count = bench_threads(argc, argv, 2);

    for (unsigned i = 0; i < count; i++) {
        threads[i].rounds = rounds;
        threads[i].first = given ? bench_take(SHARING_SIZE) : NULL;
    }
    bench_run(count, sharing_body, threads, sizeof(threads[0]));

    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += threads[i].sum;
    }
    return bench_report(sum);
}

#endif
