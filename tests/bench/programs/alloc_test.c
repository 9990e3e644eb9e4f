// alloc_test.c - blocks of random size that live for a random time.
//
// After the alloc-test of Ignatchenko: a table of slots; each step picks a slot
// and frees what is there or, when it is empty, fills it. Few slots are picked
// often and many seldom, and sizes are skewed the same way, as measured in real
// programs. What it finds out: speed under a working set larger than a cache.
//
// Arguments: rounds of 1,000 steps, threads.
#include "bench.h"

enum {
    SLOTS = 1 << 16,
    STEPS = 1000,
    SIZE_LOW = 16,
    SIZE_HIGH = 4096,
};

struct thread {
    unsigned long rounds;
    struct bench_random random;
    uint64_t sum;
    void *blocks[SLOTS];
    uint16_t sizes[SLOTS];
};

// The slot of a random number: low slots are hot.
static uint32_t pick(struct bench_random *random) {
    uint32_t width = 2u << bench_below(random, 16);
    return bench_below(random, width);
}

static void *body(void *argument) {
    struct thread *thread = argument;
    for (unsigned long i = 0; i < thread->rounds * STEPS; i++) {
        uint32_t slot = pick(&thread->random);
        if (thread->blocks[slot]) {
            bench_give(thread->blocks[slot], thread->sizes[slot]);
            thread->blocks[slot] = NULL;
        } else {
            size_t size = bench_skewed(&thread->random, SIZE_LOW, SIZE_HIGH);
            thread->blocks[slot] = bench_take(size);
            thread->sizes[slot] = (uint16_t)size;
            thread->sum += size;
        }
    }
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        if (thread->blocks[slot]) {
            bench_give(thread->blocks[slot], thread->sizes[slot]);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct thread threads[BENCH_THREADS_MAX];
    unsigned long rounds = bench_argument(argc, argv, 1, 1000);
    unsigned count = bench_threads(argc, argv, 2);

    for (unsigned i = 0; i < count; i++) {
        threads[i].rounds = rounds;
        threads[i].random = bench_seed(i);
    }
    bench_run(count, body, threads, sizeof(threads[0]));

    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += threads[i].sum;
    }
    return bench_report(sum);
}
