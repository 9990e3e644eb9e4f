// test_large.c - blocks of several spans.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/large.h"
#include "core/hook.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"
#include "tests/core/blocks.h"

#include <stdint.h>

static int is_zero_block;

static unsigned char *large(size_t size) {
    return rp_large_alloc(rp_thread_attach(), size, &is_zero_block);
}

Test(large, every_alignment_fits_with_the_longest_size) {
    for (size_t alignment = 16; alignment <= SPAN_BYTES; alignment *= 2) {
        unsigned char *block = rpaligned_alloc(alignment, LARGE_MAX);

        cr_assert(block_fits(block, LARGE_MAX, alignment));
        cr_assert(zero(uint, span_of(block)->number & RP_HUGE_BIT));
        rpfree(block);
    }
}

Test(large, a_block_fills_its_spans) {
    for (uint32_t spans = 1; spans <= SEGMENT_MAX_RUN; ++spans) {
        size_t most = (size_t)spans * SPAN_BYTES;

        void *block = large(most);

        cr_assert(zero(ulong, (uintptr_t)block % SPAN_BYTES));
        cr_assert(eq(uint, span_of(block)->run, spans));
        cr_assert(eq(sz, rpmalloc_usable_size(block), most));
        rpfree(block);
    }
}

Test(large, a_run_is_used_again) {
    void *block = rpmalloc(200000);
    rpfree(block);

    void *again = rpmalloc(200000);

    cr_assert(eq(ptr, again, block));
    rpfree(again);
}

Test(large, the_run_of_a_small_span_serves_as_a_large_block) {
    // A span of small blocks, emptied, and then a run of the same length.
    void *small[30];
    for (int i = 0; i < 30; ++i)
        small[i] = rpmalloc(30000);
    for (int i = 0; i < 30; ++i)
        rpfree(small[i]);

    unsigned char *block = rpmalloc(40000);

    cr_assert(block_fits(block, 40000, 16));
    cr_assert(eq(uint, span_of(block)->class_index, RP_CLASS_LARGE));
    rpfree(block);
}

Test(large, the_run_of_a_large_block_serves_small_ones) {
    unsigned char *many[100];
    for (int i = 0; i < 20; ++i)
        many[i] = rpmalloc(40000);
    for (int i = 0; i < 20; ++i)
        rpfree(many[i]);

    for (int i = 0; i < 100; ++i) {
        many[i] = rpmalloc(2000);
        cr_assert(block_fits(many[i], 2000, 16));
    }
    for (int i = 0; i < 100; ++i)
        rpfree(many[i]);
}
