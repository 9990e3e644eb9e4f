// test_first_class.c - heaps of the program's own: blocks that live and die
// together.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/core/embedder.h"
#include "tests/core/random.h"
#include "tests/core/shadow.h"
#include "tests/core/threads.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { BLOCKS = 3000, MEBIBYTE = 1 << 20 };

static unsigned char *blocks[BLOCKS];
static size_t sizes[BLOCKS];

static struct rpmalloc_global_statistics global_now(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now;
}

static struct rpmalloc_heap *acquire(void) {
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();

    cr_assert(ne(ptr, (void *)heap, NULL));
    return heap;
}

// Small, medium and large blocks, now and then a huge one.
static void fill(struct rpmalloc_heap *heap, uint64_t seed) {
    for (size_t i = 0; i < BLOCKS; ++i) {
        sizes[i] = 1 + random_size(&seed, i % 500 == 0 ? 5 << 20 : 60000);
        blocks[i] = rpmalloc_heap_alloc(heap, sizes[i]);
        blocks[i][0] = blocks[i][sizes[i] - 1] = (unsigned char)i;
    }
}

static unsigned damaged(void) {
    unsigned wrong = 0;

    for (size_t i = 0; i < BLOCKS; ++i)
        wrong += blocks[i][0] != (unsigned char)i ||
                 blocks[i][sizes[i] - 1] != (unsigned char)i;
    return wrong;
}

static void free_all(void *context) {
    (void)context;
    for (size_t i = 0; i < BLOCKS; ++i)
        rpfree(blocks[i]);
    rpmalloc_thread_reset();
}

// ---- whose blocks ----

Test(first_class, a_block_knows_its_heap) {
    struct rpmalloc_heap *one = acquire();
    struct rpmalloc_heap *two = acquire();
    static const size_t some[] = {1, 1000, 30000, 100000, 10000000};

    for (size_t i = 0; i < sizeof some / sizeof some[0]; ++i) {
        void *a = rpmalloc_heap_alloc(one, some[i]);
        void *b = rpmalloc_heap_calloc(two, 1, some[i]);
        void *c = rpmalloc(some[i]);

        cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(a), (void *)one));
        cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(b), (void *)two));
        cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(c), NULL));
        rpmalloc_heap_free(one, a);
        rpmalloc_heap_free(two, b);
        rpfree(c);
    }
    cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(NULL), NULL));
}

Test(first_class, heaps_never_share_a_span) {
    struct rpmalloc_heap *one = acquire();
    struct rpmalloc_heap *two = acquire();

    for (int i = 0; i < 100; ++i) {
        uintptr_t a = (uintptr_t)rpmalloc_heap_alloc(one, 100);
        uintptr_t b = (uintptr_t)rpmalloc_heap_alloc(two, 100);
        uintptr_t c = (uintptr_t)rpmalloc(100);
        cr_assert(ne(ulong, a >> 16, b >> 16));
        cr_assert(ne(ulong, a >> 16, c >> 16));
        cr_assert(ne(ulong, b >> 16, c >> 16));
    }
}

Test(first_class, a_heap_keeps_its_blocks_whole) {
    struct rpmalloc_heap *heap = acquire();

    fill(heap, 1);

    cr_assert(zero(uint, damaged()));
}

Test(first_class, calloc_gives_zeroes_in_used_memory) {
    struct rpmalloc_heap *heap = acquire();
    unsigned wrong = 0;

    for (int round = 0; round < 3; ++round) {
        for (size_t size = 1; size < 4000000; size = size * 3 + 5) {
            unsigned char *block = rpmalloc_heap_calloc(heap, size, 1);
            for (size_t at = 0; at < size; ++at)
                wrong += block[at] != 0;
            memset(block, 0xff, rpmalloc_usable_size(block));
        }
        rpmalloc_heap_free_all(heap);
    }

    cr_assert(zero(uint, wrong));
}

Test(first_class, aligned_alloc_keeps_every_alignment) {
    struct rpmalloc_heap *heap = acquire();

    for (size_t alignment = 1; alignment <= MEBIBYTE; alignment *= 2)
        for (size_t size = 0; size < 3000000; size = size * 9 + 7) {
            void *block = rpmalloc_heap_aligned_alloc(heap, alignment, size);

            cr_assert(zero(ulong, (uintptr_t)block % alignment));
            cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(block),
                         (void *)heap));
        }
    rpmalloc_heap_free_all(heap);
}

Test(first_class, realloc_keeps_bytes_and_moves_within_the_heap) {
    struct rpmalloc_heap *heap = acquire();
    unsigned char *block = rpmalloc_heap_realloc(heap, NULL, 1);
    block[0] = 77;

    for (size_t size = 1; size < 9000000; size *= 2) {
        block = rpmalloc_heap_realloc(heap, block, size);
        cr_assert(eq(int, block[0], 77));
        cr_assert(
            eq(ptr, (void *)rpmalloc_get_heap_for_ptr(block), (void *)heap));
    }
    rpmalloc_heap_free(heap, block);
    cr_assert(zero(sz, global_now().large + global_now().huge));
}

Test(first_class, bad_requests_are_refused_as_elsewhere) {
    struct rpmalloc_heap *heap = acquire();
    volatile size_t most = SIZE_MAX, three = 3;

    errno = 0;
    cr_assert(eq(ptr, rpmalloc_heap_alloc(heap, most), NULL));
    cr_assert(eq(int, errno, ENOMEM));
    errno = 0;
    cr_assert(eq(ptr, rpmalloc_heap_calloc(heap, most, most), NULL));
    cr_assert(eq(int, errno, ENOMEM));
    errno = 0;
    cr_assert(eq(ptr, rpmalloc_heap_aligned_alloc(heap, three, 1), NULL));
    cr_assert(eq(int, errno, EINVAL));
    rpmalloc_heap_free(heap, NULL);
}

// ---- all at once ----

Test(first_class, free_all_frees_all) {
    struct rpmalloc_heap *heap = acquire();
    size_t mapped = global_now().mapped;

    for (uint64_t round = 1; round <= 5; ++round) {
        fill(heap, round);
        rpmalloc_heap_free_all(heap);

        cr_assert(zero(sz, global_now().large + global_now().huge));
    }
    rpmalloc_heap_release(heap);
    rpmalloc_thread_collect();

    cr_assert(le(sz, global_now().mapped - global_now().segment_free,
                 mapped + MEBIBYTE));
}

Test(first_class, free_all_touches_no_other_heap) {
    struct rpmalloc_heap *heap = acquire();
    struct rpmalloc_heap *other = acquire();
    static struct shadow shadow;
    shadow_init(&shadow, 1, 500, 100000);
    for (int i = 0; i < 2000; ++i)
        shadow_step(&shadow);
    fill(heap, 1);

    for (int i = 0; i < 1000; ++i)
        cr_assert(ne(ptr, rpmalloc_heap_alloc(other, 3000), NULL));
    rpmalloc_heap_free_all(other);

    cr_assert(zero(uint, damaged()));
    shadow_free_all(&shadow);
    cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
}

Test(first_class, free_all_counts_what_others_freed_before) {
    struct rpmalloc_heap *heap = acquire();

    for (uint64_t round = 1; round <= 3; ++round) {
        fill(heap, round);
        thread_run(free_all, NULL);
        rpmalloc_heap_free_all(heap);
        fill(heap, round + 10);
        cr_assert(zero(uint, damaged()));
        rpmalloc_heap_free_all(heap);
    }

    cr_assert(zero(sz, global_now().large + global_now().huge));
}

Test(first_class, free_all_of_nothing_is_nothing) {
    struct rpmalloc_heap *heap = acquire();

    rpmalloc_heap_free_all(heap);
    rpmalloc_heap_free_all(heap);

    rpmalloc_heap_release(heap);
}

// ---- release ----

Test(first_class, blocks_outlive_the_release_of_their_heap) {
    struct rpmalloc_heap *heap = acquire();
    fill(heap, 1);

    rpmalloc_heap_release(heap);

    cr_assert(zero(uint, damaged()));
    for (size_t i = 0; i < BLOCKS; ++i)
        cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(blocks[i]), NULL));
    free_all(NULL);
    cr_assert(zero(sz, global_now().large + global_now().huge));
}

Test(first_class, blocks_of_a_released_heap_may_be_freed_by_anybody) {
    struct rpmalloc_heap *heap = acquire();
    fill(heap, 1);
    rpmalloc_heap_release(heap);

    thread_run(free_all, NULL);
    rpmalloc_thread_collect();

    cr_assert(zero(sz, global_now().large + global_now().huge));
    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, MEBIBYTE));
}

Test(first_class, a_thread_that_takes_a_released_heap_up_may_free_its_blocks) {
    struct rpmalloc_heap *heap = acquire();
    rpmalloc_thread_reset();
    fill(heap, 1);
    rpmalloc_heap_release(heap);

    // One of these two threads has the heap.
    rpmalloc_thread_initialize();
    thread_run(free_all, NULL);
    rpmalloc_thread_collect();

    cr_assert(zero(sz, global_now().large + global_now().huge));
}

Test(first_class, a_heap_that_still_has_blocks_is_not_acquired) {
    struct rpmalloc_heap *first = acquire();
    void *small = rpmalloc_heap_alloc(first, 100);
    rpmalloc_heap_release(first);

    struct rpmalloc_heap *second = acquire();
    rpmalloc_heap_free_all(second);

    memset(small, 1, 100);
    cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(small), NULL));
    rpfree(small);
}

Test(first_class, a_heap_that_still_has_a_large_block_is_not_acquired) {
    struct rpmalloc_heap *first = acquire();
    void *large = rpmalloc_heap_alloc(first, 100000);
    void *huge = rpmalloc_heap_alloc(first, 10000000);
    rpmalloc_heap_release(first);

    struct rpmalloc_heap *second = acquire();
    rpmalloc_heap_free_all(second);

    memset(large, 1, 100000);
    memset(huge, 1, 10000000);
    cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(large), NULL));
    cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(huge), NULL));
    rpfree(large);
    rpfree(huge);
}

Test(first_class, blocks_freed_by_rpfree_serve_the_heap_again) {
    struct rpmalloc_heap *heap = acquire();
    static const size_t some[] = {100, 30000, 100000, 3000000};

    for (size_t i = 0; i < sizeof some / sizeof some[0]; ++i) {
        rpfree(rpmalloc_heap_alloc(heap, some[i]));
        size_t mapped = global_now().mapped;
        for (int round = 0; round < 1000; ++round)
            rpfree(rpmalloc_heap_alloc(heap, some[i]));

        cr_assert(le(sz, global_now().mapped, mapped + 8 * MEBIBYTE));
    }
}

Test(first_class, heaps_that_come_and_go_do_not_grow_memory) {
    for (int i = 0; i < 10; ++i)
        rpmalloc_heap_release(acquire());
    size_t heaps = global_now().heaps;

    for (int i = 0; i < 2000; ++i) {
        struct rpmalloc_heap *heap = acquire();
        void *kept = rpmalloc_heap_alloc(heap, 1000);
        void *large = rpmalloc_heap_alloc(heap, 100000);
        rpmalloc_heap_release(heap);
        rpfree(kept);
        rpfree(large);
    }

    cr_assert(le(sz, global_now().heaps, heaps + 1));
}

Test(first_class, without_memory_there_is_no_heap) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(16);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
    embedder.fail_count = SIZE_MAX;

    errno = 0;
    cr_assert(eq(ptr, (void *)rpmalloc_heap_acquire(), NULL));
    cr_assert(eq(int, errno, ENOMEM));
}

Test(first_class, finalize_gives_the_memory_of_heaps_back) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(16);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));

    fill(acquire(), 1);
    fill(acquire(), 2);
    rpmalloc_finalize();

    cr_assert(zero(sz, embedder_outstanding()));
    cr_assert(zero(sz, load_relaxed(&embedder.mistakes)));
}

static void use_heap(void *context) {
    fill(context, 5);
    rpmalloc_heap_free_all(context);
    fill(context, 6);
    rpmalloc_thread_reset();
}

Test(first_class, a_heap_may_go_from_thread_to_thread) {
    struct rpmalloc_heap *heap = acquire();

    thread_run(use_heap, heap);

    cr_assert(zero(uint, damaged()));
    rpmalloc_heap_free_all(heap);
    cr_assert(zero(sz, global_now().large + global_now().huge));
}
