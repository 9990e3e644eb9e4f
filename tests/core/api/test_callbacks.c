// test_callbacks.c - an embedder whose functions allocate from the allocator.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/core/embedder.h"

static struct rpmalloc_config inner;
static _Thread_local int is_inside;

// Keeps a note of each request in a block of the allocator's own.
static struct note {
    void *memory;
    void *block;
} notes[4096];
static size_t note_count;

static void *allocate_and_note(size_t size) {
    void *memory = inner.allocate_memory(size);

    if (is_inside++ == 0 && memory != NULL && note_count < 4096) {
        // One of the size that is being asked for, of others, and a large one.
        void *block = rpmalloc(size < 300000 ? 48 : 20000);
        rpfree(rpmalloc(48));
        rpfree(rpmalloc(70000));
        notes[note_count++] = (struct note){memory, block};
    }
    --is_inside;
    return memory;
}

static void deallocate_and_note(void *memory) {
    for (size_t i = 0; i < note_count && is_inside == 0; ++i) {
        if (notes[i].memory != memory)
            continue;
        void *block = notes[i].block;
        notes[i] = notes[--note_count];
        ++is_inside;
        rpfree(block);
        rpfree(rpmalloc(20000));
        --is_inside;
        break;
    }
    inner.deallocate_memory(memory);
}

static void churn_small(int index, void *context) {
    static void *blocks[4][6000];
    void **mine = blocks[index];

    (void)context;
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < 6000; ++i)
            mine[i] = rpmalloc(i % 3 == 0 ? 48 : i % 7 == 0 ? 20000 : i % 900);
        for (size_t i = 0; i < 6000; ++i)
            rpfree(mine[i]);
        rpmalloc_thread_collect();
    }
}

Test(callbacks, they_may_allocate_and_free) {
    struct rpmalloc_thread_statistics mine;
    struct rpmalloc_global_statistics all;
    embedder_reset(16);
    inner = embedder_config();
    cr_assert(zero(int, rpmalloc_initialize_config(&(struct rpmalloc_config){
                            .allocate_memory = allocate_and_note,
                            .deallocate_memory = deallocate_and_note})));

    churn_small(0, NULL);
    churn_small(1, NULL);
    for (int i = 0; i < 10; ++i)
        rpfree(rpmalloc(10000000));
    is_inside = 1; // no notes any more
    for (size_t i = 0; i < note_count; ++i)
        rpfree(notes[i].block);
    note_count = 0;
    rpmalloc_thread_collect();

    rpmalloc_thread_statistics(&mine);
    rpmalloc_global_statistics(&all);
    cr_assert(zero(sz, mine.in_use));
    cr_assert(zero(sz, mine.spans), "%zu spans", mine.spans);
    cr_assert(le(sz, all.mapped, all.bookkeeping), "%zu mapped", all.mapped);
    cr_assert(le(sz, all.heaps, 2));
    rpmalloc_finalize();
    cr_assert(zero(sz, embedder_outstanding()));
    cr_assert(zero(sz, load_relaxed(&embedder.mistakes)));
}
