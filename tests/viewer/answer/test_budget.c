// test_budget.c - a trace must not ask for more memory than it explains.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/trace/file.h"

static struct trace_builder b;
static struct answer *a;
static struct failure failure;
static uint64_t asked;

static void begin(void) {
    trace_builder_start(&b);
}

static void end(void) {
    answer_free(a);
    trace_builder_free(&b);
}

TestSuite(budget, .init = begin, .fini = end);

static uint64_t resident(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

// Reads the trace; as many blocks live in it at one time.
static void analyse(uint64_t live_blocks) {
    trace_builder_end(&b, 0);
    uint64_t size = b.size, before = resident();
    const char *path = trace_builder_save(&b);
    struct analyse_options options = {.memory = &asked};
    a = analyse_trace(path, &options, &failure);
    uint64_t budget = trace_file_memory(size, live_blocks);
    cr_expect(asked <= budget, "asked for %llu of %llu",
              (unsigned long long)asked, (unsigned long long)budget);
    cr_expect(resident() <= before + budget + (8 << 20), "took %llu of %llu",
              (unsigned long long)(resident() - before),
              (unsigned long long)budget);
}

static void expect_refused(void) {
    cr_assert(eq(ptr, a, NULL));
    cr_expect(strstr(failure.text, "damaged, or made to do harm") != NULL, "%s",
              failure.text);
}

// Spans of 64 MiB with blocks of one byte.
static void fact_of_large_spans(void) {
    struct trace_class class = {1, 64 << 20};
    trace_builder_fact(&b, "span_bytes", "67108864", 8);
    trace_builder_block(&b, TRACE_CLASSES, &class, sizeof class, NULL);
    BUILD(&b, 1, 10, SEGMENT_MAP, 0, 0x10000, UINT64_C(64) << 26, 0x10000, 64);
}

Test(budget, blocks_that_a_span_could_have_cost_nothing) {
    fact_of_large_spans();
    for (uint64_t i = 0; i < 64; i++)
        BUILD(&b, 1, 20, SPAN_ACQUIRE, i, 1, 1, 0, TRACE_PLACE_SEGMENT);

    analyse(0);

    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    cr_expect(asked < 4 << 20);
}

Test(budget, a_block_at_the_end_of_a_large_span_is_refused) {
    fact_of_large_spans();
    BUILD(&b, 1, 20, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 30, ALLOC, 0, 1, 0, (64 << 20) - 1);

    analyse(1);

    expect_refused();
}

Test(budget, segments_of_very_many_spans_are_refused) {
    trace_builder_fact(&b, "spans_per_segment", "65536", 5);
    trace_builder_fact(&b, "span_bytes", "1", 1);
    for (uint64_t i = 0; i < 200; i++)
        BUILD(&b, 1, 10 + i, SEGMENT_MAP, i, 0x10000, 65536, 0x10000, 65536);

    analyse(0);

    expect_refused();
}

Test(budget, segments_at_numbers_far_apart_cost_no_more_than_the_budget) {
    for (uint64_t i = 0; i < 4000; i++)
        BUILD(&b, 1, 10 + i, SEGMENT_MAP, i << 10, 0x10000, 65536, 0x10000, 1);

    analyse(0);
}

Test(budget, stacks_at_numbers_far_apart_are_refused) {
    for (uint64_t i = 1; i < 4000; i++) {
        uint8_t node[] = {(uint8_t)(i << 7 & 0x7f) | 0x80,
                          0x80,
                          (uint8_t)(i & 0x7f) | 0x80,
                          (uint8_t)(i >> 7),
                          1,
                          2};
        trace_builder_block(&b, TRACE_STACKS, node, sizeof node, NULL);
    }

    analyse(0);
}

Test(budget, texts_and_modules_at_high_numbers_cost_no_more_than_the_budget) {
    trace_builder_text(&b, (1 << 20) - 1, "far");
    trace_builder_module(&b, (1 << 20) - 1, 0x1000, 0x2000, 0, "/far");

    analyse(0);
}

Test(budget, heaps_at_high_numbers_cost_no_more_than_the_budget) {
    BUILD(&b, 1, 10, HEAP_CREATE, (1 << 20) - 1);
    BUILD(&b, 1, 11, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 12, SPAN_ACQUIRE, 0, 1, (1 << 20) - 2, 0, TRACE_PLACE_SEGMENT);

    analyse(0);
}

// Each of a few events, all at the same time.
Test(budget, thousands_of_rings_at_once_are_no_matter) {
    enum { RINGS = 8000 };
    for (uint32_t ring = 1; ring <= RINGS; ring++) {
        struct trace_block_header header = {.event_count = 2,
                                            .ring = ring,
                                            .first_time = 10,
                                            .last_time = 1000000};
        uint8_t payload[4 * TRACE_COLUMNS + 64];
        size_t size = 0;
        for (int i = 0; i < TRACE_COLUMNS; i++) {
            static const uint8_t types[] = {TRACE_EVENT_MARK, TRACE_EVENT_MARK};
            static const uint8_t times[] = {1, 0x80, 0x80, 0x10};
            static const uint8_t texts[] = {0, 0};
            static const uint8_t paces[TRACE_SHORT_CODES];
            const uint8_t *bytes = i == TRACE_COLUMN_TYPE   ? types
                                   : i == TRACE_COLUMN_TIME ? times
                                   : i == TRACE_COLUMN_TEXT ? texts
                                                            : paces;
            uint32_t length = i == TRACE_COLUMN_TYPE   ? 2
                              : i == TRACE_COLUMN_TIME ? 4
                              : i == TRACE_COLUMN_TEXT ? 2
                              : i == TRACE_COLUMN_PACE ? TRACE_SHORT_CODES
                                                       : 0;
            memcpy(payload + size, &length, sizeof length);
            memcpy(payload + size + sizeof length, bytes, length);
            size += sizeof length + length;
        }
        trace_builder_block(&b, TRACE_EVENTS, payload, size, &header);
    }

    analyse(0);

    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    cr_expect(eq(u64, a->events, 2 * RINGS));
    cr_expect(eq(u64, a->quality.missing_events, 0));
}

Test(budget, many_live_blocks_explain_themselves) {
    enum { SPANS = 400, BLOCKS = 4088 };
    b.block_events = 50000;
    for (uint64_t i = 0; i < (SPANS + 63) / 64; i++)
        BUILD(&b, 1, 10, SEGMENT_MAP, i, 0x10000, 64 * 65536, 0x10000, 64);
    for (uint64_t i = 0; i < SPANS; i++) {
        BUILD(&b, 1, 20 + i, SPAN_ACQUIRE, i, 1, 1, 2, TRACE_PLACE_SEGMENT);
        for (uint64_t j = 0; j < BLOCKS; j++)
            BUILD(&b, 1, 20 + i, ALLOC, 0, 16, i, j);
    }

    analyse(SPANS * BLOCKS);

    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    cr_expect(eq(u64, a->now.live_blocks, SPANS * BLOCKS));
    // Far below the limit: what a legitimate trace takes.
    cr_expect(asked < 64 << 20, "asked for %llu", (unsigned long long)asked);
}
