// test_aligned.c - aligned blocks of classes whose blocks are aligned anyway.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/begin.h"
#include "core/rpmalloc.h"
#include "core/span/span.h"

#include <stdint.h>

// Without interior pointers in its span, nothing there takes a slow path.
static void assert_whole(const void *block, size_t alignment, size_t usable) {
    cr_assert(zero(ulong, (uintptr_t)block % alignment));
    cr_assert(eq(sz, rpmalloc_usable_size(block), usable));
    cr_assert(zero(ulong, span_flags(span_of(block)) & SPAN_ALIGNED));
}

// The first blocks of a size may be of another class, but are as well aligned.
static void begin(size_t alignment, size_t size) {
    for (int i = 0; i < BEGIN_BLOCKS; ++i) {
        void *block = rpaligned_alloc(alignment, size);
        cr_assert(zero(ulong, (uintptr_t)block % alignment));
        cr_assert(ge(sz, rpmalloc_usable_size(block), size));
        cr_assert(zero(ulong, span_flags(span_of(block)) & SPAN_ALIGNED));
    }
}

Test(aligned, a_small_multiple_of_the_alignment_wastes_nothing) {
    for (size_t alignment = 32; alignment <= SMALL_MAX; alignment *= 2)
        for (size_t size = alignment; size <= SMALL_MAX; size += alignment) {
            begin(alignment, size);
            assert_whole(rpaligned_alloc(alignment, size), alignment, size);
        }
}

Test(aligned, a_power_of_two_as_its_own_alignment_wastes_nothing) {
    for (size_t size = 32; size <= CLASS_ALIGN_MAX; size *= 2) {
        begin(size, size);
        for (int i = 0; i < 100; ++i)
            assert_whole(rpaligned_alloc(size, size), size, size);
    }
}

Test(aligned, what_lies_between_gets_the_next_class_that_is_aligned) {
    assert_whole(rpaligned_alloc(256, 1000), 256, 1024);
    assert_whole(rpaligned_alloc(256, 1025), 256, 1280);
    assert_whole(rpaligned_alloc(1024, 1500), 1024, 2048);
    assert_whole(rpaligned_alloc(512, 4097), 512, 4608);
    assert_whole(rpaligned_alloc(4096, 5000), 4096, 8192);
}
