// test_huge_memory.c - memory of huge blocks that is kept for the next one.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/huge_memory.h"
#include "core/memory/memory.h"
#include "core/rpmalloc.h"
#include "tests/core/random.h"
#include "tests/core/threads.h"

#include <string.h>

enum { MIB = 1 << 20, ROUNDS = 40, BLOCKS = 12, THREADS = 4 };
enum { STRIDE = 16 * 4096 }; // bytes between two marks

static void begin(void) {
    cr_assert(zero(int, rpmalloc_initialize()));
}

TestSuite(huge_memory, .init = begin, .fini = rpmalloc_finalize);

// Marks the ends and a page in sixteen, so that a wrong size would tell.
static void fill(unsigned char *block, size_t size, int mark) {
    for (size_t at = 0; at < size; at += STRIDE)
        block[at] = (unsigned char)mark;
    block[size - 1] = (unsigned char)mark;
}

static int is_filled(const unsigned char *block, size_t size, int mark) {
    int right = block[size - 1] == (unsigned char)mark;

    for (size_t at = 0; at < size; at += STRIDE)
        right &= block[at] == (unsigned char)mark;
    return right;
}

Test(huge_memory, a_block_that_comes_again_and_again_is_kept) {
    void *last = NULL;
    int same = 0;

    for (int i = 0; i < ROUNDS; ++i) {
        void *block = rpmalloc(10 * MIB);
        same += block == last;
        last = block;
        rpfree(block);
    }
    cr_assert(ge(int, same, ROUNDS - 8), "%d of %d", same, ROUNDS);
    cr_assert(ge(sz, rp_huge_memory_kept(), 10 * MIB));
}

Test(huge_memory, calloc_of_kept_memory_is_zero) {
    for (int i = 0; i < ROUNDS; ++i) {
        size_t size = (size_t)(5 + i % 7) * MIB;
        unsigned char *block = rpcalloc(1, size);
        cr_assert(is_filled(block, size, 0));
        memset(block, 0xff, size);
        rpfree(block);
    }
}

Test(huge_memory, kept_memory_is_made_to_fit) {
    uint64_t random = 3;
    unsigned char *blocks[BLOCKS] = {NULL};
    size_t sizes[BLOCKS] = {0};

    for (int i = 0; i < 15 * BLOCKS; ++i) {
        size_t k = random_below(&random, BLOCKS);
        if (blocks[k] != NULL) {
            cr_assert(is_filled(blocks[k], sizes[k], (int)k));
            rpfree(blocks[k]);
        }
        sizes[k] = 4 * MIB + random_below(&random, 20 * MIB);
        blocks[k] = rpmalloc(sizes[k]);
        cr_assert(ge(sz, rpmalloc_usable_size(blocks[k]), sizes[k]));
        fill(blocks[k], sizes[k], (int)k);
    }
    size_t live = 0;
    for (size_t k = 0; k < BLOCKS; ++k)
        live += sizes[k];
    cr_assert(le(sz, rp_memory_mapped(), live * 2));
    for (size_t k = 0; k < BLOCKS; ++k)
        rpfree(blocks[k]);
}

// A hundred blocks of sizes that never come twice, in each order: neighbours
// become one, so that little is mapped beside what is in use.
Test(huge_memory, what_waits_is_cut_and_becomes_one_again) {
    uint64_t random = 11;
    void *blocks[BLOCKS] = {NULL};
    size_t most = 0, sizes[BLOCKS] = {0}, live = 0;
    int kept = 0;

    for (int i = 0; i < 100 * BLOCKS; ++i) {
        size_t k = random_below(&random, BLOCKS);
        rpfree(blocks[k]);
        live -= sizes[k];
        sizes[k] = 4 * MIB + random_below(&random, 20 * MIB);
        size_t before = rp_memory_mapped();
        blocks[k] = rpmalloc(sizes[k]);
        live += sizes[k];
        kept += rp_memory_mapped() == before;
        if (i > 10 * BLOCKS && rp_memory_mapped() > live)
            most = rp_memory_mapped() - live > most ? rp_memory_mapped() - live
                                                    : most;
    }
    // A third of what is in use, and what surplus.h has for turns.
    cr_assert(ge(int, kept, 50 * BLOCKS), "%d of %d", kept, 100 * BLOCKS);
    cr_assert(le(sz, most, 24 * MIB * BLOCKS / 2), "%zu", most);
    for (size_t k = 0; k < BLOCKS; ++k)
        rpfree(blocks[k]);
}

Test(huge_memory, who_empties_itself_keeps_less_and_less) {
    static void *blocks[40];

    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 40; ++i)
            blocks[i] = rpmalloc((size_t)(4 + i % 9) * MIB);
        for (int i = 0; i < 40; ++i)
            rpfree(blocks[i]);
    }
    cr_assert(le(sz, rp_huge_memory_kept(), 8 * MIB), "%zu",
              rp_huge_memory_kept());
}

Test(huge_memory, collecting_gives_all_of_it_back) {
    for (int i = 0; i < ROUNDS; ++i)
        rpfree(rpmalloc(10 * MIB));
    rpmalloc_thread_collect();
    cr_assert(zero(sz, rp_huge_memory_kept()));
    cr_assert(zero(sz, rp_huge_memory_in_use()));
}

Test(huge_memory, who_frees_all_keeps_little) {
    static void *blocks[100];

    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 100; ++i)
            blocks[i] = rpmalloc((size_t)(3 + i % 5) * MIB + MIB / 2);
        for (int i = 0; i < 100; ++i)
            rpfree(blocks[i]);
        cr_assert(le(sz, rp_huge_memory_kept(), 100 * MIB));
    }
}

static void replace_often(int index, void *context) {
    uint64_t random = (uint64_t)index + 1;

    for (int i = 0; i < 80; ++i) {
        size_t size = 4 * MIB + random_below(&random, 4 * MIB);
        unsigned char *block = rpmalloc(size);
        fill(block, size, index);
        *(int *)context |= !is_filled(block, size, index);
        rpfree(block);
    }
}

Test(huge_memory, threads_share_what_is_kept_and_no_block) {
    int wrong = 0;

    threads_run(THREADS, replace_often, &wrong);
    cr_assert(zero(int, wrong));
    rpmalloc_thread_collect();
    cr_assert(zero(sz, rp_huge_memory_kept()));
    cr_assert(zero(sz, rp_huge_memory_in_use()));
}
