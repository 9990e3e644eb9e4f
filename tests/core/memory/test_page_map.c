// test_page_map.c - what stands at an address.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/bookkeeping.h"
#include "core/memory/memory.h"
#include "core/memory/page_map.h"
#include "tests/core/embedder.h"
#include "tests/core/threads.h"

enum { THREADS = 4, COUNT = 3 * PAGE_MAP_ENTRIES };

static int things[2];

static void *at(uint64_t address) {
    return (void *)(uintptr_t)address;
}

// There is no bookkeeping any more.
static void run_out(void) {
    struct rpmalloc_config config = embedder_config();

    embedder_reset(0);
    embedder.fail_count = SIZE_MAX;
    rp_memory_configure(&config);
    while (rp_bookkeeping_alloc(64) != NULL)
        continue;
}

// 0: out of memory.
static int put(void *address, void *what) {
    struct page_map_nodes nodes;

    if (!rp_page_map_prepare(&nodes))
        return 0;
    rp_page_map_set(address, what, &nodes);
    rp_page_map_done(&nodes);
    return 1;
}

Test(page_map, nothing_stands_anywhere_at_first) {
    for (unsigned bit = 16; bit < 48; ++bit)
        cr_assert(eq(ptr, page_map_get(at(UINT64_C(1) << bit)), NULL));
}

Test(page_map, what_is_put_at_an_address_stands_there_alone) {
    for (unsigned bit = 16; bit < 48; ++bit) {
        uint64_t address = UINT64_C(1) << bit;

        cr_assert(put(at(address), &things[0]));

        cr_assert(eq(ptr, page_map_get(at(address)), &things[0]));
        cr_assert(eq(ptr, page_map_get(at(address + 61440)), &things[0]));
        cr_assert(eq(ptr, page_map_get(at(address - SPAN_BYTES)), NULL));
        cr_assert(eq(ptr, page_map_get(at(address + SPAN_BYTES)), NULL));
        rp_page_map_clear(at(address), 1);
        cr_assert(eq(ptr, page_map_get(at(address)), NULL));
    }
}

Test(page_map, what_stood_there_is_left_for_the_next_one) {
    put(at(SPAN_BYTES), &things[0]);

    rp_page_map_clear(at(SPAN_BYTES), 1);
    cr_assert(eq(ptr, page_map_left(at(SPAN_BYTES)), &things[0]));
    rp_page_map_clear(at(SPAN_BYTES), 1);
    cr_assert(eq(ptr, page_map_left(at(SPAN_BYTES)), &things[0]));
    cr_assert(eq(ptr, page_map_left(at(2 * SPAN_BYTES)), NULL));
    rp_page_map_set(at(SPAN_BYTES), &things[0], NULL);

    cr_assert(eq(ptr, page_map_get(at(SPAN_BYTES)), &things[0]));
    cr_assert(eq(ptr, page_map_left(at(SPAN_BYTES)), &things[0]));
}

Test(page_map, the_newest_stands) {
    put(at(SPAN_BYTES), &things[0]);

    cr_assert(put(at(SPAN_BYTES), &things[1]));

    cr_assert(eq(ptr, page_map_get(at(SPAN_BYTES)), &things[1]));
}

Test(page_map, a_row_is_cleared_across_nodes_and_where_there_are_none) {
    uint64_t last = (uint64_t)PAGE_MAP_ENTRIES * SPAN_BYTES;
    put(at(last - SPAN_BYTES), &things[0]);
    put(at(last), &things[0]);

    rp_page_map_clear(at(last - SPAN_BYTES), 3 * PAGE_MAP_ENTRIES);

    cr_assert(eq(ptr, page_map_get(at(last - SPAN_BYTES)), NULL));
    cr_assert(eq(ptr, page_map_get(at(last)), NULL));
}

Test(page_map, a_tag_in_the_highest_bits_does_not_matter) {
    if (sizeof(void *) < 8)
        cr_skip_test("addresses have 32 bits");
    uint64_t tag = UINT64_C(0xb4) << 56;

    put(at(tag | SPAN_BYTES), &things[0]);

    cr_assert(eq(ptr, page_map_get(at(SPAN_BYTES)), &things[0]));
}

// Whoever needs a little asks for nothing.
Test(page_map, the_first_nodes_are_there) {
    run_out();

    cr_assert(put(at(SPAN_BYTES), &things[0]));
    cr_assert(not(put(at(UINT64_C(1) << 40), &things[0])));

    cr_assert(eq(ptr, page_map_get(at(SPAN_BYTES)), &things[0]));
    cr_assert(eq(ptr, page_map_get(at(UINT64_C(1) << 40)), NULL));
}

Test(page_map, what_is_prepared_cannot_fail) {
    struct page_map_nodes nodes;
    put(at(SPAN_BYTES), &things[0]);
    cr_assert(rp_page_map_prepare(&nodes));
    run_out();
    cr_assert(not(put(at(UINT64_C(1) << 40), &things[0])));

    rp_page_map_set(at(UINT64_C(1) << 40), &things[0], &nodes);
    rp_page_map_done(&nodes);

    cr_assert(eq(ptr, page_map_get(at(UINT64_C(1) << 40)), &things[0]));
}

Test(page_map, what_was_prepared_in_vain_serves_the_next_one) {
    struct page_map_nodes nodes;
    run_out();

    for (int i = 0; i < 100; ++i) {
        cr_assert(rp_page_map_prepare(&nodes));
        rp_page_map_done(&nodes);
    }
    cr_assert(put(at(SPAN_BYTES), &things[0]));
}

Test(page_map, it_forgets) {
    put(at(SPAN_BYTES), &things[0]);

    rp_page_map_reset();
    run_out();

    cr_assert(eq(ptr, page_map_get(at(SPAN_BYTES)), NULL));
    cr_assert(put(at(UINT64_C(1) << 40), &things[0]),
              "with its first nodes again");
}

// Each thread sets and clears its own entries, of nodes that all need.
static void set_and_clear(int index, void *context) {
    _Atomic(unsigned) *wrong = context;

    for (int round = 0; round < 3; ++round) {
        for (uint64_t i = (uint64_t)index; i < COUNT; i += THREADS)
            if (!put(at(i * SPAN_BYTES), &things[index % 2]) ||
                page_map_get(at(i * SPAN_BYTES)) != &things[index % 2])
                add_relaxed(wrong, 1);
        for (uint64_t i = (uint64_t)index; i < COUNT; i += THREADS) {
            rp_page_map_clear(at(i * SPAN_BYTES), 1);
            if (page_map_get(at(i * SPAN_BYTES)) != NULL)
                add_relaxed(wrong, 1);
        }
    }
}

Test(page_map, threads_share_nodes_and_no_entries) {
    static _Atomic(unsigned) wrong;

    threads_run(THREADS, set_and_clear, &wrong);

    cr_assert(zero(uint, load_relaxed(&wrong)));
}
