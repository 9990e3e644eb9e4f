// test_own_heap.c - spans and segments of a heap of its own.
#include "viewer/metric/own_heap.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { SPAN = 65536 };

Test(own_heap, of_nothing_takes_nothing) {
    struct own_heap own = {.span_bytes = SPAN};
    cr_expect(eq(u64, own_heap_bytes(&own), 0));
}

Test(own_heap, begins_with_four_spans_and_doubles) {
    struct own_heap own = {.span_bytes = SPAN};

    own_heap_add(&own, 3, 100, 1, SPAN);
    cr_expect(eq(u64, own_heap_bytes(&own), 4 * SPAN));
    own_heap_add(&own, 3, 100, 399, SPAN);
    cr_expect(eq(u64, own_heap_bytes(&own), 4 * SPAN));
    own_heap_add(&own, 3, 100, 1, SPAN);
    cr_expect(eq(u64, own_heap_bytes(&own), 12 * SPAN));
}

Test(own_heap, grows_by_an_eighth_of_what_all_have) {
    cr_expect(eq(u64, own_heap_shared(1, 0).spans, 4));
    cr_expect(eq(u64, own_heap_shared(52, 0).spans, 52));
    cr_expect(eq(u64, own_heap_shared(53, 0).spans, 60));
    cr_expect(le(u64, own_heap_shared(1000, 0).spans, 1064));
}

Test(own_heap, loses_a_span_of_each_segment_of_an_embedder) {
    cr_expect(eq(u64, own_heap_shared(3, 1).spans, 4));
    cr_expect(eq(u64, own_heap_shared(4, 1).spans, 8));
    // Of 16 segments of 4 spans 48 serve; the next one has 8.
    cr_expect(eq(u64, own_heap_shared(48, 1).spans, 64));
    cr_expect(eq(u64, own_heap_shared(49, 1).spans, 72));
    cr_expect(eq(u64, own_heap_shared(49, 1).segments, 17));
}

Test(own_heap, has_a_span_for_each_class_and_whole_ones_for_large_blocks) {
    struct own_heap own = {.span_bytes = SPAN};

    own_heap_add(&own, 1, 100, 1, SPAN);
    own_heap_add(&own, 2, 50, 1, SPAN);
    own_heap_add(&own, 255, 0, 1, 3 * SPAN);

    cr_expect(eq(u64, own_heap_bytes(&own), 12 * SPAN));
}
