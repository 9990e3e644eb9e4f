// test_refill.c - the life of spans in the heap of one thread.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/heap.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"
#include "tests/core/blocks.h"
#include "tests/core/shadow.h"

Test(refill, blocks_that_were_freed_serve_again) {
    blocks_allocate(NULL);
    size_t mapped = global_now().mapped;

    for (int round = 0; round < 10; ++round) {
        blocks_free(NULL);
        blocks_allocate(NULL);
    }

    cr_assert(le(sz, global_now().mapped, mapped + MEBIBYTE));
}

Test(refill, every_second_free_block_serves_again) {
    blocks_allocate(NULL);
    size_t spans = thread_now().spans;
    for (size_t i = 0; i < BLOCKS; i += 2)
        rpfree(blocks[i]);

    for (size_t i = 0; i < BLOCKS; i += 2)
        blocks[i] = rpmalloc(BLOCK_SIZE);

    cr_assert(le(sz, thread_now().spans, spans + 1));
}

Test(refill, empty_spans_serve_other_sizes) {
    blocks_allocate(NULL);
    blocks_free(NULL);
    size_t mapped = global_now().mapped;

    for (size_t i = 0; i < BLOCKS / 2; ++i)
        blocks[i] = rpmalloc(BLOCK_SIZE * 2 - 16);

    cr_assert(le(sz, global_now().mapped, mapped + MEBIBYTE));
}

Test(refill, collect_leaves_almost_nothing_of_what_is_free) {
    blocks_allocate(NULL);
    blocks_free(NULL);

    rpmalloc_thread_collect();

    cr_assert(zero(sz, thread_now().spans));
    cr_assert(zero(sz, thread_now().thread_cache));
    cr_assert(zero(sz, global_now().global_cache));
}

Test(refill, collect_keeps_what_is_live) {
    static struct shadow shadow;
    shadow_init(&shadow, 3, 500, 50000);

    for (int i = 0; i < 5000; ++i) {
        shadow_step(&shadow);
        rpmalloc_thread_collect();
    }
    shadow_check(&shadow);

    cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
}

Test(refill, its_lists_counts_and_flags_agree_at_every_moment) {
    static struct shadow shadow;
    shadow_init(&shadow, 4, 2000, 40000);

    for (int i = 0; i < 20000; ++i) {
        shadow_step(&shadow);
        if (i % 100 == 0)
            cr_assert(rp_heap_valid(rp_thread_heap));
        if (i % 3000 == 0)
            rpmalloc_thread_collect();
    }
    shadow_free_all(&shadow);

    cr_assert(rp_heap_valid(rp_thread_heap));
}
