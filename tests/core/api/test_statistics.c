// test_statistics.c - the numbers are true: their sums equal what there is.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/base/bits.h"
#include "core/hook.h"
#include "core/memory/segment_table.h"
#include "core/rpmalloc.h"
#include "core/span/span.h"
#include "tests/core/shadow.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <string.h>

static struct shadow shadow;

static struct rpmalloc_thread_statistics thread_now(void) {
    struct rpmalloc_thread_statistics now;

    rpmalloc_thread_statistics(&now);
    return now;
}

static struct rpmalloc_global_statistics global_now(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now;
}

// What rp_walk sees, in the words of the statistics.
struct seen {
    size_t in_use, deferred; // bytes of blocks of classes
    size_t spans;            // with such blocks
    size_t large;            // bytes of spans of large blocks
    size_t blocks;           // live, of every kind
};

static void see(const struct rp_span_info *span, void *context) {
    struct seen *seen = context;

    seen->blocks += span->live_blocks;
    if ((span->number & RP_HUGE_BIT) != 0)
        return;
    if (span->class_index == RP_CLASS_LARGE) {
        seen->large += (size_t)span->span_count * rp_layout().span_bytes;
        return;
    }
    size_t block_bytes = rp_class(span->class_index).block_bytes;
    seen->in_use += span->live_blocks * block_bytes;
    seen->deferred += span->deferred_blocks * block_bytes;
    seen->spans += 1;
}

static struct seen walk(void) {
    struct seen seen = {0};

    rp_walk(see, &seen);
    return seen;
}

static void work_at_random(uint64_t seed, size_t most_bytes, int steps) {
    shadow_init(&shadow, seed, 800, most_bytes);
    for (int i = 0; i < steps; ++i)
        shadow_step(&shadow);
}

Test(statistics, at_first_there_is_nothing) {
    struct rpmalloc_thread_statistics mine = thread_now();
    struct rpmalloc_global_statistics all = global_now();

    cr_assert(zero(sz, mine.in_use + mine.free + mine.deferred +
                           mine.thread_cache + mine.spans));
    cr_assert(zero(sz, all.mapped + all.mapped_peak + all.thread_cache +
                           all.global_cache + all.segment_free + all.large +
                           all.huge + all.bookkeeping + all.segments +
                           all.heaps));
}

Test(statistics, all_that_is_mapped_is_somewhere) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        work_at_random(seed, 4 << 20, 300);
        struct rpmalloc_global_statistics all = global_now();
        size_t spans = thread_now().spans * rp_layout().span_bytes;

        cr_assert(eq(sz, all.mapped,
                     spans + all.large + all.thread_cache + all.global_cache +
                         all.segment_free + all.huge + all.bookkeeping));
        if (seed % 3 == 0)
            shadow_free_all(&shadow);
        if (seed % 5 == 0)
            rpmalloc_thread_collect();
    }
}

Test(statistics, the_blocks_of_a_thread_are_those_that_a_walk_finds) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        work_at_random(seed, 100000, 500);
        struct seen seen = walk();
        struct rpmalloc_thread_statistics mine = thread_now();

        cr_assert(eq(sz, mine.in_use, seen.in_use));
        cr_assert(eq(sz, mine.deferred, seen.deferred));
        cr_assert(ge(sz, mine.spans, seen.spans));
        cr_assert(eq(sz, global_now().large, seen.large));
    }
}

Test(statistics, a_walk_finds_as_many_blocks_as_the_program_has) {
    work_at_random(9, 8 << 20, 2000);

    cr_assert(eq(sz, walk().blocks, shadow_count(&shadow)));
}

Test(statistics, a_block_in_use_counts_with_the_size_of_its_class) {
    size_t before = thread_now().in_use;

    void *block = rpmalloc(100);

    cr_assert(
        eq(sz, thread_now().in_use - before, rpmalloc_usable_size(block)));
    rpfree(block);
    cr_assert(eq(sz, thread_now().in_use, before));
}

static void free_one(void *context) {
    rpfree(context);
    rpmalloc_thread_reset();
}

Test(statistics, a_block_freed_by_another_thread_is_deferred) {
    void *block = rpmalloc(100);
    size_t bytes = rpmalloc_usable_size(block);
    rpfree(rpmalloc(100));

    thread_run(free_one, block);

    cr_assert(zero(sz, thread_now().in_use));
    cr_assert(eq(sz, thread_now().deferred, bytes));
    cr_assert(eq(sz, walk().deferred, bytes));
}

Test(statistics, used_and_free_blocks_fill_their_spans) {
    work_at_random(5, 1000, 3000);
    struct rpmalloc_thread_statistics mine = thread_now();

    size_t blocks = mine.in_use + mine.free + mine.deferred;

    cr_assert(le(sz, blocks, mine.spans * rp_layout().span_bytes));
    cr_assert(ge(sz, blocks, mine.spans * rp_layout().span_bytes * 15 / 16));
}

Test(statistics, a_large_block_counts_with_its_spans) {
    void *block = rpmalloc(100000);

    cr_assert(eq(sz, global_now().large, 2 * rp_layout().span_bytes));
    rpfree(block);
    cr_assert(zero(sz, global_now().large));
}

Test(statistics, a_large_block_may_be_freed_by_anybody) {
    thread_run(free_one, rpmalloc(100000));
    cr_assert(zero(sz, global_now().large));

    void *block = rpmalloc(100000);
    rpmalloc_thread_reset();
    rpfree(block);

    cr_assert(zero(sz, global_now().large));
}

Test(statistics, a_huge_block_counts_with_its_memory) {
    void *block = rpmalloc(10000000);

    cr_assert(ge(sz, global_now().huge, 10000000));
    cr_assert(le(sz, global_now().huge, 10000000 + rp_layout().span_bytes));
    rpfree(block);
    cr_assert(zero(sz, global_now().huge));
}

Test(statistics, the_peak_stays) {
    void *block = rpmalloc(50 << 20);
    size_t peak = global_now().mapped;
    rpfree(block);

    cr_assert(eq(sz, global_now().mapped_peak, peak));
}

Test(statistics, a_block_is_told_where_it_is) {
    char *block = rpmalloc(100);
    char *other = rpmalloc(100);
    struct rpmalloc_place first = rpmalloc_place_of(block);
    struct rpmalloc_place second = rpmalloc_place_of(other);

    cr_assert(eq(u32, first.span, second.span));
    cr_assert(eq(u32, second.offset - first.offset, (uint32_t)(other - block)));
    cr_assert(le(u32, first.offset, rp_layout().span_bytes));
    cr_assert(eq(u32, rpmalloc_place_of(NULL).span, RPMALLOC_NOWHERE));
    rpfree(block);
    rpfree(other);
}

Test(statistics, a_block_that_fills_its_span_is_at_its_start) {
    static const size_t sizes[] = {32768, 65536, 1000000, 10000000};

    for (int i = 0; i < 4; ++i)
        cr_assert(
            zero(u32, rpmalloc_place_of(rpmalloc(sizes[i])).offset % 32768));
}

// ---- what is empty, and why ----

static struct rpmalloc_empty_statistics empty_now(void) {
    struct rpmalloc_empty_statistics now;

    rpmalloc_empty_statistics(&now);
    return now;
}

static void assert_empty_agrees(void) {
    struct rpmalloc_global_statistics all = global_now();
    struct rpmalloc_empty_statistics empty = empty_now();

    cr_assert(eq(sz, empty.thread_caches, all.thread_cache));
    cr_assert(eq(sz, empty.global_cache + empty.huge_kept, all.global_cache));
    cr_assert(eq(sz, empty.unbacked, all.segment_free));
    cr_assert(eq(sz, empty.segments, all.segments));
    cr_assert(le(sz, empty.global_pinned, empty.global_cache));
    cr_assert(le(sz, empty.unbacked_pinned, empty.unbacked));
}

Test(statistics, what_is_empty_sums_up_to_the_global_figures) {
    for (uint64_t seed = 1; seed < 4; ++seed) {
        work_at_random(seed, 3 << 20, 1500);
        assert_empty_agrees();
        shadow_free_all(&shadow);
        assert_empty_agrees();
        rpmalloc_thread_collect();
        assert_empty_agrees();
    }
}

Test(statistics, a_live_span_pins_what_is_empty_in_its_segment) {
    enum { BLOCKS = 3000 };
    static void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; ++i)
        blocks[i] = rpmalloc(16000); // 46 MiB
    const struct segment *last = NULL;
    size_t segments = 0, spans = 0;
    for (int i = 0; i < BLOCKS; i += 250) {
        const struct segment *of = segment_table_slot(span_of(blocks[i])->slot);
        segments += of != last;
        spans += of != last ? count_bits(load_relaxed(&of->all)) : 0;
        spans -= 1;
        last = of;
    }

    for (int i = 0; i < BLOCKS; ++i)
        if (i % 250 != 0)
            rpfree(blocks[i]);
    rpmalloc_thread_collect();
    struct rpmalloc_empty_statistics pinned = empty_now();
    for (int i = 0; i < BLOCKS; i += 250)
        rpfree(blocks[i]);
    rpmalloc_thread_collect();

    cr_assert(ge(sz, segments, 8));
    cr_assert(eq(sz, pinned.segments_pinned, segments));
    cr_assert(eq(sz, pinned.unbacked_pinned, spans * SPAN_BYTES));
    cr_assert(zero(sz, empty_now().segments_pinned));
    cr_assert(zero(sz, empty_now().unbacked_pinned));
}

Test(statistics, the_classes_sum_up_to_the_figures_of_the_thread) {
    struct rpmalloc_class_statistics classes[200], sum = {0};
    work_at_random(7, 30000, 5000);

    size_t count = rpmalloc_class_statistics(classes, 200);

    cr_assert(eq(sz, count, rp_layout().class_count - 1));
    for (size_t i = 0; i < count; ++i) {
        cr_assert(eq(sz, classes[i].block_bytes,
                     rp_class((uint32_t)i + 1).block_bytes));
        sum.spans += classes[i].spans;
        sum.in_use += classes[i].in_use;
        sum.free += classes[i].free;
    }
    cr_assert(eq(sz, sum.spans, thread_now().spans));
    cr_assert(eq(sz, sum.in_use, thread_now().in_use));
    cr_assert(eq(sz, sum.free, thread_now().free));
    cr_assert(eq(sz, rpmalloc_class_statistics(NULL, 0), count));
}

Test(statistics, the_text_fits_or_is_cut_and_says_how_long_it_is) {
    static char text[65536], cut[100];
    work_at_random(7, 30000, 500);

    size_t bytes = rpmalloc_statistics_json(text, sizeof text);

    cr_assert(eq(sz, strlen(text), bytes));
    cr_assert(eq(sz, rpmalloc_statistics_json(cut, sizeof cut), bytes));
    cr_assert(eq(sz, strlen(cut), sizeof cut - 1));
    cr_assert(zero(int, strncmp(text, cut, sizeof cut - 1)));
    cr_assert(eq(sz, rpmalloc_statistics_json(NULL, 0), bytes));
}
