// stress_producers.c - producers that only allocate, consumers that only free.
//
// The consumers' deferred frees are all that the producers' heaps get back, so
// a lost batch shows as memory that grows.
#include "tests/stress/core/stress.h"

#include <sched.h>

enum { PAIRS = 3, QUEUE = 1024, BLOCKS = 200000, MOST_HELD = 64 << 20 };

// One producer, one consumer: a slot is empty, or holds a block.
static _Atomic(void *) queues[PAIRS][QUEUE];

static void produce(int pair) {
    uint64_t random = (uint64_t)pair + 1;

    for (int i = 0; i < BLOCKS; ++i) {
        void *fresh = stress_alloc(random_below(&random, 2000), 0);
        _Atomic(void *) *slot = &queues[pair][i % QUEUE];
        while (load_relaxed(slot) != NULL)
            sched_yield();
        store_release(slot, fresh);
    }
}

static void consume(int pair) {
    for (int i = 0; i < BLOCKS; ++i) {
        _Atomic(void *) *slot = &queues[pair][i % QUEUE];
        void *block;
        while ((block = load_acquire(slot)) == NULL)
            sched_yield();
        stress_free(block);
        store_release(slot, NULL);
    }
}

static void work(int index, void *context) {
    (void)context;
    if (index % 2 == 0)
        produce(index / 2);
    else
        consume(index / 2);
    rpmalloc_thread_reset();
}

int main(void) {
    struct rpmalloc_global_statistics now;

    threads_run(2 * PAIRS, work, NULL);
    rpmalloc_global_statistics(&now);
    STRESS_EXPECT(now.mapped_peak <= MOST_HELD);
    stress_end();
    return 0;
}
