// test_collected.c - what is held once all is collected, by hand.
#include "viewer/metric/collected.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { SPAN = 65536, PER_SEGMENT = 64 };

static struct heap heap;

static void begin(void) {
    heap = (struct heap){.span_bytes = SPAN};
    spans_start(&heap.spans, NULL, PER_SEGMENT);
}

static void end(void) {
    spans_free(&heap.spans);
}

// A segment whose spans are what the letters say: 'l'ive, 'k'ept by a thread,
// in the 'g'lobal cache, never 'u'sed. `lead`: bytes before the first.
static void add(uint64_t number, const char *kinds, uint64_t lead) {
    uint32_t count = (uint32_t)strlen(kinds);
    struct segment *segment =
        spans_add_segment(&heap.spans, number, count, SPAN);
    segment->bytes = lead + (uint64_t)count * SPAN;
    for (uint32_t i = 0; i < count; i++) {
        struct span *span = &segment->spans[i];
        span->place = kinds[i] == 'l'   ? SPAN_IN_HEAP
                      : kinds[i] == 'k' ? SPAN_IN_THREAD
                      : kinds[i] == 'g' ? SPAN_IN_GLOBAL
                                        : SPAN_IN_SEGMENT;
        span->live = kinds[i] == 'l';
        span->run = 1;
    }
}

static uint64_t spans_held(bool pages, uint64_t more) {
    return collected_held(&heap, &(struct collected_way){.pages = pages},
                          more) /
           SPAN;
}

TestSuite(collected, .init = begin, .fini = end);

Test(collected, by_pages_what_is_empty_has_gone_and_what_was_never_used_stays) {
    add(0, "lkgu", 0);
    add(1, "kguu", 0);

    cr_expect(eq(u64, spans_held(true, 0), 2));
}

Test(collected, an_embedders_segment_stays_as_a_whole) {
    add(0, "lkgu", SPAN);
    add(1, "kguu", SPAN);

    cr_expect(eq(u64, spans_held(false, 0), 5));
}

Test(collected, who_needs_more_takes_kept_ones_then_used_ones_then_new_ones) {
    add(0, "lgu", 0);
    add(1, "kguu", 0);

    cr_expect(eq(u64, spans_held(true, 0), 2));
    cr_expect(eq(u64, spans_held(true, 1), 5), "k, and its segment stays");
    cr_expect(eq(u64, spans_held(true, 2), 6), "g of the first");
    cr_expect(eq(u64, spans_held(true, 3), 6), "u of the first");
    cr_expect(eq(u64, spans_held(true, 4), 7), "g of the second");
    cr_expect(eq(u64, spans_held(true, 6), 7));
    cr_expect(eq(u64, spans_held(true, 7), 11), "a segment of four");
    cr_expect(eq(u64, spans_held(true, 11), 15));
}

Test(collected, a_new_segment_of_huge_pages_has_32_spans) {
    struct collected_way huge = {.pages = true, .huge = true};
    add(0, "lll", 0);

    cr_expect(eq(u64, collected_held(&heap, &huge, 1) / SPAN, 3 + 32));
}

Test(collected, a_new_segment_of_an_embedder_loses_a_span) {
    add(0, "lll", SPAN);

    cr_expect(eq(u64, spans_held(false, 3), 8));
    cr_expect(eq(u64, spans_held(false, 4), 12));
}

Test(collected, a_large_block_keeps_all_its_spans) {
    add(0, "lkkg", 0);
    struct segment *segment = spans_segment(&heap.spans, 0);
    segment->spans[0].run = 3;
    for (uint32_t i = 1; i < 3; i++) {
        segment->spans[i].place = SPAN_IN_RUN;
        segment->spans[i].run = i;
    }
    segment->spans[2].decommitted = SPAN;

    cr_expect(eq(u64, spans_held(true, 0), 2));
    segment->spans[0].live = 0;
    cr_expect(eq(u64, spans_held(true, 0), 0));
}

Test(collected, a_huge_block_stays_while_it_lives) {
    struct span *huge = spans_add_huge(&heap.spans, SPAN_HUGE_BIT, 10 * SPAN);
    huge->live = 1;
    heap.bookkeeping_bytes = 2 * SPAN;

    cr_expect(eq(u64, spans_held(true, 0), 12));
    huge->live = 0;
    cr_expect(eq(u64, spans_held(true, 0), 2));
    spans_take_huge(&heap.spans, huge);
    spans_free_segment(NULL, huge, 1);
}
