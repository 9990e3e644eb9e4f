// test_goes_back.c - what is not used goes back, in both homes of memory, and
// what is used by turns does not have to be made anew.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "core/rpmalloc.h"
#include "tests/core/embedder.h"
#include "tests/core/random.h"

#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

enum {
    MIB = 1 << 20,
    SIZE = 500,
    MOST = 200000,
    PAGES_OF_64_MIB = 64 * MIB / 4096,
    FREES = 200000, // after the last large one
};

static char *blocks[MOST];

static void use_embedder(void) {
    struct rpmalloc_config config = embedder_config();

    embedder_reset(0);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
}

static size_t held(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now.mapped - now.segment_free;
}

static size_t faults(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_minflt;
}

static size_t fill(size_t bytes) {
    size_t count = bytes / SIZE;

    for (size_t i = 0; i < count; ++i) {
        blocks[i] = rpmalloc(SIZE);
        memset(blocks[i], 1, SIZE);
    }
    return count;
}

static void empty(size_t count) {
    for (size_t i = 0; i < count; ++i)
        rpfree(blocks[i]);
}

// So many frees of blocks of a size, with no more than that in use.
static void go_on(size_t frees, size_t size) {
    for (size_t i = 0; i < frees; ++i)
        rpfree(rpmalloc(size));
}

static void four_rounds(void) {
    for (int round = 0; round < 4; ++round)
        empty(fill(90 * MIB));
}

Test(goes_back, after_rounds_of_90_mib_little_is_held) {
    four_rounds();
    fill(MIB);
    go_on(FREES, 100);

    cr_assert(le(sz, held(), 5 * MIB));
}

Test(goes_back, after_rounds_in_memory_of_an_embedder_little_is_held) {
    use_embedder();
    four_rounds();
    fill(MIB);
    go_on(FREES, 100);
    struct rpmalloc_empty_statistics empty;
    rpmalloc_empty_statistics(&empty);

    cr_assert(le(sz,
                 load_relaxed(&embedder.live) - empty.global_pinned -
                     empty.unbacked_pinned,
                 5 * MIB));
    cr_assert(le(sz, load_relaxed(&embedder.live), 14 * MIB));
}

static size_t sizes[] = {16, 1000, 2000, 30000, 200000};

ParameterizedTestParameters(goes_back, whatever_is_allocated_afterwards) {
    return cr_make_param_array(size_t, sizes, sizeof sizes / sizeof *sizes);
}

ParameterizedTest(size_t *size, goes_back, whatever_is_allocated_afterwards) {
    empty(fill(60 * MIB));
    cr_assert(ge(sz, held(), 50 * MIB), "it may be wanted again");

    fill(MIB);
    go_on(FREES, *size);

    cr_assert(le(sz, held(), 5 * MIB), "of %zu bytes", *size);
}

Test(goes_back, medium_blocks_freed_at_random_keep_no_spans) {
    enum { COUNT = 20000 };
    uint64_t random = 1;

    for (size_t i = 0; i < COUNT; ++i)
        blocks[i] = rpmalloc(1100 + i % 5000);
    for (size_t i = COUNT; i > 0; --i) {
        size_t other = random_below(&random, i);
        rpfree(blocks[other]);
        blocks[other] = blocks[i - 1];
    }
    go_on(FREES, 100);

    cr_assert(le(sz, held(), 4 * MIB));
}

Test(goes_back, bursts_do_not_fault_each_time) {
    size_t before = faults();

    for (int round = 0; round < 11; ++round)
        empty(fill(64 * MIB));

    cr_assert(le(sz, faults() - before, PAGES_OF_64_MIB * 3 / 2));
}

Test(goes_back, steady_work_does_not_fault) {
    empty(fill(90 * MIB));
    for (int round = 0; round < 30; ++round) {
        empty(fill(4 * MIB));
        go_on(20000, 100);
    }
    size_t before = faults();

    for (int round = 0; round < 50; ++round) {
        empty(fill(4 * MIB));
        go_on(20000, 100);
    }

    cr_assert(le(sz, faults() - before, 100));
}

// Replaces random blocks of a table, and writes a word of each page.
static void replace(uint64_t *random, size_t count, size_t low, size_t high,
                    int steps) {
    for (int i = 0; i < steps; ++i) {
        size_t at = random_below(random, count);
        // Small ones often: each halving is as likely as the last.
        size_t size = high >> random_below(random, 6);
        size = size / 2 + random_below(random, size / 2) + low;
        rpfree(blocks[at]);
        blocks[at] = rpmalloc(size);
        for (size_t byte = 0; byte < size; byte += 4096)
            blocks[at][byte] = 1;
    }
}

Test(goes_back, who_replaces_blocks_of_all_sizes_does_not_fault) {
    uint64_t random = 1;
    replace(&random, 2000, 16, 30000, 1000000);
    size_t before = faults();

    replace(&random, 2000, 16, 30000, 3000000);

    cr_assert(le(sz, faults() - before, 500));
}

Test(goes_back, who_replaces_large_blocks_faults_seldom) {
    uint64_t random = 1;
    replace(&random, 400, 32 << 10, 2 * MIB, 20000);
    size_t before = faults();

    replace(&random, 400, 32 << 10, 2 * MIB, 20000);

    cr_assert(le(sz, faults() - before, 3000));
}

Test(goes_back, a_burst_with_work_between_faults_only_at_first) {
    for (int round = 0; round < 10; ++round) {
        empty(fill(32 * MIB));
        go_on(FREES, 100);
    }
    size_t before = faults();

    for (int round = 0; round < 10; ++round) {
        empty(fill(32 * MIB));
        go_on(FREES, 100);
    }

    cr_assert(le(sz, faults() - before, PAGES_OF_64_MIB / 8));
}

Test(goes_back, a_heap_of_its_own_pins_nobody_and_goes_as_a_whole) {
    use_embedder();
    size_t count = fill(20 * MIB);
    size_t before = load_relaxed(&embedder.live);
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();

    // Beside it the thread goes on, and keeps a block now and then.
    for (size_t i = 0; i < count; ++i) {
        cr_assert(ne(ptr, rpmalloc_heap_alloc(heap, SIZE), NULL));
        if (i % 100 == 0)
            cr_assert(ne(ptr, rpmalloc(1000), NULL));
    }
    cr_assert(ge(sz, load_relaxed(&embedder.live), before + 19 * MIB));
    rpmalloc_heap_free_all(heap);
    rpmalloc_heap_release(heap);

    cr_assert(le(sz, load_relaxed(&embedder.live), before + 4 * MIB));
}

Test(goes_back, few_blocks_keep_small_segments_of_a_small_program) {
    use_embedder();
    size_t count = fill(16 * MIB);
    size_t full = load_relaxed(&embedder.live);

    // One block in 3 MiB stays.
    for (size_t i = 0; i < count; ++i)
        if (i % (3 * MIB / SIZE) != 0)
            rpfree(blocks[i]);
    rpmalloc_thread_collect();

    cr_assert(le(sz, load_relaxed(&embedder.live), full * 6 / 10));
}
