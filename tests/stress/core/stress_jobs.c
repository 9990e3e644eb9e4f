// stress_jobs.c - a job system: every job is framed by initialize and reset.
//
// Workers take heaps and give them back as fast as they can, so that the stack
// of idle heaps, tickets and stale entries are all in use; what a job leaves,
// another job frees, often into a heap that no thread has.
#include "tests/stress/core/stress.h"

enum { WORKERS = 6, JOBS = 60000, SHELVES = 64 };

static _Atomic(void *) shelves[SHELVES];

static void job(uint64_t *random) {
    void *mine[8];
    size_t count = random_below(random, 8);

    for (size_t i = 0; i < count; ++i)
        mine[i] = stress_alloc(random_size(random, 4000), 0);
    size_t shelf = random_below(random, SHELVES);
    if (count > 0)
        stress_free(swap_acq_rel(&shelves[shelf], mine[--count]));
    while (count > 0)
        stress_free(mine[--count]);
}

static void work(int index, void *context) {
    uint64_t random = (uint64_t)index + 1;

    (void)context;
    for (int i = 0; i < JOBS; ++i) {
        rpmalloc_thread_initialize();
        job(&random);
        rpmalloc_thread_reset();
        // Between jobs, without a heap.
        if (i % 16 == 0)
            stress_free(swap_acq_rel(&shelves[i / 16 % SHELVES], NULL));
    }
}

int main(void) {
    struct rpmalloc_global_statistics now;

    threads_run(WORKERS, work, NULL);
    rpmalloc_global_statistics(&now);
    STRESS_EXPECT(now.heaps <= 2 * WORKERS);
    for (int i = 0; i < SHELVES; ++i)
        stress_free(load_acquire(&shelves[i]));
    stress_end();
    return 0;
}
