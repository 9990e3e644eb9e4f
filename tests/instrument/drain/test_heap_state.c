// test_heap_state.c - tests instrument/drain/heap_state.c: the events that the
// state is told as are what the events before have come to.
#include "instrument/drain/heap_state.h"

#include "instrument/drain/heap_state_tell.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { MOST = 1000, RING = 3, CLASS = 2, HEAP = 1, SEGMENT_SPANS = 16 };

static struct rp_heap_state *heaps;
static struct rp_layout_info layout;
static struct rp_class_info classes[256];

static struct {
    struct rp_record records[MOST];
    uint32_t rings[MOST];
    unsigned count;
} told;

static void setup(void) {
    layout = rp_layout();
    for (uint32_t i = 0; i < layout.class_count; i++)
        classes[i] = rp_class(i);
    heaps = rp_heap_state_make(&layout, classes);
    cr_assert(heaps != NULL);
}

TestSuite(heap_state, .init = setup);

static void apply(unsigned type, uint32_t a, uint32_t b, uint64_t c0,
                  uint64_t c1) {
    struct rp_record record = {0, type, a, b, {c0, c1, 0, 0}};

    rp_heap_state_apply(heaps, RING, &record);
}

static void note(void *unused, uint32_t ring, const struct rp_record *record) {
    (void)unused;
    cr_assert(lt(u32, told.count, MOST));
    told.records[told.count] = *record;
    told.rings[told.count++] = ring;
}

// How many events of that type are told.
static unsigned tell(unsigned type) {
    unsigned found = 0;

    told.count = 0;
    rp_heap_state_tell(heaps, note, NULL);
    for (unsigned i = 0; i < told.count; i++)
        found += told.records[i].type == type;
    return found;
}

// The only one of that type.
static const struct rp_record *find(unsigned type) {
    cr_assert(eq(u32, tell(type), 1));
    for (unsigned i = 0; i < told.count; i++) {
        if (told.records[i].type == type)
            return &told.records[i];
    }
    return NULL;
}

static void map_and_acquire(uint32_t span) {
    apply(TRACE_EVENT_SEGMENT_MAP, span / layout.spans_per_segment,
          SEGMENT_SPANS, 0x10000, SEGMENT_SPANS * layout.span_bytes);
    apply(TRACE_EVENT_SPAN_ACQUIRE, span, CLASS, 1 | (uint64_t)HEAP << 32,
          RP_PLACE_SEGMENT);
}

Test(heap_state, has_the_blocks_that_live) {
    map_and_acquire(5);
    apply(TRACE_EVENT_ALLOC, 5, 0, 20, 77);
    apply(TRACE_EVENT_ALLOC, 5, 1, 21, 78);
    apply(TRACE_EVENT_FREE, 5, 0, 0, 0);

    const struct rp_record *block = find(TRACE_EVENT_ALLOC);
    cr_assert(eq(u32, block->b, 1));
    cr_assert(eq(u64, block->c[0], 21));
    cr_assert(eq(u64, block->c[1], 78));
    cr_assert(eq(u32, find(TRACE_EVENT_SPAN_ACQUIRE)->a, 5));
}

Test(heap_state, has_blocks_from_before_a_fork_with_the_bytes_of_their_class) {
    map_and_acquire(5);
    apply(TRACE_EVENT_INHERITED, 5, 64, UINT64_C(1) << 3 | 1, 0);
    apply(TRACE_EVENT_FREE, 5, 64, 0, 0);

    const struct rp_record *block = find(TRACE_EVENT_ALLOC);
    cr_assert(eq(u32, block->b, 67));
    cr_assert(eq(u64, block->c[0], classes[CLASS].block_bytes));
    cr_assert(eq(u64, block->c[1], 0));
}

Test(heap_state, has_large_and_huge_blocks_from_before_a_fork_as_a_whole) {
    uint64_t header = layout.large_header_bytes, heap = (uint64_t)HEAP << 32;

    map_and_acquire(5);
    apply(TRACE_EVENT_SPAN_ACQUIRE, 6, RP_CLASS_LARGE, 3 | heap,
          RP_PLACE_SEGMENT);
    apply(TRACE_EVENT_HUGE_MAP, RP_HUGE_BIT | 1, 0, 0x7000000, 8 << 20);
    apply(TRACE_EVENT_INHERITED, 6, 0, 1, 0);
    cr_assert(eq(u64, find(TRACE_EVENT_ALLOC)->c[0],
                 3 * (uint64_t)layout.span_bytes - header));
    apply(TRACE_EVENT_FREE, 6, 0, 0, 0);
    apply(TRACE_EVENT_INHERITED, RP_HUGE_BIT | 1, 0, 1, 0);

    cr_assert(eq(u64, find(TRACE_EVENT_ALLOC)->c[0], (8 << 20) - header));
}

Test(heap_state, has_no_blocks_from_before_a_fork_where_there_are_none) {
    map_and_acquire(5);
    apply(TRACE_EVENT_INHERITED, 5, classes[CLASS].blocks_per_span - 1, 7, 0);
    apply(TRACE_EVENT_INHERITED, 4, 0, 7, 0); // holds none
    apply(TRACE_EVENT_INHERITED, 1000000, 0, 7, 0);

    cr_assert(eq(u32, find(TRACE_EVENT_ALLOC)->b,
                 classes[CLASS].blocks_per_span - 1));
}

Test(heap_state, has_as_many_deferred_frees_as_are_not_collected) {
    map_and_acquire(5);
    for (uint32_t i = 0; i < 4; i++)
        apply(TRACE_EVENT_ALLOC, 5, i, 20, 0);
    for (uint32_t i = 0; i < 3; i++)
        apply(TRACE_EVENT_FREE_DEFERRED, 5, i, 0, 0);
    apply(TRACE_EVENT_DEFERRED_COLLECT, 5, 1, HEAP, 0);

    cr_assert(eq(u32, tell(TRACE_EVENT_FREE_DEFERRED), 2));
    cr_assert(eq(u32, tell(TRACE_EVENT_ALLOC), 3));
}

Test(heap_state, forgets_what_is_unmapped) {
    map_and_acquire(5);
    apply(TRACE_EVENT_ALLOC, 5, 0, 20, 0);
    apply(TRACE_EVENT_SEGMENT_UNMAP, 5 / layout.spans_per_segment, 0, 0, 0);

    cr_assert(eq(u32, tell(TRACE_EVENT_SEGMENT_MAP), 0));
    cr_assert(eq(u32, tell(TRACE_EVENT_ALLOC), 0));
}

Test(heap_state, tells_a_huge_block_with_its_memory) {
    apply(TRACE_EVENT_HUGE_MAP, RP_HUGE_BIT | 9, 0, 0x20000, 1 << 24);
    apply(TRACE_EVENT_ALLOC, RP_HUGE_BIT | 9, 0, (1 << 24) - 100, 5);

    cr_assert(eq(u64, find(TRACE_EVENT_HUGE_MAP)->c[1], 1 << 24));
    cr_assert(eq(u64, find(TRACE_EVENT_ALLOC)->c[0], (1 << 24) - 100));
    apply(TRACE_EVENT_HUGE_UNMAP, RP_HUGE_BIT | 9, 0, 0, 0);
    cr_assert(eq(u32, tell(TRACE_EVENT_HUGE_MAP), 0));
}

Test(heap_state, tells_threads_and_their_heaps_in_their_rings) {
    apply(TRACE_EVENT_THREAD_START, 4711, 0, 12, 0);
    apply(TRACE_EVENT_HEAP_CREATE, HEAP, 0, 0, 0);

    find(TRACE_EVENT_HEAP_CREATE);
    cr_assert(eq(u32, told.rings[told.count - 1], RING));
    cr_assert(eq(u32, find(TRACE_EVENT_THREAD_START)->a, 4711));
    apply(TRACE_EVENT_HEAP_ORPHAN, HEAP, 0, 0, 0);
    find(TRACE_EVENT_HEAP_ORPHAN);
    cr_assert(eq(u32, told.rings[0], 0));
}

Test(heap_state, has_the_pages_that_are_given_back) {
    uint64_t unit = layout.span_bytes / 64;
    map_and_acquire(5);
    apply(TRACE_EVENT_SPAN_DECOMMIT, 5, 0, 10 * unit, 20 * unit);
    apply(TRACE_EVENT_SPAN_COMMIT, 5, 0, 10 * unit, 4 * unit);

    const struct rp_record *gone = find(TRACE_EVENT_SPAN_DECOMMIT);
    cr_assert(eq(u64, gone->c[0], 14 * unit));
    cr_assert(eq(u64, gone->c[1], 16 * unit));
}

Test(heap_state, uses_memory_again) {
    for (unsigned i = 0; i < 100000; i++) {
        map_and_acquire(5);
        apply(TRACE_EVENT_ALLOC, 5, 0, 20, 0);
        apply(TRACE_EVENT_SEGMENT_UNMAP, 5 / layout.spans_per_segment, 0, 0, 0);
    }

    cr_assert(eq(u32, tell(TRACE_EVENT_ALLOC), 0));
    cr_assert(gt(sz, heaps->tables.chunk_left, 1 << 18));
    cr_assert(not(heaps->tables.broken));
}

// What a program that has spoilt its ring may tell.
static const struct rp_record wild[] = {
    {0, TRACE_EVENT_SEGMENT_MAP, 1, 0, {0x10000, 1 << 20}},
    {0, TRACE_EVENT_SEGMENT_MAP, 1, 0xffffff, {0x10000, 1 << 20}},
    {0, TRACE_EVENT_SEGMENT_MAP, RP_HUGE_BIT - 1, 4, {0x10000, 1 << 20}},
    {0, TRACE_EVENT_SEGMENT_MAP, UINT32_MAX, 4, {0x10000, 1 << 20}},
    {0, TRACE_EVENT_HUGE_MAP, UINT32_MAX, 0, {0x10000, 1 << 20}},
    {0, TRACE_EVENT_HEAP_CREATE, UINT32_MAX, 0, {0}},
    {0, TRACE_EVENT_HEAP_CREATE, 1 << 25, 0, {0}},
    {0, TRACE_EVENT_MODULE_LOAD, UINT32_MAX, 0, {0}},
    {0, TRACE_EVENT_SPAN_ACQUIRE, 5, CLASS, {(uint64_t)HEAP << 32, 0}},
};

Test(heap_state, refuses_numbers_that_cannot_be) {
    enum { WILD = sizeof wild / sizeof *wild };
    map_and_acquire(5);

    for (uint32_t i = 0; i < WILD; i++) {
        rp_heap_state_apply(heaps, RING, &wild[i]);
        cr_assert(eq(u32, heaps->refused, i + 1), "%u", i);
    }

    cr_assert(not(heaps->tables.broken));
    cr_assert(lt(u32, heaps->heap_limit, 1 << 25));
    cr_assert(eq(u32, tell(TRACE_EVENT_SEGMENT_MAP), 1));
    cr_assert(eq(u32, tell(TRACE_EVENT_SPAN_ACQUIRE), 1));
}
