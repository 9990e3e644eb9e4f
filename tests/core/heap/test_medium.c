// test_medium.c - medium blocks that their owner freed last.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/budget.h"
#include "core/heap/medium.h"
#include "core/heap/span.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"
#include "tests/core/random.h"

#include <string.h>

enum {
    SIZE = 8000,
    CAPACITY = 7, // blocks of SIZE in a span
    MANY = 2000,
};

static void begin(void) {
    cr_assert(zero(int, rpmalloc_initialize()));
}

static void end(void) {
    rpmalloc_finalize();
}

TestSuite(medium, .init = begin, .fini = end);

static uint32_t listed(void) {
    return rp_thread_heap->medium.length[medium_class(SIZE) - SMALL_CLASSES];
}

static uint32_t limit(void) {
    return rp_thread_heap->medium.limit[medium_class(SIZE) - SMALL_CLASSES];
}

Test(medium, what_was_freed_last_is_allocated_first) {
    void *blocks[CAPACITY * 4];

    for (int i = 0; i < CAPACITY * 4; ++i)
        blocks[i] = rpmalloc(SIZE);
    // One of each span: none of them is the active one but the last.
    for (int i = 0; i < CAPACITY * 4; i += CAPACITY)
        rpfree(blocks[i]);
    for (int i = CAPACITY * 4; i > 0; i -= CAPACITY)
        cr_assert(eq(ptr, rpmalloc(SIZE), blocks[i - CAPACITY]));
    cr_assert(rp_heap_valid(rp_thread_heap));
}

Test(medium, a_freed_block_leaves_its_span_alone) {
    void *block = rpmalloc(SIZE);
    struct span *span = span_of(block);
    uint32_t used = span->used;

    rpfree(block);
    cr_assert(eq(u32, span->used, used));
    cr_assert(ge(u32, listed(), 1));
    cr_assert(rp_heap_valid(rp_thread_heap));
}

Test(medium, a_list_grows_up_to_a_limit_and_then_spills) {
    static void *blocks[MANY];

    for (int i = 0; i < MANY; ++i)
        blocks[i] = rpmalloc(SIZE);
    for (int i = 0; i < MANY; ++i) {
        rpfree(blocks[i]);
        cr_assert(le(u32, listed(), limit()));
        cr_assert(
            le(sz, limit() * (size_t)SIZE, MEDIUM_LIST_BYTES + SPAN_BYTES));
    }
    cr_assert(rp_heap_valid(rp_thread_heap));
    struct rpmalloc_thread_statistics now;
    rpmalloc_thread_statistics(&now);
    cr_assert(zero(sz, now.in_use));
    cr_assert(le(sz, now.spans, (MEDIUM_LIST_BYTES >> SPAN_SHIFT) + 2));
}

Test(medium, what_spills_is_what_was_freed_first) {
    unsigned class_index = (unsigned)medium_class(SIZE);
    struct block *last[3], *block;
    void *blocks[CAPACITY];
    for (int i = 0; i < CAPACITY; ++i)
        blocks[i] = rpmalloc(SIZE);
    for (int i = 0; i < CAPACITY; ++i)
        rpfree(blocks[i]);
    for (int i = 0; i < 3; ++i)
        last[i] = blocks[CAPACITY - 1 - i];

    struct block *spilt = rp_medium_spill(rp_thread_heap, class_index, 3);

    block = rp_thread_heap->free[class_index];
    for (int i = 0; i < 3; ++i, block = block->next)
        cr_assert(eq(ptr, block, last[i]));
    cr_assert(eq(ptr, block, NULL));
    cr_assert(eq(u32, listed(), 3));
    cr_assert(eq(ptr, spilt, blocks[CAPACITY - 4]));
    rp_heap_span_free_list(rp_thread_heap, spilt);
    cr_assert(rp_heap_valid(rp_thread_heap));
}

Test(medium, all_lists_together_keep_what_one_may) {
    static void *blocks[28][MANY / 4];

    for (size_t c = 0; c < 28; ++c)
        for (int i = 0; i < MANY / 4; ++i)
            blocks[c][i] =
                rpmalloc(rp_size_classes[SMALL_CLASSES + c].block_bytes);
    for (size_t c = 0; c < 28; ++c)
        for (int i = 0; i < MANY / 4; ++i)
            rpfree(blocks[c][i]);
    size_t bytes = 0;
    for (size_t c = 0; c < 28; ++c)
        bytes += rp_heap_valid(rp_thread_heap) *
                 rp_thread_heap->medium.length[c] *
                 rp_size_classes[SMALL_CLASSES + c].block_bytes;
    cr_assert(gt(sz, bytes, 0));
    // A span's worth of each class, and what all of them grew by.
    cr_assert(le(sz, bytes, MEDIUM_LIST_BYTES + 28 * SPAN_BYTES));
}

Test(medium, a_list_that_nobody_empties_keeps_few_spans) {
    static void *blocks[MANY];
    uint64_t random = 1;

    for (int i = 0; i < MANY; ++i)
        blocks[i] = rpmalloc(SIZE);
    for (size_t i = MANY; i > 0; --i) {
        size_t other = random_below(&random, i);
        rpfree(blocks[other]);
        blocks[other] = blocks[i - 1];
    }

    struct rpmalloc_thread_statistics now;
    rpmalloc_thread_statistics(&now);
    cr_assert(le(u32, listed(), CAPACITY));
    cr_assert(le(sz, now.spans, CAPACITY + 1));
    cr_assert(rp_heap_valid(rp_thread_heap));
}

// Frees all of several spans' blocks, in no order; returns how many spans the
// class has then.
static uint32_t spans_after_all(void) {
    enum { BLOCKS = CAPACITY * 8 };
    static void *blocks[BLOCKS];
    uint64_t random = 1;

    for (int i = 0; i < BLOCKS; ++i)
        blocks[i] = rpmalloc(SIZE);
    for (size_t i = BLOCKS; i > 0; --i) {
        size_t other = random_below(&random, i);
        rpfree(blocks[other]);
        blocks[other] = blocks[i - 1];
    }
    cr_assert(rp_heap_valid(rp_thread_heap));
    return load_relaxed(&rp_thread_heap->class_spans[medium_class(SIZE)]);
}

Test(medium, without_budget_the_last_free_takes_all_spans_away) {
    rp_budget_most = 0;

    for (int round = 0; round < 3; ++round) {
        cr_assert(zero(u32, spans_after_all()));
        cr_assert(zero(u32, listed()));
    }
}

Test(medium, with_budget_it_does_not) {
    cr_assert(gt(u32, spans_after_all(), 1));
}

Test(medium, budget_that_others_give_back_is_taken) {
    rp_budget_most = 0;
    spans_after_all();
    rp_budget_most = BUDGET_SPANS;

    cr_assert(gt(u32, spans_after_all(), 1));
    rpmalloc_thread_collect();
    cr_assert(rp_budget_take(BUDGET_SPANS));
}

Test(medium, without_budget_a_block_or_two_by_turns_keep_their_span) {
    rp_budget_most = 0;
    void *first = rpmalloc(SIZE);
    void *second = rpmalloc(SIZE);
    struct span *span = span_of(first);

    for (int round = 0; round < 100; ++round) {
        rpfree(first);
        rpfree(second);
        cr_assert(eq(ptr, rp_thread_heap->active[medium_class(SIZE)], span));
        second = rpmalloc(SIZE);
        first = rpmalloc(SIZE);
    }
    cr_assert(rp_heap_valid(rp_thread_heap));
}

Test(medium, without_budget_lists_and_spans_agree_as_ever) {
    static void *blocks[MANY];
    uint64_t random = 3;
    rp_budget_most = 0;

    for (int step = 0; step < 100000; ++step) {
        // Few live ones by turns, so that classes often have none.
        size_t i = random_below(&random, step / 1000 % 2 ? 8 : 200);
        rpfree(blocks[i]);
        blocks[i] = NULL;
        if (random_below(&random, 2) == 0) {
            size_t size = 1025 + random_below(&random, MEDIUM_MAX - 1024);
            blocks[i] = rpmalloc(size);
            memset(blocks[i], (int)i, size);
        }
        if (step % 500 == 0)
            cr_assert(rp_heap_valid(rp_thread_heap));
    }
}

Test(medium, collecting_empties_them) {
    void *blocks[CAPACITY];

    for (int i = 0; i < CAPACITY; ++i)
        blocks[i] = rpmalloc(SIZE);
    for (int i = 0; i < CAPACITY; ++i)
        rpfree(blocks[i]);
    rpmalloc_thread_collect();
    cr_assert(zero(u32, listed()));
    struct rpmalloc_thread_statistics now;
    rpmalloc_thread_statistics(&now);
    cr_assert(zero(sz, now.spans));
}

// Against a plain account of what lives: at random steps the statistics, which
// see lists and spans, must agree with it.
Test(medium, statistics_agree_with_a_plain_account) {
    static void *blocks[MANY];
    static size_t sizes[MANY];
    uint64_t random = 7;
    size_t live = 0;

    for (int step = 0; step < 100000; ++step) {
        size_t i = random_below(&random, MANY);
        if (blocks[i] != NULL) {
            live -= rpmalloc_usable_size(blocks[i]);
            rpfree(blocks[i]);
            blocks[i] = NULL;
        } else {
            sizes[i] = 1025 + random_below(&random, MEDIUM_MAX - 1024);
            blocks[i] = rpmalloc(sizes[i]);
            memset(blocks[i], (int)i, sizes[i]);
            live += rpmalloc_usable_size(blocks[i]);
        }
        if (step % 1000 == 0) {
            struct rpmalloc_thread_statistics now;
            rpmalloc_thread_statistics(&now);
            cr_assert(eq(sz, now.in_use, live));
            cr_assert(rp_heap_valid(rp_thread_heap));
        }
    }
}
