// test_begin.c - the first blocks of a small class.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/begin.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"

#include <string.h>

enum { CLASSES = 7 }; // from which others begin

static void begin(void) {
    cr_assert(zero(int, rpmalloc_initialize()));
}

static void end(void) {
    rpmalloc_finalize();
}

TestSuite(begin, .init = begin, .fini = end);

static size_t spans(void) {
    struct rpmalloc_thread_statistics now;

    rpmalloc_thread_statistics(&now);
    return now.spans;
}

Test(begin, a_class_begins_with_one_that_is_as_large_and_as_aligned) {
    uint64_t different = 0;

    for (size_t c = 1; c < SMALL_CLASSES; ++c) {
        size_t from = begin_class(c);
        size_t divisor = c & -c;

        cr_assert(ge(sz, from, c));
        cr_assert(
            le(sz, from * BLOCK_ALIGN, c <= 4 ? 64 : c * BLOCK_ALIGN * 2));
        cr_assert(zero(sz, from % divisor));
        cr_assert(eq(sz, begin_class(from), from));
        different |= UINT64_C(1) << (from - 1);
    }
    cr_assert(eq(uint, count_bits(different), CLASSES));
}

Test(begin, a_block_of_each_small_size_needs_few_spans) {
    for (size_t size = 1; size <= SMALL_MAX; size += BLOCK_ALIGN)
        cr_assert(ge(sz, rpmalloc_usable_size(rpmalloc(size)), size));

    cr_assert(le(sz, spans(), CLASSES));
    cr_assert(rp_heap_valid(rp_thread_heap));
}

Test(begin, a_class_of_which_there_are_more_has_its_own) {
    for (int i = 0; i < BEGIN_BLOCKS; ++i)
        cr_assert(eq(sz, rpmalloc_usable_size(rpmalloc(300)), 384));
    for (int i = 0; i < 100; ++i)
        cr_assert(eq(sz, rpmalloc_usable_size(rpmalloc(300)), 304));
    cr_assert(rp_heap_valid(rp_thread_heap));
}

Test(begin, what_is_freed_and_allocated_by_turns_counts_each_time) {
    for (int i = 0; i < BEGIN_BLOCKS; ++i)
        rpfree(rpmalloc(300));

    cr_assert(eq(sz, rpmalloc_usable_size(rpmalloc(300)), 304));
}

Test(begin, a_heap_that_gave_all_away_begins_anew) {
    for (int i = 0; i <= BEGIN_BLOCKS; ++i)
        rpfree(rpmalloc(300));
    rpmalloc_thread_collect();

    cr_assert(eq(sz, rpmalloc_usable_size(rpmalloc(300)), 384));
}

Test(begin, zeroed_memory_is_zero_up_to_the_end_of_what_was_lent) {
    static char *blocks[1000];

    for (int i = 0; i < 1000; ++i)
        memset(blocks[i] = rpmalloc(64), 0xff, 64);
    for (int i = 0; i < 1000; ++i)
        rpfree(blocks[i]);
    for (int i = 0; i < BEGIN_BLOCKS + 2; ++i) {
        char *block = rpcalloc(1, 1);
        cr_assert(eq(sz, rpmalloc_usable_size(block),
                     i < BEGIN_BLOCKS ? 64 : BLOCK_ALIGN));
        for (size_t b = 0; b < rpmalloc_usable_size(block); ++b)
            cr_assert(zero(chr, block[b]));
    }
}
