// glibc_thread.c - each thread replaces random blocks of a small working set;
// sizes follow an inverse power up to 32 KiB.
//
// After bench-malloc-thread of glibc. What it finds out: whether threads that
// share nothing disturb each other.
//
// Arguments: rounds of 1,000 replacements, threads.
#include "bench.h"

enum {
    WORKING_SET = 1024,
    SIZES = 8192, // drawn beforehand, so that the loop is short
    STEPS = 1000,
    SIZE_LOW = 4,
    SIZE_HIGH = 32768,
};

struct thread {
    unsigned long rounds;
    uint64_t seed;
    uint64_t sum;
};

static void *body(void *argument) {
    struct thread *thread = argument;
    struct bench_random random = bench_seed(thread->seed);
    void *blocks[WORKING_SET] = {NULL};
    uint32_t sizes[WORKING_SET];
    uint16_t drawn[SIZES];

    for (int i = 0; i < SIZES; i++) {
        drawn[i] = (uint16_t)bench_skewed(&random, SIZE_LOW, SIZE_HIGH);
    }
    for (unsigned long i = 0; i < thread->rounds * STEPS; i++) {
        uint32_t slot = bench_below(&random, WORKING_SET);
        if (blocks[slot]) {
            bench_give(blocks[slot], sizes[slot]);
        }
        sizes[slot] = drawn[i % SIZES];
        blocks[slot] = bench_take(sizes[slot]);
        thread->sum += sizes[slot];
    }
    for (uint32_t slot = 0; slot < WORKING_SET; slot++) {
        if (blocks[slot]) {
            bench_give(blocks[slot], sizes[slot]);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    struct thread threads[BENCH_THREADS_MAX];
    unsigned long rounds = bench_argument(argc, argv, 1, 1000);
    unsigned count = bench_threads(argc, argv, 2);

    for (unsigned i = 0; i < count; i++) {
        threads[i] = (struct thread){rounds, i, 0};
    }
    bench_run(count, body, threads, sizeof(threads[0]));

    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += threads[i].sum;
    }
    return bench_report(sum);
}
