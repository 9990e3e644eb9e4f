// stress_statistics.c - looking at the numbers while others work.
//
// The sums cannot be exact then, but no number may be absurd, and asking must
// not disturb anybody.
#include "tests/stress/core/stress.h"

enum { WORKERS = 3, STEPS = 40000, MOST_HELD = 1 << 30 };

static _Atomic(int) working = WORKERS;
static _Atomic(void *) shelves[64];

static void look(void) {
    struct rpmalloc_global_statistics all;
    struct rpmalloc_thread_statistics mine;

    rpmalloc_global_statistics(&all);
    STRESS_EXPECT(all.mapped_peak <= MOST_HELD);
    STRESS_EXPECT(all.thread_cache <= MOST_HELD);
    STRESS_EXPECT(all.global_cache <= MOST_HELD);
    STRESS_EXPECT(all.segment_free <= MOST_HELD);
    STRESS_EXPECT(all.large <= MOST_HELD);
    STRESS_EXPECT(all.huge <= MOST_HELD);
    STRESS_EXPECT(all.heaps <= 2 * WORKERS + 2);
    rpmalloc_thread_statistics(&mine);
    STRESS_EXPECT(mine.in_use <= MOST_HELD);
    STRESS_EXPECT(mine.deferred <= MOST_HELD);
}

static void work(int index, void *context) {
    uint64_t random = (uint64_t)index + 1;

    (void)context;
    if (index == WORKERS) {
        while (load_relaxed(&working) > 0)
            look();
        return;
    }
    for (int i = 0; i < STEPS; ++i) {
        void *fresh = stress_alloc(random_size(&random, 6 << 20), 0);
        size_t shelf = random_below(&random, 64);
        stress_free(swap_acq_rel(&shelves[shelf], fresh));
        if (i % 100 == 0)
            look();
        if (i % 1000 == 0)
            rpmalloc_thread_reset();
    }
    sub_relaxed(&working, 1);
}

int main(void) {
    threads_run(WORKERS + 1, work, NULL);
    for (int i = 0; i < 64; ++i)
        stress_free(load_acquire(&shelves[i]));
    stress_end();
    return 0;
}
