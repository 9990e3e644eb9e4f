// stress_handover.c - blocks change hands: one thread allocates, another frees.
//
// Every thread puts its new blocks onto shelves that all share, and frees what
// lay there. Some sizes are large and huge; now and then a thread collects, or
// gives its heap up and goes on with another one.
#include "tests/stress/core/stress.h"

enum { THREADS = 6, SHELVES = 256, STEPS = 120000, ROUNDS = 3 };

static _Atomic(void *) shelves[SHELVES];

static size_t some_size(uint64_t *random) {
    unsigned dice = (unsigned)random_below(random, 1000);

    if (dice < 2)
        return 3 << 20; // huge
    if (dice < 20)
        return 40000 + random_below(random, 500000);
    if (dice < 200)
        return 1024 + random_below(random, 20000);
    return random_below(random, 1024);
}

static void work(int index, void *context) {
    uint64_t random = (uint64_t)index + *(int *)context * 100 + 1;

    for (int i = 0; i < STEPS; ++i) {
        void *fresh = stress_alloc(some_size(&random), 0);
        size_t shelf = random_below(&random, SHELVES);
        stress_free(swap_acq_rel(&shelves[shelf], fresh));
        if (i % 10000 == 9999)
            rpmalloc_thread_collect();
        if (i % 3000 == 2999)
            rpmalloc_thread_reset();
    }
    if (index % 2 == 0)
        rpmalloc_thread_reset();
}

int main(void) {
    for (int round = 0; round < ROUNDS; ++round)
        threads_run(THREADS, work, &round);
    for (int i = 0; i < SHELVES; ++i)
        stress_free(load_acquire(&shelves[i]));
    stress_end();
    return 0;
}
