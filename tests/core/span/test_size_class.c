// test_size_class.c - every number of the tables, computed again.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/span/size_class.h"

static unsigned class_of(size_t size) {
    return size <= SMALL_MAX ? small_class(size) : medium_class(size);
}

// What a span has for blocks of `size` bytes: whole pages need no header there.
static size_t room(size_t size) {
    return size % 4096 == 0 ? SPAN_BYTES : SPAN_BYTES - SPAN_HEADER;
}

// As many blocks of `size` bytes as fit into a span.
static unsigned fit(size_t size) {
    return (unsigned)(room(size) / size);
}

// The largest size that falls into a bucket of medium sizes.
static size_t bucket_end(unsigned bucket) {
    size_t doubling = (size_t)SMALL_MAX << bucket / 8;
    size_t end = doubling + (bucket % 8 + 1) * (doubling / 8);

    return end < MEDIUM_MAX ? end : MEDIUM_MAX;
}

Test(size_class, a_small_class_is_a_multiple_of_16) {
    for (unsigned c = 1; c < SMALL_CLASSES; ++c)
        cr_assert(eq(uint, rp_size_classes[c].block_bytes, c * BLOCK_ALIGN));
}

Test(size_class, a_medium_class_leaves_no_room_that_a_larger_one_could_use) {
    for (unsigned bucket = 0; bucket < 40; ++bucket) {
        unsigned capacity = fit(bucket_end(bucket));
        size_t end = bucket_end(bucket);
        size_t largest = SPAN_BYTES / capacity; // of whole pages?
        if (largest % 4096 != 0 && (end & (end - 1)) != 0)
            largest =
                round_down((SPAN_BYTES - SPAN_HEADER) / capacity, MEDIUM_ALIGN);
        else if (largest % 4096 != 0)
            largest = end;

        const struct size_class *class =
            &rp_size_classes[rp_medium_class[bucket]];

        cr_assert(eq(sz, class->block_bytes, largest));
        cr_assert(eq(uint, class->capacity, capacity));
    }
}

Test(size_class, medium_classes_are_numbered_without_gap) {
    cr_assert(eq(uint, rp_medium_class[0], SMALL_CLASSES));
    for (unsigned bucket = 1; bucket < 40; ++bucket)
        cr_assert(rp_medium_class[bucket] - rp_medium_class[bucket - 1] <= 1);
    cr_assert(eq(uint, rp_medium_class[39], CLASS_COUNT - 1));
}

Test(size_class, classes_grow) {
    for (unsigned c = 2; c < CLASS_COUNT; ++c)
        cr_assert(gt(uint, rp_size_classes[c].block_bytes,
                     rp_size_classes[c - 1].block_bytes));
}

Test(size_class, the_capacity_is_what_fits) {
    for (unsigned c = 1; c < CLASS_COUNT; ++c)
        cr_assert(eq(uint, rp_size_classes[c].capacity,
                     fit(rp_size_classes[c].block_bytes)));
}

Test(size_class, blocks_keep_the_alignment_of_their_kind) {
    for (unsigned c = 1; c < CLASS_COUNT; ++c) {
        unsigned align = c < SMALL_CLASSES ? BLOCK_ALIGN : MEDIUM_ALIGN;

        cr_assert(zero(uint, rp_size_classes[c].block_bytes % align));
    }
}

Test(size_class, every_block_is_a_multiple_of_what_its_size_is_one_of) {
    for (unsigned c = 1; c < CLASS_COUNT; ++c) {
        uint32_t size = rp_size_classes[c].block_bytes;
        uint32_t start = class_start(size);
        uint32_t natural = size & (0 - size);

        cr_assert(le(uint, natural, CLASS_ALIGN_MAX));
        cr_assert(zero(uint, start % natural));
        cr_assert(ge(sz, start, SPAN_BYTES - room(size)));
        cr_assert(
            le(uint, start + rp_size_classes[c].capacity * size, SPAN_BYTES));
    }
}

Test(size_class, blocks_of_whole_pages_fill_their_span) {
    for (size_t size = 4096; size <= MEDIUM_MAX; size *= 2) {
        const struct size_class *class = &rp_size_classes[medium_class(size)];

        cr_assert(eq(sz, class->block_bytes, size));
        cr_assert(zero(uint, class_start(class->block_bytes)));
        cr_assert(eq(sz, class->capacity * size, SPAN_BYTES));
    }
}

// span_index_behind: counted from the header's end, wherever the first stands.
Test(size_class, the_begin_of_a_block_has_its_index_from_the_header_on) {
    unsigned wrong = 0;

    for (unsigned c = 1; c < CLASS_COUNT; ++c) {
        const struct size_class *class = &rp_size_classes[c];
        if (class_is_apart(class->block_bytes))
            continue;
        uint32_t first = class_start(class->block_bytes) - SPAN_HEADER;

        for (uint32_t i = 0; i < class->capacity; ++i)
            wrong += block_index(class->reciprocal,
                                 first + i * class->block_bytes) != i;
    }

    cr_assert(zero(uint, wrong));
}

Test(size_class, every_size_has_a_class_that_holds_it) {
    unsigned wrong = 0;

    for (size_t size = 1; size <= MEDIUM_MAX; ++size) {
        unsigned c = class_of(size);
        wrong += c == 0 || c >= CLASS_COUNT ||
                 rp_size_classes[c].block_bytes < size ||
                 (size <= SMALL_MAX &&
                  rp_size_classes[c].block_bytes >= size + BLOCK_ALIGN);
    }

    cr_assert(zero(uint, wrong));
}

Test(size_class, a_larger_size_never_has_a_smaller_class) {
    unsigned wrong = 0;

    for (size_t size = 2; size <= MEDIUM_MAX; ++size)
        wrong += class_of(size) < class_of(size - 1);

    cr_assert(zero(uint, wrong));
}

Test(size_class, block_index_is_exact_for_every_byte_of_a_span) {
    unsigned wrong = 0;

    for (unsigned c = 1; c < CLASS_COUNT; ++c) {
        const struct size_class *class = &rp_size_classes[c];
        for (uint32_t offset = 0; offset < SPAN_BYTES; ++offset)
            wrong += block_index(class->reciprocal, offset) !=
                     offset / class->block_bytes;
    }

    cr_assert(zero(uint, wrong));
}

Test(size_class, class_0_serves_nothing) {
    cr_assert(zero(uint, small_class(0)));
    cr_assert(eq(uint, small_class(1), 1));
}
