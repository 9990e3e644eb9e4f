// larson.c - a server's churn: threads replace random blocks, then hand all of
// them to a new thread and end.
//
// After the server workload that Larson and Krishnan describe (1998). What it
// finds out: does memory that one thread allocated and another frees come back,
// and are the heaps of ended threads taken up again?
//
// Arguments: generations of threads, chains of threads side by side.
#include "bench.h"

enum {
    BLOCKS = 5000,
    REPLACEMENTS = 200000, // in the life of one thread
    SIZE_LOW = 8,
    SIZE_HIGH = 1000,
};

struct chain {
    struct bench_random random;
    unsigned long generations;
    uint64_t sum;
    void *blocks[BLOCKS];
    size_t sizes[BLOCKS];
};

static void refill(struct chain *chain, uint32_t slot) {
    size_t size = bench_between(&chain->random, SIZE_LOW, SIZE_HIGH);
    chain->blocks[slot] = bench_take(size);
    chain->sizes[slot] = size;
    chain->sum += size;
}

static void *generation(void *argument) {
    struct chain *chain = argument;
    for (int i = 0; i < REPLACEMENTS; i++) {
        uint32_t slot = bench_below(&chain->random, BLOCKS);
        bench_give(chain->blocks[slot], chain->sizes[slot]);
        refill(chain, slot);
    }
    return NULL;
}

static void *run_chain(void *argument) {
    struct chain *chain = argument;
    for (unsigned long i = 0; i < chain->generations; i++) {
        bench_join(bench_start(generation, chain));
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct chain chains[BENCH_THREADS_MAX];
    unsigned long generations = bench_argument(argc, argv, 1, 10);
    unsigned count = bench_threads(argc, argv, 2);

    for (unsigned i = 0; i < count; i++) {
        chains[i].random = bench_seed(i);
        chains[i].generations = generations;
    }
    // Neighbours in memory belong to different chains at first.
    for (uint32_t slot = 0; slot < BLOCKS; slot++) {
        for (unsigned i = 0; i < count; i++) {
            refill(&chains[i], slot);
        }
    }
    bench_run(count, run_chain, chains, sizeof(chains[0]));

    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        for (uint32_t slot = 0; slot < BLOCKS; slot++) {
            bench_give(chains[i].blocks[slot], chains[i].sizes[slot]);
        }
        sum += chains[i].sum;
    }
    return bench_report(sum);
}
