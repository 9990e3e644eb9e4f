// test_answer.c - tiny traces with known answers.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"

#define TEXT(text) ((char *)(text))

static struct trace_builder b;
static struct answer *a;
static struct failure failure;

// A segment of 64 spans, 4,096 bytes of it lost to alignment, and one span of
// class 0 (64 blocks of 1,000 bytes, 1,408 bytes of tail).
static void begin(void) {
    trace_builder_start(&b);
    BUILD(&b, 1, 100, HEAP_CREATE, 1);
    BUILD(&b, 1, 100, SEGMENT_MAP, 0, 0x10000, 64 * 65536 + 4096, 0x11000, 64);
    BUILD(&b, 1, 100, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 100, SPAN_STATE, 0, TRACE_SPAN_ACTIVE);
}

static void analyse_at(enum answer_at at) {
    struct analyse_options options = {.at = at};
    trace_builder_end(&b, 0);
    a = analyse_trace(trace_builder_save(&b), &options, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
}

static void analyse(void) {
    analyse_at(AT_END);
}

static void end(void) {
    answer_free(a);
    trace_builder_free(&b);
}

static const struct answer_counts *counts_of(uint64_t address) {
    for (size_t i = 0; i < a->site_count; i++)
        if (a->sites[i].where.offset == address)
            return &a->sites[i].counts;
    cr_fatal("no site at %llx", (unsigned long long)address);
    return NULL;
}

TestSuite(answer, .init = begin, .fini = end);

Test(answer, two_sites_of_one_span_share_its_free_bytes_and_none_is_alone) {
    uint32_t first = trace_builder_stack(&b, 0, 0x1000);
    uint32_t second = trace_builder_stack(&b, 0, 0x2000);
    BUILD(&b, 1, 101, ALLOC, first, 1000, 0, 0);
    BUILD(&b, 1, 102, ALLOC, second, 1000, 0, 1);

    analyse();

    uint64_t free_bytes = 65536 - 2 * 1000;
    cr_expect(eq(sz, a->pin_count, 2));
    cr_expect(eq(u64, a->free_block_bytes, free_bytes));
    cr_expect(eq(u64, counts_of(0x1000)->share_bytes, free_bytes / 2));
    cr_expect(eq(u64, counts_of(0x2000)->share_bytes, free_bytes / 2));
    cr_expect(eq(u64, counts_of(0x1000)->alone_bytes, 0));
    cr_expect(eq(sz, a->together_count, 2));
    cr_expect(eq(u64, a->together[0].bytes, 0));
    cr_expect(eq(u64, a->together[1].bytes, free_bytes));
}

Test(answer, a_site_that_has_a_span_for_itself_is_alone_there) {
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    BUILD(&b, 1, 101, ALLOC, stack, 1000, 0, 0);
    BUILD(&b, 1, 102, ALLOC, stack, 1000, 0, 7);

    analyse();

    cr_expect(eq(u64, counts_of(0x1000)->alone_bytes, 65536 - 2 * 1000));
    cr_expect(eq(u64, counts_of(0x1000)->share_bytes, 65536 - 2 * 1000));
    cr_expect(eq(u64, counts_of(0x1000)->alone_spans, 1));
}

Test(answer, every_byte_is_in_one_part) {
    BUILD(&b, 1, 101, ALLOC, 0, 990, 0, 0);
    BUILD(&b, 1, 102, ALLOC, 0, 1000, 0, 1);
    BUILD(&b, 1, 103, ALLOC, 0, 1000, 0, 2);
    BUILD(&b, 2, 104, FREE_DEFERRED, 0, 2);
    BUILD(&b, 1, 105, BOOKKEEPING_MAP, 0x99000, 8192);
    BUILD(&b, 1, 106, SPAN_TRANSFER, 9, 2, 1, TRACE_PLACE_SEGMENT,
          TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 1, 107, SPAN_TRANSFER, 10, 1, 1, TRACE_PLACE_GLOBAL_CACHE,
          TRACE_PLACE_THREAD_CACHE);
    BUILD(&b, 1, 108, SPAN_ACQUIRE, 11, 1, 1, 1, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 109, SPAN_DECOMMIT, 12, 4096, 8192);

    analyse();

    cr_expect(eq(u64, a->now.part_bytes[PART_USED], 1990));
    cr_expect(eq(u64, a->now.part_bytes[PART_ROUNDING], 10));
    cr_expect(eq(u64, a->now.part_bytes[PART_DEFERRED], 1000));
    cr_expect(eq(u64, a->now.part_bytes[PART_SPAN_FREE], 61 * 1000));
    cr_expect(
        eq(u64, a->now.part_bytes[PART_OVERHEAD], 65536 - 64 * 1000 + 8192));
    cr_expect(eq(u64, a->now.part_bytes[PART_GLOBAL_CACHE], 65536));
    cr_expect(eq(u64, a->now.part_bytes[PART_THREAD_CACHE], 65536));
    cr_expect(eq(u64, a->now.part_bytes[PART_EMPTY], 65536));
    cr_expect(
        eq(u64, a->now.part_bytes[PART_SEGMENT], 4096 + 60 * 65536 - 8192));
    cr_expect(eq(u64, a->now.held_bytes, 64 * 65536 + 4096));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
    cr_expect(eq(u64, a->quality.identity_failures, 0));
}

Test(answer, a_large_block_is_rounded_to_pages_and_its_run_has_slack) {
    BUILD(&b, 1, 101, SPAN_ACQUIRE, 4, 3, 1, TRACE_CLASS_LARGE,
          TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 102, ALLOC, 0, 140000, 4, 0);

    analyse();

    uint64_t end_of_page = (128 + 140000 + 4095) / 4096 * 4096;
    cr_expect(eq(u64, a->now.part_bytes[PART_USED], 140000));
    cr_expect(
        eq(u64, a->now.part_bytes[PART_ROUNDING], end_of_page - 128 - 140000));
    cr_expect(eq(u64, a->now.part_bytes[PART_OVERHEAD], 128));
    cr_expect(eq(u64, a->now.part_bytes[PART_SLACK], 3 * 65536 - end_of_page));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
}

Test(answer, a_huge_block_has_memory_of_its_own) {
    uint64_t number = 0x80000001, bytes = 16 << 20;
    BUILD(&b, 1, 101, HUGE_MAP, number, 0x7000000, bytes);
    BUILD(&b, 1, 102, ALLOC, 0, 15000000, number, 0);

    analyse();

    cr_expect(eq(u64, a->now.part_bytes[PART_USED], 15000000));
    cr_expect(eq(u64, a->now.held_bytes, 64 * 65536 + 4096 + bytes));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
    cr_expect(eq(sz, a->class_count, 2));
    cr_expect(eq(u64, a->classes[1].live_blocks, 1));
}

Test(answer, a_free_that_is_read_before_its_allocation_waits_for_it) {
    BUILD(&b, 1, 103, ALLOC, 0, 1000, 0, 5);
    BUILD(&b, 2, 102, FREE_DEFERRED, 0, 5);

    analyse();

    cr_expect(eq(u64, a->now.live_blocks, 0));
    cr_expect(eq(u64, a->now.part_bytes[PART_DEFERRED], 1000));
    cr_expect(eq(u64, a->quality.repairs, 1));
    cr_expect(eq(u64, a->quality.unresolved, 0));
}

Test(answer, a_double_free_is_a_finding_with_the_site_of_the_block) {
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    BUILD(&b, 1, 101, ALLOC, stack, 1000, 0, 5);
    BUILD(&b, 1, 102, FREE, 0, 5);
    BUILD(&b, 1, 103, FREE, 0, 5);

    analyse();

    cr_assert(eq(sz, a->finding_count, 1));
    cr_expect(eq(str, TEXT(a->findings[0].kind), TEXT("double free")));
    cr_expect(eq(u64, a->sites[a->findings[0].site].where.offset, 0x1000));
    cr_expect(eq(u64, a->findings[0].time_ns, 103));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
}

Test(answer, a_moment_in_the_past_can_be_asked_for) {
    BUILD(&b, 1, 101, ALLOC, 0, 1000, 0, 0);
    BUILD(&b, 1, 102, ALLOC, 0, 500, 0, 1);
    BUILD(&b, 1, 103, FREE, 0, 0);

    analyse_at(AT_PEAK_USED);

    cr_expect(eq(u64, a->now.part_bytes[PART_USED], 1500));
    cr_expect(eq(u64, a->now.time_ns, 102));
    cr_expect(eq(u64, a->now.live_blocks, 2));
    cr_expect(eq(u64, a->events, 7));
}

Test(answer, means_weigh_each_value_with_its_time) {
    BUILD(&b, 1, 200, ALLOC, 0, 1000, 0, 0);
    BUILD(&b, 1, 250, FREE, 0, 0);
    BUILD(&b, 1, 300, MARK, 0);

    analyse();

    // The recording begins at 100: 50 of 200 steps had 1,000 bytes.
    cr_expect(eq(dbl, a->mean_part_bytes[PART_USED], 250.0));
}

Test(answer, the_allocators_own_count_is_compared_with_the_model) {
    BUILD(&b, 1, 101, ALLOC, 0, 1000, 0, 0);
    BUILD(&b, 1, 102, WALK_BEGIN, 1);
    BUILD(&b, 1, 103, WALK_CLASS, 0, 1, 1, 0);
    BUILD(&b, 1, 104, WALK_END, 1);

    analyse();

    cr_expect(eq(u64, a->quality.walk_checked, 1));
    cr_expect(eq(u64, a->quality.walk_mismatches, 0));
}

Test(answer, a_huge_block_is_in_no_span_that_could_be_counted) {
    BUILD(&b, 1, 101, HUGE_MAP, 0x80000001, 0x7000000, 16 << 20);
    BUILD(&b, 1, 102, ALLOC, 0, 15000000, 0x80000001, 0);
    BUILD(&b, 1, 103, WALK_BEGIN, 1);
    BUILD(&b, 1, 104, WALK_CLASS, TRACE_CLASS_HUGE, 0, 1, 0);
    BUILD(&b, 1, 105, WALK_END, 1);

    analyse();

    cr_expect(eq(u64, a->quality.walk_checked, 1));
    cr_expect(eq(u64, a->quality.walk_mismatches, 0));
}

Test(answer, an_allocator_that_counts_otherwise_is_found_out) {
    BUILD(&b, 1, 101, ALLOC, 0, 1000, 0, 0);
    BUILD(&b, 1, 102, WALK_BEGIN, 1);
    BUILD(&b, 1, 103, WALK_CLASS, 0, 1, 2, 0);
    BUILD(&b, 1, 104, WALK_END, 1);

    analyse();

    cr_expect(eq(u64, a->quality.walk_mismatches, 1));
    cr_expect(eq(str, TEXT(a->findings[0].kind), TEXT("self-count")));
}

Test(answer, a_block_freed_before_the_next_allocation_is_temporary) {
    BUILD(&b, 1, 101, ALLOC, 0, 1000, 0, 0);
    BUILD(&b, 1, 102, FREE, 0, 0);
    BUILD(&b, 1, 103, ALLOC, 0, 1000, 0, 0);
    BUILD(&b, 1, 104, ALLOC, 0, 1000, 0, 1);
    BUILD(&b, 1, 105, FREE, 0, 0);

    analyse();

    cr_expect(eq(u64, a->temporary, 1));
}

Test(answer, resizing_moves_the_block_to_the_new_caller) {
    uint32_t first = trace_builder_stack(&b, 0, 0x1000);
    uint32_t second = trace_builder_stack(&b, 0, 0x2000);
    BUILD(&b, 1, 101, ALLOC, first, 400, 0, 0);
    BUILD(&b, 1, 102, RESIZE, second, 900, 0, 0);

    analyse();

    cr_expect(eq(u64, counts_of(0x1000)->live_bytes, 0));
    cr_expect(eq(u64, counts_of(0x2000)->live_bytes, 900));
    cr_expect(eq(u64, a->now.part_bytes[PART_ROUNDING], 100));
}

Test(answer, a_program_that_uses_more_and_more_is_told) {
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    for (uint64_t span = 1; span < 60; span++) {
        uint64_t time = span * 100000000;
        BUILD(&b, 1, time, SPAN_ACQUIRE, span, 1, 1, 0, TRACE_PLACE_SEGMENT);
        for (uint64_t block = 0; block < 64; block++)
            BUILD(&b, 1, time, ALLOC, stack, 1000, span, block);
    }

    analyse();

    cr_assert(eq(sz, a->finding_count, 1));
    cr_expect(eq(str, TEXT(a->findings[0].kind), TEXT("growing")));
    cr_expect(not(a->findings[0].certain));
    cr_expect(eq(u32, a->findings[0].site, 0));
}

Test(answer, a_program_that_goes_up_and_down_does_not_grow) {
    for (uint64_t span = 1; span < 60; span++) {
        uint64_t time = span * 100000000;
        BUILD(&b, 1, time, SPAN_ACQUIRE, span, 1, 1, 0, TRACE_PLACE_SEGMENT);
        for (uint64_t block = 0; block < 64; block++)
            BUILD(&b, 1, time, ALLOC, 0, 1000, span, block);
        for (uint64_t block = 0; span % 10 == 0 && block < 640; block++)
            BUILD(&b, 1, time, FREE, span - block / 64, block % 64);
    }

    analyse();

    cr_expect(eq(sz, a->finding_count, 0));
}

Test(answer, a_run_may_begin_in_the_global_cache_and_end_in_its_segment) {
    BUILD(&b, 1, 101, SPAN_TRANSFER, 8, 1, 1, TRACE_PLACE_SEGMENT,
          TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 1, 102, SPAN_ACQUIRE, 8, 3, 1, TRACE_CLASS_LARGE,
          TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 1, 103, ALLOC, 0, 150000, 8, 0);

    analyse();

    cr_expect(eq(u64, a->now.part_bytes[PART_USED], 150000));
    cr_expect(eq(u64, a->quality.unresolved, 0));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
}

// The recording has begun now, in this process or, with `before`, long before
// it.
static void runs_here(bool before) {
    struct trace_file_header header;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    memcpy(&header, b.bytes, sizeof header);
    header.process_id = (uint32_t)getpid();
    header.start_unix_ns =
        ((uint64_t)now.tv_sec - (before ? 1000000 : 0)) * 1000000000u;
    header.crc = plain_crc32c(&header, offsetof(struct trace_file_header, crc));
    memcpy(b.bytes, &header, sizeof header);
}

Test(answer, a_recording_that_still_runs_is_called_so_and_not_damaged) {
    trace_builder_flush(&b);
    runs_here(false);
    b.size -= 3; // in the middle of a block

    a = analyse_trace(trace_builder_save(&b), NULL, &failure);

    cr_assert(a != NULL);
    cr_expect(a->quality.running && !a->quality.ended);
    cr_expect(eq(u64, a->quality.damaged_blocks, 0));
    cr_assert(eq(sz, a->quality.sentence_count, 1));
    cr_expect(strstr(a->quality.sentences[0], "still running") != NULL);
}

Test(answer, a_process_with_the_number_of_one_long_gone_is_not_it) {
    trace_builder_flush(&b);
    runs_here(true);

    a = analyse_trace(trace_builder_save(&b), NULL, &failure);

    cr_assert(a != NULL);
    cr_expect(not(a->quality.running));
    cr_expect(strstr(a->quality.sentences[0], "was not closed") != NULL);
}
