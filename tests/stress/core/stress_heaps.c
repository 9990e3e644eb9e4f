// stress_heaps.c - first-class heaps whose blocks any thread may free.
//
// Each thread makes a heap, fills it, leaves some of its blocks on shelves for
// the others, and then releases the heap with blocks alive, or, when all of
// them are known to be its own, frees all at once. Released heaps are taken up
// by threads, and by other first-class heaps.
#include "tests/stress/core/stress.h"

enum { THREADS = 5, HEAPS = 3000, BLOCKS = 100, SHELVES = 256 };

static _Atomic(void *) shelves[SHELVES];

static void *heap_block(struct rpmalloc_heap *heap, size_t size) {
    if (size < sizeof(struct stress_head))
        size = sizeof(struct stress_head);
    void *block = rpmalloc_heap_alloc(heap, size);
    STRESS_EXPECT(block != NULL);
    return stress_mark(block, size);
}

static size_t some_size(uint64_t *random) {
    return random_size(random, random_below(random, 50) == 0 ? 4 << 20 : 9000);
}

// Blocks of a heap go to everybody; the heap goes before they do.
static void share_and_release(uint64_t *random) {
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();

    STRESS_EXPECT(heap != NULL);
    for (int i = 0; i < BLOCKS; ++i) {
        void *fresh = heap_block(heap, some_size(random));
        STRESS_EXPECT(rpmalloc_get_heap_for_ptr(fresh) == heap);
        size_t shelf = random_below(random, SHELVES);
        stress_free(swap_acq_rel(&shelves[shelf], fresh));
    }
    rpmalloc_heap_release(heap);
}

// Blocks of a heap stay with us, and go all at once.
static void fill_and_free_all(uint64_t *random) {
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    void *blocks[BLOCKS];

    STRESS_EXPECT(heap != NULL);
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < BLOCKS; ++i)
            blocks[i] = heap_block(heap, some_size(random));
        for (int i = 0; i < BLOCKS; i += 2)
            rpmalloc_heap_free(heap, blocks[i]);
        for (int i = 1; i < BLOCKS; i += 4)
            stress_free(blocks[i]);
        rpmalloc_heap_free_all(heap);
    }
    rpmalloc_heap_release(heap);
}

static void work(int index, void *context) {
    uint64_t random = (uint64_t)index + 1;

    (void)context;
    for (int i = 0; i < HEAPS / THREADS; ++i) {
        if (random_below(&random, 2) == 0)
            share_and_release(&random);
        else
            fill_and_free_all(&random);
        stress_free(stress_alloc(some_size(&random), 0));
        if (i % 8 == 0)
            rpmalloc_thread_reset();
        if (i % 32 == 0)
            rpmalloc_thread_collect();
    }
    rpmalloc_thread_reset();
}

int main(void) {
    struct rpmalloc_global_statistics now;

    threads_run(THREADS, work, NULL);
    for (int i = 0; i < SHELVES; ++i)
        stress_free(swap_acq_rel(&shelves[i], NULL));
    rpmalloc_global_statistics(&now);
    STRESS_EXPECT(now.large == 0);
    STRESS_EXPECT(now.huge == 0);
    stress_end();
    return 0;
}
