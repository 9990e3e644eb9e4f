// stress_embedder.c - several threads on memory from an unkind embedder.
//
// What is given back is poisoned, so that a late touch of it is a crash; some
// calls fail. Threads give whole segments back all the time.
#include "tests/core/embedder.h"
#include "tests/stress/core/stress.h"

enum { THREADS = 5, ROUNDS = 25, STEPS = 6000, SHELVES = 128 };

static _Atomic(void *) shelves[SHELVES];

static void work(int index, void *context) {
    uint64_t random = (uint64_t)index + *(size_t *)context * 100 + 1;

    for (int i = 0; i < STEPS; ++i) {
        void *fresh = stress_alloc(random_size(&random, 400000), 1);
        size_t shelf = random_below(&random, SHELVES);
        stress_free(swap_acq_rel(&shelves[shelf], fresh));
        if (i % 200 == 199)
            rpmalloc_thread_collect();
        if (i % 700 == 699)
            rpmalloc_thread_reset();
    }
    rpmalloc_thread_reset();
}

int main(void) {
    for (size_t round = 0; round < ROUNDS; ++round) {
        struct rpmalloc_config config = embedder_config();
        embedder_reset(round * 24 % 4096);
        embedder.fail_at = 5 + round * 7;
        embedder.fail_count = round % 2 == 0 ? 0 : 20;
        STRESS_EXPECT(rpmalloc_initialize_config(&config) == 0);
        threads_run(THREADS, work, &round);
        for (int i = 0; i < SHELVES; ++i)
            stress_free(swap_acq_rel(&shelves[i], NULL));
        stress_end();
        STRESS_EXPECT(embedder_outstanding() == 0);
        STRESS_EXPECT(load_relaxed(&embedder.mistakes) == 0);
    }
    return 0;
}
