// test_waits.c - who frees blocks of other threads' heaps, and how long they
// wait until they are taken back.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"

static struct trace_builder b;
static uint32_t stack;

// Two heaps, each with a span; thread 3 frees blocks of both.
static void begin(void) {
    trace_builder_start(&b);
    stack = trace_builder_stack(&b, 0, 0x1000);
    trace_builder_text(&b, 1, "main");
    trace_builder_text(&b, 2, "io");
    trace_builder_text(&b, 3, "freer");
    trace_builder_text(&b, 4, "next");
    BUILD(&b, 1, 90, THREAD_START, 11, 1);
    BUILD(&b, 2, 90, THREAD_START, 12, 2);
    BUILD(&b, 3, 90, THREAD_START, 13, 3);
    BUILD(&b, 1, 91, HEAP_CREATE, 1);
    BUILD(&b, 2, 91, HEAP_CREATE, 2);
    BUILD(&b, 1, 92, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 95, SPAN_ACQUIRE, 1, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 2, 95, SPAN_ACQUIRE, 2, 1, 2, 1, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < 4; i++) {
        BUILD(&b, 1, 100 + i, ALLOC, stack, 1000, 1, i);
        BUILD(&b, 2, 100 + i, ALLOC, stack, 4000, 2, i);
    }
    BUILD(&b, 3, 110, FREE_DEFERRED, 1, 0);
    BUILD(&b, 3, 120, FREE_DEFERRED, 1, 1);
    BUILD(&b, 2, 121, FREE_DEFERRED, 1, 2);
    BUILD(&b, 3, 130, FREE_DEFERRED, 2, 0);
    BUILD(&b, 1, 140, DEFERRED_COLLECT, 1, 1, 2); // not the one of 121
}

static struct answer *answer(void) {
    struct failure failure = {.text = ""};
    BUILD(&b, 1, 300, MARK, 0);
    trace_builder_end(&b, 0);
    struct answer *a = analyse_trace(trace_builder_save(&b), NULL, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
}

static const struct answer_wait *row(const struct answer *a, uint32_t id,
                                     uint32_t heap) {
    for (size_t i = 0; i < a->wait_count; i++)
        if (a->waits[i].thread_id == id && a->waits[i].heap == heap)
            return &a->waits[i];
    cr_fatal("no frees by %u of heap %u", id, heap);
}

TestSuite(waits, .init = begin);

Test(waits, end_with_the_oldest_that_are_taken_back) {
    struct answer *a = answer();
    cr_assert(eq(sz, a->wait_count, 3));

    const struct answer_wait *first = &a->waits[0]; // who frees most
    cr_expect(eq(str, (char *)first->thread, (char *)"freer"));
    cr_expect(eq(str, (char *)first->owner, (char *)"main"));
    cr_expect(eq(u64, first->frees, 2));
    cr_expect(eq(u64, first->bytes, 2000));
    cr_expect(eq(u64, first->taken_back, 2));
    cr_expect(eq(u64, first->longest_ns, 30));
    cr_expect(eq(u64, first->mean_ns, 25));
    cr_expect(eq(u64, first->waiting, 0));
    answer_free(a);
}

Test(waits, that_go_on_are_told_with_the_age_of_the_oldest) {
    BUILD(&b, 3, 150, FREE_DEFERRED, 2, 1);
    struct answer *a = answer();

    const struct answer_wait *other = row(a, 12, 1);
    cr_expect(eq(u64, other->frees, 1));
    cr_expect(eq(u64, other->taken_back, 0));
    cr_expect(eq(u64, other->waiting, 1));
    cr_expect(eq(u64, other->waiting_bytes, 1000));
    cr_expect(eq(u64, other->oldest_ns, 179)); // 121 to 300
    const struct answer_wait *both = row(a, 13, 2);
    cr_expect(eq(u64, both->waiting, 2));
    cr_expect(eq(u64, both->waiting_bytes, 8000));
    cr_expect(eq(u64, both->oldest_ns, 170));
    answer_free(a);
}

Test(waits, of_a_ring_that_goes_to_another_thread_are_told_apart) {
    BUILD(&b, 3, 200, THREAD_START, 14, 4);
    BUILD(&b, 3, 210, FREE_DEFERRED, 2, 2);
    BUILD(&b, 2, 220, DEFERRED_COLLECT, 2, 2, 2);
    struct answer *a = answer();

    cr_expect(eq(u64, row(a, 13, 2)->longest_ns, 90)); // 130 to 220
    cr_expect(eq(u64, row(a, 14, 2)->longest_ns, 10));
    cr_expect(eq(str, (char *)row(a, 14, 2)->thread, (char *)"next"));
    answer_free(a);
}

// A pause: what waited may have been taken back or not. A state says how many
// wait; since when and by whom nobody knows.
Test(waits, in_a_pause_are_not_made_up) {
    BUILD(&b, 0, 230, SNAPSHOT, 1, 5, 64 * 65536);
    BUILD(&b, 0, 230, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 230, SPAN_ACQUIRE, 1, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 0, 230, ALLOC, 0, 0, 1, 7);
    BUILD(&b, 0, 230, FREE_DEFERRED, 1, 7);
    BUILD(&b, 0, 230, SNAPSHOT_END, 0);
    struct answer *a = answer();

    cr_expect(eq(u64, row(a, 12, 1)->unseen, 1));
    cr_expect(eq(u64, row(a, 12, 1)->waiting, 0));
    cr_expect(eq(u64, row(a, 13, 2)->unseen, 1));
    const struct answer_wait *told = row(a, 0, 1);
    cr_expect(eq(ptr, (void *)told->thread, NULL));
    cr_expect(eq(u64, told->waiting, 1));
    cr_expect(eq(u64, told->oldest_ns, 70)); // 230 to 300
    answer_free(a);
}
