// test_span.c - finding spans and blocks by address, and lists of spans.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/span/span.h"

#include <stdlib.h>

// Room for a few spans, aligned to one.
static struct span *spans_make(size_t count) {
    struct span *first = aligned_alloc(SPAN_BYTES, count * SPAN_BYTES);

    cr_assert(ne(ptr, first, NULL));
    first->memory = (char *)first;
    return first;
}

static void set_class(struct span *span, unsigned class_index) {
    span->class_index = class_index;
    span->block_bytes = rp_size_classes[class_index].block_bytes;
    span->reciprocal = rp_size_classes[class_index].reciprocal;
    span->capacity = rp_size_classes[class_index].capacity;
    span->start = (uint16_t)class_start(span->block_bytes);
}

Test(span, every_block_of_every_class_finds_its_span_and_index) {
    struct span *span = spans_make(1);
    unsigned wrong = 0;

    for (unsigned c = 1; c < CLASS_COUNT; ++c) {
        set_class(span, c);
        for (uint32_t i = 0; i < span->capacity; ++i) {
            char *block = (char *)span_block(span, i);
            char *last = block + span->block_bytes - 1;
            wrong += span_of(block) != span || span_around(last) != span ||
                     span_block_index(span, block) != i ||
                     span_block_index(span, last) != i;
        }
    }

    cr_assert(zero(uint, wrong));
}

Test(span, every_block_ends_inside_its_span) {
    struct span *span = spans_make(1);

    for (unsigned c = 1; c < CLASS_COUNT; ++c) {
        set_class(span, c);
        char *end = (char *)span_block(span, span->capacity);
        cr_assert(le(ptr, end, (char *)span + SPAN_BYTES));
    }
}

Test(span, a_block_at_a_page_has_its_header_where_the_page_map_says) {
    static struct span apart;
    char *memory = (char *)spans_make(2);

    cr_assert(eq(ptr, span_of(memory + 4096), memory));
    struct page_map_nodes nodes;
    cr_assert(rp_page_map_prepare(&nodes));
    rp_page_map_set(memory, &apart, &nodes);

    cr_assert(eq(ptr, span_of(memory + 4096), &apart));
    cr_assert(eq(ptr, span_of(memory + 15 * 4096), &apart));
    cr_assert(eq(ptr, span_of(memory + 4096 + 16), memory));
    cr_assert(eq(ptr, span_of(memory + SPAN_BYTES), memory + SPAN_BYTES));
    rp_page_map_clear(memory, 2);
    cr_assert(eq(ptr, span_of(memory + 4096), memory));
}

Test(span, flags_leave_the_heap_as_it_is) {
    struct span *span = spans_make(1);
    struct heap *heap = (struct heap *)(uintptr_t)0x12340;
    store_relaxed(&span->owner, (uintptr_t)heap);

    span_set_flag(span, SPAN_FULL);
    span_set_flag(span, SPAN_ALIGNED);
    span_clear_flag(span, SPAN_FULL);

    cr_assert(eq(ptr, (void *)span_heap(span), (void *)heap));
    cr_assert(eq(ulong, span_flags(span), SPAN_ALIGNED));
}

Test(span, a_list_gives_up_its_first_middle_and_last) {
    struct span spans[5];
    struct span *list = NULL;
    for (int i = 0; i < 5; ++i)
        span_list_push(&list, &spans[i]);

    span_list_remove(&list, &spans[4]);
    span_list_remove(&list, &spans[2]);
    span_list_remove(&list, &spans[0]);

    cr_assert(eq(ptr, list, &spans[3]));
    cr_assert(eq(ptr, list->previous, NULL));
    cr_assert(eq(ptr, list->next, &spans[1]));
    cr_assert(eq(ptr, spans[1].previous, &spans[3]));
    cr_assert(eq(ptr, spans[1].next, NULL));
}

Test(span, a_list_can_be_emptied) {
    struct span span;
    struct span *list = NULL;

    span_list_push(&list, &span);
    span_list_remove(&list, &span);

    cr_assert(eq(ptr, list, NULL));
}
