// test_header.c - where the header of a run stands.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/bookkeeping.h"
#include "core/memory/memory.h"
#include "core/span/header.h"
#include "core/span/segment.h"
#include "tests/core/embedder.h"

static struct span_run take(uint32_t count) {
    struct span_run run;

    cr_assert(rp_segment_take(&rp_segment_shared, count, &run));
    return run;
}

Test(header, in_front_it_is_where_the_span_starts) {
    struct span_run run = take(1);

    struct span *span = rp_header_in_front(run.memory);

    cr_assert(eq(ptr, span, run.memory));
    cr_assert(eq(ptr, span->memory, run.memory));
    cr_assert(eq(ptr, span_of(run.memory + 4096), span));
    cr_assert(eq(ptr, span_of(run.memory + 5000), span));
}

Test(header, apart_it_is_nowhere_in_the_run) {
    for (int i = 0; i < 200; ++i) {
        struct span_run run = take(3);

        struct span *span = rp_header_apart(run.memory);

        size_t away = (size_t)((uintptr_t)span - (uintptr_t)run.memory);
        cr_assert(ge(sz, away, 3 * SPAN_BYTES));
        cr_assert(eq(ptr, span->memory, run.memory));
        cr_assert(eq(ptr, span_of(run.memory), span));
    }
}

Test(header, each_run_has_one_of_its_own) {
    struct span *headers[200];

    for (int i = 0; i < 200; ++i) {
        struct span_run run = take(1);
        headers[i] = rp_header_apart(run.memory);
        headers[i]->number = run.number;
    }
    for (int i = 1; i < 200; ++i)
        cr_assert(ne(uint, headers[i]->number, headers[i - 1]->number));
}

Test(header, a_run_that_is_used_anew_has_the_other_kind) {
    struct span_run run = take(1);

    struct span *apart = rp_header_apart(run.memory);
    struct span *in_front = rp_header_in_front(run.memory);
    cr_assert(eq(ptr, span_of(run.memory), in_front));

    cr_assert(eq(ptr, rp_header_apart(run.memory), apart));
    cr_assert(eq(ptr, span_of(run.memory), apart));
}

Test(header, of_a_segment_that_is_gone_nothing_is_left) {
    struct span_run run = take(2);
    char *memory = run.memory;
    rp_header_apart(run.memory);

    rp_segment_give(run.slot, run.number, run.count);
    rp_segment_purge(0, 0);

    cr_assert(zero(sz, rp_segment_count()));
    cr_assert(eq(ptr, page_map_get(memory), NULL));
}

Test(header, an_address_keeps_its_header) {
    struct span_run run = take(1);
    struct span *header = rp_header_apart(run.memory);

    rp_page_map_clear(run.memory, 1);

    cr_assert(eq(ptr, rp_header_apart(run.memory), header));
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

Test(header, the_first_ones_ask_for_nothing) {
    struct span_run run = take(1);
    run_out();

    cr_assert(ne(ptr, rp_header_apart(run.memory), NULL));
}

Test(header, without_memory_for_it_there_is_none) {
    enum { MANY = 100 };
    struct span_run runs[MANY];
    for (int i = 0; i < MANY; ++i)
        runs[i] = take(1);
    run_out();

    for (int i = 0; i < MANY - 1; ++i)
        rp_header_apart(runs[i].memory);
    cr_assert(eq(ptr, rp_header_apart(runs[MANY - 1].memory), NULL));
    cr_assert(eq(ptr, rp_header_in_front(runs[MANY - 1].memory),
                 runs[MANY - 1].memory));
}

Test(header, what_is_prepared_cannot_fail_and_what_is_left_serves_again) {
    // Two neighbours in one leaf, of which one makes that.
    struct span_run run = take(3);
    char *memory = run.memory;
    if (page_map_index(memory, 0) == PAGE_MAP_ENTRIES - 1)
        memory += SPAN_BYTES;
    rp_header_apart(memory + SPAN_BYTES);
    struct header_parts parts;
    cr_assert(rp_header_prepare(&parts));
    run_out();
    while (rp_header_prepare(&(struct header_parts){0}))
        continue;

    struct span *header = rp_header_apart_of(&parts, memory);
    cr_assert(eq(ptr, span_of(memory), header));
    cr_assert(eq(ptr, parts.header, NULL));
    parts.header = header;
    rp_header_done(&parts);

    cr_assert(rp_header_prepare(&parts));
    cr_assert(eq(ptr, parts.header, header));
}
