// test_sparse.c - pages of spans that few blocks keep go back and come again.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/heap.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"
#include "tests/core/embedder.h"
#include "tests/core/random.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BLOCKS = 40000, SIZE = 240, PAGE = 4096 };

static unsigned char *blocks[BLOCKS];

static void allocate_all(void) {
    for (size_t i = 0; i < BLOCKS; ++i) {
        if (blocks[i] != NULL)
            continue;
        blocks[i] = rpmalloc(SIZE);
        memset(blocks[i], (int)(i % 251), SIZE);
    }
}

// Frees all blocks but every `kept`th.
static void free_most(size_t kept) {
    for (size_t i = 0; i < BLOCKS; ++i)
        if (i % kept != 0) {
            rpfree(blocks[i]);
            blocks[i] = NULL;
        }
}

static unsigned damaged(void) {
    unsigned wrong = 0;

    for (size_t i = 0; i < BLOCKS; ++i)
        if (blocks[i] != NULL)
            wrong += blocks[i][0] != i % 251 ||
                     memcmp(blocks[i], blocks[i] + 1, SIZE - 1) != 0;
    return wrong;
}

static size_t resident(void) {
    size_t pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");

    if (statm == NULL || fscanf(statm, "%*u %zu", &pages) != 1)
        cr_skip_test("the system does not tell");
    fclose(statm);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t faults(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_minflt;
}

Test(sparse, collect_gives_pages_back_between_blocks_that_live) {
    allocate_all();
    size_t full = resident();

    // One block in 150 stays: two or so in a span of sixteen pages.
    free_most(150);
    rpmalloc_thread_collect();

    cr_assert(gt(sz, full, (size_t)BLOCKS * SIZE));
    cr_assert(lt(sz, resident(), full - (size_t)BLOCKS * SIZE / 2));
    cr_assert(zero(uint, damaged()));
}

Test(sparse, pages_come_again_when_blocks_are_needed) {
    allocate_all();
    struct rpmalloc_global_statistics before, after;
    rpmalloc_global_statistics(&before);

    for (int round = 0; round < 5; ++round) {
        free_most(100);
        rpmalloc_thread_collect();
        cr_assert(rp_heap_valid(rp_thread_heap));
        allocate_all();
        cr_assert(rp_heap_valid(rp_thread_heap));
        cr_assert(zero(uint, damaged()));
    }

    rpmalloc_global_statistics(&after);
    cr_assert(le(sz, after.mapped, before.mapped + (1 << 20)));
}

Test(sparse, blocks_of_every_size_survive) {
    enum { COUNT = 3000 };
    static unsigned char *some[COUNT];
    uint64_t random = 1;
    unsigned wrong = 0;

    for (size_t size = 16; size < 5000; size = size * 3 / 2 + 8) {
        for (int round = 0; round < 3; ++round) {
            for (size_t i = 0; i < COUNT; ++i)
                if (some[i] == NULL) {
                    some[i] = rpmalloc(size);
                    memset(some[i], (int)(i % 251), size);
                }
            for (size_t i = 0; i < COUNT; ++i)
                if (random_below(&random, 20) != 0) {
                    rpfree(some[i]);
                    some[i] = NULL;
                }
            rpmalloc_thread_collect();
            for (size_t i = 0; i < COUNT; ++i)
                wrong += some[i] != NULL &&
                         (some[i][0] != i % 251 ||
                          memcmp(some[i], some[i] + 1, size - 1) != 0);
        }
        cr_assert(rp_heap_valid(rp_thread_heap));
        for (size_t i = 0; i < COUNT; ++i)
            rpfree(some[i]);
        memset(some, 0, sizeof some);
    }

    cr_assert(zero(uint, wrong));
}

Test(sparse, pages_go_back_without_a_collect_when_many_spans_are_sparse) {
    allocate_all();
    size_t full = resident();

    // While blocks are allocated, of whatever size. Not at once: a collect or
    // so much work says that the program is not on its way to empty.
    free_most(150);
    for (int i = 0; i < 100000; ++i)
        rpfree(rpmalloc(16));

    cr_assert(lt(sz, resident(), full - (size_t)BLOCKS * SIZE / 2));
    cr_assert(zero(uint, damaged()));
}

Test(sparse, pages_that_are_soon_wanted_again_do_not_go) {
    allocate_all();
    for (int round = 0; round < 10; ++round) {
        free_most(20);
        allocate_all();
    }
    size_t before = faults();

    for (int round = 0; round < 20; ++round) {
        free_most(20);
        allocate_all();
    }

    cr_assert(le(sz, faults() - before, 100));
    cr_assert(zero(uint, damaged()));
}

Test(sparse, pages_that_the_system_will_not_take_back_are_no_matter) {
    allocate_all();
    if (mlockall(MCL_CURRENT) != 0)
        cr_skip_test("memory cannot be locked here");

    for (int round = 0; round < 3; ++round) {
        free_most(100);
        rpmalloc_thread_collect();
        allocate_all();
    }

    cr_assert(zero(uint, damaged()));
    cr_assert(rp_heap_valid(rp_thread_heap));
}

Test(sparse, pages_of_an_embedder_are_left_alone) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(0);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
    allocate_all();
    size_t full = resident();

    free_most(150);
    rpmalloc_thread_collect();

    // What went back are whole segments, which the embedder drops.
    struct rpmalloc_global_statistics now;
    rpmalloc_global_statistics(&now);
    size_t dropped = load_relaxed(&embedder.asked) - now.mapped;
    cr_assert(ge(sz, resident() + dropped + (1 << 20), full));
    cr_assert(zero(uint, damaged()));
    memset(blocks, 0, sizeof blocks);
    rpmalloc_finalize();
}
