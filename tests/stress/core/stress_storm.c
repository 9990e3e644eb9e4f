// stress_storm.c - 40,000 short threads, whose blocks others free; 8,000 where
// ThreadSanitizer makes each of them ten times as long.
//
// Each thread frees what the ones before it left, leaves some blocks itself,
// and ends, with or without a reset. Heaps must be found again: memory must not
// grow with the number of threads.
#include "tests/stress/core/stress.h"

#if defined __SANITIZE_THREAD__
enum { STORMS = 1000 };
#else
enum { STORMS = 5000 };
#endif
enum { AT_ONCE = 8, SHELVES = 512, MOST_HELD = 64 << 20 };

static _Atomic(void *) shelves[SHELVES];

static void work(int index, void *context) {
    uint64_t random = (uint64_t)index + (uint64_t) * (int *)context * 100 + 1;

    for (int i = 0; i < 60; ++i) {
        void *fresh = stress_alloc(random_size(&random, 40000), 0);
        size_t shelf = random_below(&random, SHELVES);
        stress_free(swap_acq_rel(&shelves[shelf], fresh));
    }
    if (random_below(&random, 2) == 0)
        rpmalloc_thread_reset();
}

int main(void) {
    struct rpmalloc_global_statistics now;

    for (int storm = 0; storm < STORMS; ++storm)
        threads_run(AT_ONCE, work, &storm);
    rpmalloc_global_statistics(&now);
    STRESS_EXPECT(now.heaps <= 2 * AT_ONCE);
    STRESS_EXPECT(now.mapped_peak <= MOST_HELD);
    for (int i = 0; i < SHELVES; ++i)
        stress_free(load_acquire(&shelves[i]));
    stress_end();
    return 0;
}
