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
    cr_expect(eq(u64, own_heap_shared(1), 4));
    cr_expect(eq(u64, own_heap_shared(52), 52));
    cr_expect(eq(u64, own_heap_shared(53), 60));
    cr_expect(le(u64, own_heap_shared(1000), 1064));
}

Test(own_heap, has_a_span_for_each_class_and_whole_ones_for_large_blocks) {
    struct own_heap own = {.span_bytes = SPAN};

    own_heap_add(&own, 1, 100, 1, SPAN);
    own_heap_add(&own, 2, 50, 1, SPAN);
    own_heap_add(&own, 255, 0, 1, 3 * SPAN);

    cr_expect(eq(u64, own_heap_bytes(&own), 12 * SPAN));
}
