// test_rpmalloc.c - the public functions, as their header promises.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/core/random.h"
#include "tests/core/shadow.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { LARGEST_CLASS = 32768, LARGEST_RUN = 32 * 65536 };

static const size_t impossible[] = {
    PTRDIFF_MAX,
    (size_t)PTRDIFF_MAX + 1,
    SIZE_MAX,
    SIZE_MAX - 1,
    SIZE_MAX - 15,
    SIZE_MAX - 127,
    SIZE_MAX - 128,
    SIZE_MAX - 4095,
    SIZE_MAX - 65535,
    SIZE_MAX - 65536,
    (size_t)PTRDIFF_MAX - 1,
    (size_t)PTRDIFF_MAX - 4096,
    (size_t)PTRDIFF_MAX - 65536,
    (size_t)PTRDIFF_MAX - 65536 * 2,
    (size_t)1 << 62,
    (size_t)1 << 50,
};
enum { IMPOSSIBLE = sizeof impossible / sizeof impossible[0] };

// Sizes around every limit of the allocator, and each side of it.
static const size_t limits[] = {
    0,       1,
    15,      16,
    17,      1023,
    1024,    1025,
    4095,    4096,
    4097,    8192,
    8193,    16384,
    32767,   32768,
    32769,   65535,
    65536,   65537,
    131072,  131073,
    2097151, 2097152,
    2097153, (3 << 20) - 1,
    3 << 20, (3 << 20) + 1,
};
enum { LIMITS = sizeof limits / sizeof limits[0] };

static int is_aligned(const void *block, size_t alignment) {
    return ((uintptr_t)block & (alignment - 1)) == 0;
}

// ---- sizes ----

Test(rpmalloc, every_block_is_aligned_to_16_bytes) {
    unsigned wrong = 0;

    for (size_t size = 0; size < 70000; size += 1 + size / 64) {
        void *block = rpmalloc(size);
        wrong += block == NULL || !is_aligned(block, 16);
        rpfree(block);
    }

    cr_assert(zero(uint, wrong));
}

Test(rpmalloc, every_size_of_a_class_is_usable_in_full) {
    enum { STEP = 64 };
    static unsigned char *blocks[LARGEST_CLASS / STEP + 1];
    unsigned wrong = 0;

    for (size_t i = 0; i <= LARGEST_CLASS / STEP; ++i) {
        blocks[i] = rpmalloc(i * STEP);
        wrong += rpmalloc_usable_size(blocks[i]) < i * STEP;
        memset(blocks[i], (int)i, rpmalloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i <= LARGEST_CLASS / STEP; ++i)
        for (size_t at = 0; at < rpmalloc_usable_size(blocks[i]); ++at)
            wrong += blocks[i][at] != (unsigned char)i;

    cr_assert(zero(uint, wrong));
}

Test(rpmalloc, sizes_at_every_limit_are_usable_in_full) {
    unsigned char *blocks[LIMITS];

    for (size_t i = 0; i < LIMITS; ++i) {
        blocks[i] = rpmalloc(limits[i]);
        cr_assert(ne(ptr, blocks[i], NULL));
        cr_assert(ge(sz, rpmalloc_usable_size(blocks[i]), limits[i]));
        memset(blocks[i], (int)i + 1, rpmalloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < LIMITS; ++i) {
        size_t usable = rpmalloc_usable_size(blocks[i]);
        cr_assert(eq(int, blocks[i][0], (int)i + 1));
        cr_assert(zero(int, memcmp(blocks[i], blocks[i] + 1, usable - 1)));
        rpfree(blocks[i]);
    }
}

Test(rpmalloc, no_bytes_are_a_block_of_their_own) {
    void *first = rpmalloc(0);
    void *second = rpmalloc(0);

    cr_assert(ne(ptr, first, NULL));
    cr_assert(ne(ptr, second, NULL));
    cr_assert(ne(ptr, first, second));
    rpfree(first);
    rpfree(second);
}

Test(rpmalloc, asking_for_no_bytes_loses_no_memory) {
    struct rpmalloc_thread_statistics before, after;
    rpfree(rpmalloc(1));
    rpmalloc_thread_statistics(&before);

    for (int i = 0; i < 100000; ++i)
        rpfree(rpmalloc(0));

    rpmalloc_thread_statistics(&after);
    cr_assert(zero(sz, after.in_use));
    cr_assert(eq(sz, after.spans, before.spans));
}

Test(rpmalloc, two_blocks_never_overlap) {
    enum { COUNT = 2000 };
    static unsigned char *blocks[COUNT];
    static size_t sizes[COUNT];
    uint64_t random = 7;
    unsigned wrong = 0;

    for (size_t i = 0; i < COUNT; ++i) {
        sizes[i] = random_size(&random, 100000);
        blocks[i] = rpmalloc(sizes[i]);
        memset(blocks[i], (int)(i % 251), rpmalloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < COUNT; ++i)
        for (size_t at = 0; at < rpmalloc_usable_size(blocks[i]); ++at)
            wrong += blocks[i][at] != i % 251;

    cr_assert(zero(uint, wrong));
}

Test(rpmalloc, impossible_sizes_give_null_and_enomem) {
    for (size_t i = 0; i < IMPOSSIBLE; ++i) {
        errno = 0;
        void *block = rpmalloc(impossible[i]);

        cr_assert(eq(ptr, block, NULL), "rpmalloc(%zu)", impossible[i]);
        cr_assert(eq(int, errno, ENOMEM));
    }
}

Test(rpmalloc, an_impossible_size_leaves_nothing_behind) {
    struct rpmalloc_global_statistics before, after;
    rpfree(rpmalloc(1));
    rpmalloc_global_statistics(&before);

    for (int round = 0; round < 1000; ++round)
        for (size_t i = 0; i < IMPOSSIBLE; ++i)
            rpfree(rpmalloc(impossible[i]));

    rpmalloc_global_statistics(&after);
    cr_assert(eq(sz, after.mapped, before.mapped));
}

// ---- free ----

Test(rpfree, null_is_ignored) {
    rpfree(NULL);
}

Test(rpfree, errno_is_kept_for_every_kind_of_block) {
    for (size_t i = 0; i < LIMITS; ++i) {
        void *block = rpmalloc(limits[i]);
        errno = 4711;
        rpfree(block);

        cr_assert(eq(int, errno, 4711));
    }
}

Test(rpfree, a_thread_without_a_heap_can_free) {
    void *small = rpmalloc(100);
    void *large = rpmalloc(100000);
    void *huge = rpmalloc(10000000);
    rpmalloc_thread_reset();

    rpfree(small);
    rpfree(large);
    rpfree(huge);

    cr_assert(zero(int, rpmalloc_is_thread_initialized()));
}

// ---- calloc ----

Test(rpcalloc, bytes_are_zero_also_when_memory_is_used_again) {
    unsigned wrong = 0;

    for (int round = 0; round < 3; ++round)
        for (size_t i = 0; i < LIMITS; ++i) {
            unsigned char *block = rpcalloc(1, limits[i]);
            for (size_t at = 0; at < limits[i]; ++at)
                wrong += block[at] != 0;
            memset(block, 0xff, rpmalloc_usable_size(block));
            rpfree(block);
        }

    cr_assert(zero(uint, wrong));
}

Test(rpcalloc, bytes_are_zero_after_the_memory_was_given_back_and_taken_again) {
    enum { COUNT = 64 };
    unsigned char *blocks[COUNT];
    unsigned wrong = 0;

    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < COUNT; ++i) {
            blocks[i] = rpcalloc(1000, 100);
            for (size_t at = 0; at < 100000; ++at)
                wrong += blocks[i][at] != 0;
            memset(blocks[i], 0xff, 100000);
        }
        // All but one, which keeps its segment.
        for (size_t i = 1; i < COUNT; ++i)
            rpfree(blocks[i]);
        rpmalloc_thread_collect();
    }

    cr_assert(zero(uint, wrong));
}

Test(rpcalloc, bytes_are_zero_up_to_the_usable_size) {
    for (size_t size = 0; size < 30000000; size += 1 + size / 3) {
        void *dirty = rpmalloc(size);
        memset(dirty, 0xa5, rpmalloc_usable_size(dirty));
        rpfree(dirty);

        unsigned char *block = rpcalloc(1, size);

        size_t usable = rpmalloc_usable_size(block), zeroes = 0;
        while (zeroes < usable && block[zeroes] == 0)
            ++zeroes;
        cr_assert(eq(sz, zeroes, usable), "of %zu bytes", size);
        rpfree(block);
    }
}

Test(rpcalloc, a_product_that_overflows_gives_null_and_enomem) {
    static const size_t products[][2] = {
        {SIZE_MAX, 2},         {2, SIZE_MAX},
        {SIZE_MAX, SIZE_MAX},  {(size_t)1 << 32, (size_t)1 << 32},
        {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 16 + 2, 16},
        {(size_t)1 << 63, 2},  {3, SIZE_MAX / 3 + 1},
    };

    for (size_t i = 0; i < sizeof products / sizeof products[0]; ++i) {
        errno = 0;
        void *block = rpcalloc(products[i][0], products[i][1]);

        cr_assert(eq(ptr, block, NULL));
        cr_assert(eq(int, errno, ENOMEM));
    }
}

Test(rpcalloc, no_bytes_are_a_block) {
    void *none = rpcalloc(0, 100);
    void *empty = rpcalloc(100, 0);

    cr_assert(ne(ptr, none, NULL));
    cr_assert(ne(ptr, empty, NULL));
    cr_assert(ne(ptr, none, empty));
    rpfree(none);
    rpfree(empty);
}

Test(rpcalloc, no_bytes_of_a_size_that_would_overflow_are_a_block) {
    volatile size_t most = SIZE_MAX; // or the compiler objects
    void *block = rpcalloc(0, most);

    cr_assert(ne(ptr, block, NULL));
    rpfree(block);
}

// ---- realloc ----

Test(rprealloc, null_is_the_same_as_rpmalloc) {
    void *block = rprealloc(NULL, 100);

    cr_assert(ne(ptr, block, NULL));
    cr_assert(ge(sz, rpmalloc_usable_size(block), 100));
    rpfree(block);
}

Test(rprealloc, size_0_gives_a_smallest_block) {
    void *block = rprealloc(rpmalloc(10000), 0);

    cr_assert(ne(ptr, block, NULL));
    cr_assert(le(sz, rpmalloc_usable_size(block), 64));
    rpfree(block);
}

Test(rprealloc, bytes_are_kept_from_every_limit_to_every_other) {
    unsigned wrong = 0;

    for (size_t from = 0; from < LIMITS; ++from)
        for (size_t to = 0; to < LIMITS; ++to) {
            size_t kept = limits[from] < limits[to] ? limits[from] : limits[to];
            unsigned char *block = rpmalloc(limits[from]);
            for (size_t at = 0; at < kept; ++at)
                block[at] = (unsigned char)(at * 31 >> 3);
            block = rprealloc(block, limits[to]);
            for (size_t at = 0; at < kept; ++at)
                wrong += block[at] != (unsigned char)(at * 31 >> 3);
            rpfree(block);
        }

    cr_assert(zero(uint, wrong));
}

Test(rprealloc, a_failure_leaves_the_block_as_it_was) {
    char *block = rpmalloc(100);
    strcpy(block, "still here");

    for (size_t i = 0; i < IMPOSSIBLE; ++i) {
        errno = 0;
        void *moved = rprealloc(block, impossible[i]);

        cr_assert(eq(ptr, moved, NULL));
        cr_assert(eq(int, errno, ENOMEM));
    }

    cr_assert_str_eq(block, "still here");
    rpfree(block);
}

Test(rprealloc, a_size_that_fits_stays_where_it_is) {
    void *block = rpmalloc(1000);

    void *same = rprealloc(block, rpmalloc_usable_size(block));

    cr_assert(eq(ptr, same, block));
    rpfree(same);
}

Test(rpaligned_realloc, a_block_gets_the_new_alignment_and_keeps_its_bytes) {
    char *block = rpmalloc(100);
    memset(block, 'x', 100);

    for (size_t alignment = 32; alignment <= 1 << 20; alignment *= 2) {
        block = rpaligned_realloc(block, alignment, 100, 0, 0);

        cr_assert(is_aligned(block, alignment));
        cr_assert(eq(int, block[0], 'x'));
        cr_assert(zero(int, memcmp(block, block + 1, 99)));
    }
    rpfree(block);
}

Test(rpaligned_realloc, only_old_size_bytes_need_be_kept) {
    char *block = rpmalloc(100);
    memset(block, 'x', 100);

    block = rpaligned_realloc(block, 64, 100000, 10, 0);

    cr_assert(zero(int, memcmp(block, "xxxxxxxxxx", 10)));
    rpfree(block);
}

Test(rpaligned_realloc, bytes_need_not_be_kept_at_all) {
    void *block = rpmalloc(100);

    block = rpaligned_realloc(block, 64, 100000, 0, RPMALLOC_NO_PRESERVE);

    cr_assert(ne(ptr, block, NULL));
    cr_assert(is_aligned(block, 64));
    rpfree(block);
}

Test(rpaligned_realloc, a_bad_alignment_gives_einval_and_keeps_the_block) {
    char *block = rpmalloc(100);
    strcpy(block, "still here");
    errno = 0;

    void *moved = rpaligned_realloc(block, 3, 200, 0, 0);

    cr_assert(eq(ptr, moved, NULL));
    cr_assert(eq(int, errno, EINVAL));
    cr_assert_str_eq(block, "still here");
    rpfree(block);
}

// ---- alignment ----

Test(rpaligned_alloc, every_alignment_works_with_every_size) {
    unsigned wrong = 0;

    for (size_t alignment = 1; alignment <= 4 << 20; alignment *= 2)
        for (size_t i = 0; i < LIMITS; ++i) {
            unsigned char *block = rpaligned_alloc(alignment, limits[i]);
            wrong += block == NULL || !is_aligned(block, alignment) ||
                     !is_aligned(block, 16) ||
                     rpmalloc_usable_size(block) < limits[i];
            memset(block, 0xee, rpmalloc_usable_size(block));
            rpfree(block);
        }

    cr_assert(zero(uint, wrong));
}

Test(rpaligned_alloc, alignments_up_to_a_gibibyte_work) {
    for (size_t alignment = 8 << 20; alignment <= (size_t)1 << 30;
         alignment *= 2) {
        unsigned char *block = rpaligned_alloc(alignment, 1000);
        if (block == NULL)
            cr_skip_test("no address space for it here");

        cr_assert(is_aligned(block, alignment));
        block[0] = block[999] = 1;
        rpfree(block);
    }
}

Test(rpaligned_alloc, interior_blocks_of_one_span_do_not_overlap) {
    enum { COUNT = 500 };
    unsigned char *blocks[COUNT];
    unsigned wrong = 0;

    for (size_t i = 0; i < COUNT; ++i) {
        blocks[i] = rpaligned_alloc(1024 << i % 4, i);
        memset(blocks[i], (int)(i % 251), rpmalloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < COUNT; ++i)
        for (size_t at = 0; at < rpmalloc_usable_size(blocks[i]); ++at)
            wrong += blocks[i][at] != i % 251;

    cr_assert(zero(uint, wrong));
}

Test(rpaligned_alloc, freed_interior_blocks_serve_again_from_their_start) {
    enum { COUNT = 300, SIZE = 6000, ALIGN = 4096 };
    static unsigned char *blocks[COUNT];
    unsigned wrong = 0;

    // Interior pointers first, plain blocks of the same class afterwards.
    for (size_t i = 0; i < COUNT; ++i)
        blocks[i] = rpaligned_alloc(ALIGN, SIZE - ALIGN);
    for (size_t i = 0; i < COUNT; ++i)
        rpfree(blocks[i]);
    for (size_t i = 0; i < COUNT; ++i) {
        blocks[i] = rpmalloc(SIZE);
        memset(blocks[i], (int)(i % 251), rpmalloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < COUNT; ++i)
        for (size_t at = 0; at < SIZE; ++at)
            wrong += blocks[i][at] != i % 251;

    cr_assert(zero(uint, wrong));
}

Test(rpaligned_alloc, what_is_no_power_of_two_gives_einval) {
    static const size_t bad[] = {0,  3,  5,   6,     7,       9,
                                 24, 48, 100, 65535, SIZE_MAX};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        errno = 0;
        void *block = rpaligned_alloc(bad[i], 100);

        cr_assert(eq(ptr, block, NULL));
        cr_assert(eq(int, errno, EINVAL));
    }
}

Test(rpaligned_alloc, an_impossible_alignment_gives_null_and_enomem) {
    for (unsigned bit = 48; bit < 64; ++bit) {
        errno = 0;
        void *block = rpaligned_alloc((size_t)1 << bit, 100);

        cr_assert(eq(ptr, block, NULL));
        cr_assert(eq(int, errno, ENOMEM));
    }
}

Test(rpaligned_alloc, an_impossible_size_gives_null_and_enomem) {
    for (size_t alignment = 1; alignment != 0; alignment *= 2)
        for (size_t i = 0; i < IMPOSSIBLE; ++i) {
            errno = 0;
            void *block = rpaligned_alloc(alignment, impossible[i]);

            cr_assert(eq(ptr, block, NULL));
            cr_assert(eq(int, errno, ENOMEM));
        }
}

Test(rpmemalign, it_is_rpaligned_alloc_by_another_name) {
    void *block = rpmemalign(4096, 100);

    cr_assert(is_aligned(block, 4096));
    rpfree(block);
}

Test(rpposix_memalign, success_sets_the_result_and_leaves_errno_alone) {
    void *block = NULL;
    errno = 4711;

    int error = rpposix_memalign(&block, 64, 100);

    cr_assert(zero(int, error));
    cr_assert(is_aligned(block, 64));
    cr_assert(eq(int, errno, 4711));
    rpfree(block);
}

Test(rpposix_memalign, a_bad_alignment_is_einval_and_touches_nothing) {
    static const size_t bad[] = {0, 1, 2, 3, 4, 12, 24, SIZE_MAX};
    char mark;
    void *block = &mark;
    errno = 4711;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        int error = rpposix_memalign(&block, bad[i], 100);

        cr_assert(eq(int, error, EINVAL));
        cr_assert(eq(ptr, block, &mark));
        cr_assert(eq(int, errno, 4711));
    }
}

Test(rpposix_memalign, an_impossible_size_is_enomem_and_touches_nothing) {
    char mark;
    void *block = &mark;
    errno = 4711;

    for (size_t i = 0; i < IMPOSSIBLE; ++i) {
        int error = rpposix_memalign(&block, 64, impossible[i]);

        cr_assert(eq(int, error, ENOMEM));
        cr_assert(eq(ptr, block, &mark));
        cr_assert(eq(int, errno, 4711));
    }
}

Test(rpmalloc_usable_size, null_has_none) {
    cr_assert(zero(sz, rpmalloc_usable_size(NULL)));
}

// ---- all of it, at random ----

static void run_shadow(uint64_t seed, size_t places, size_t most_bytes,
                       size_t steps) {
    static struct shadow shadow;

    shadow_init(&shadow, seed, places, most_bytes);
    for (size_t i = 0; i < steps; ++i)
        shadow_step(&shadow);
    shadow_free_all(&shadow);

    cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
    cr_assert(zero(sz, shadow.failures));
}

Test(rpmalloc, random_small_calls_keep_every_block) {
    run_shadow(1, 4000, 1024, 200000);
}

Test(rpmalloc, random_calls_of_all_classes_keep_every_block) {
    run_shadow(2, 1000, LARGEST_CLASS, 30000);
}

Test(rpmalloc, random_calls_with_large_blocks_keep_every_block) {
    run_shadow(3, 200, LARGEST_RUN, 10000);
}

Test(rpmalloc, random_calls_with_huge_blocks_keep_every_block) {
    run_shadow(4, 50, 16 << 20, 800);
}

Test(rpmalloc, random_calls_with_collects_and_resets_keep_every_block) {
    static struct shadow shadow;

    shadow_init(&shadow, 5, 500, 200000);
    for (int i = 0; i < 10000; ++i) {
        shadow_step(&shadow);
        if (i % 100 == 0)
            rpmalloc_thread_collect();
        if (i % 77 == 0)
            rpmalloc_thread_reset();
    }
    shadow_free_all(&shadow);

    cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
}
