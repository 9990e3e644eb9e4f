// test_huge.c - blocks with memory of their own.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/huge.h"
#include "core/heap/large.h"
#include "core/hook.h"
#include "core/memory/huge_memory.h"
#include "core/rpmalloc.h"
#include "tests/core/blocks.h"
#include "tests/core/embedder.h"

#include <stdint.h>
#include <sys/resource.h>

static int is_zero_block;

Test(huge, every_alignment_fits_in_memory_at_any_offset) {
    for (size_t offset = 0; offset < 4096; offset = offset * 3 + 1) {
        struct rpmalloc_config config = embedder_config();
        embedder_reset(offset);
        cr_assert(zero(int, rpmalloc_initialize_config(&config)));
        for (size_t alignment = 16; alignment <= 1 << 22; alignment *= 4) {
            unsigned char *block =
                rp_huge_alloc(5000000, alignment, &is_zero_block);
            cr_assert(block_fits(block, 5000000, alignment));
            cr_assert(not(is_zero_block));
            rpfree(block);
        }
        rpmalloc_finalize();
        cr_assert(zero(sz, embedder_outstanding()));
    }
}

// A run of so many spans is alone in its segment, and ends with a whole one.
Test(huge, an_embedder_pays_no_span_that_half_a_segment_does_not_fill) {
    enum { HALF = SEGMENT_SPANS / 2 * SPAN_BYTES, PAGES = 8192 };
    struct rpmalloc_config config = embedder_config();
    embedder_reset(16);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
    rpfree(rpmalloc(1));
    size_t before = load_relaxed(&embedder.asked);

    void *block = rpmalloc(HALF);

    cr_assert(le(sz, load_relaxed(&embedder.asked) - before,
                 HALF + SPAN_BYTES + PAGES));
    rpfree(block);
    size_t calls = load_relaxed(&embedder.calls);
    for (int i = 0; i < 1000; ++i)
        rpfree(rpmalloc(HALF));
    cr_assert(le(sz, load_relaxed(&embedder.calls) - calls, 2));
}

Test(huge, blocks_have_different_numbers) {
    void *first = rpmalloc(5000000);
    void *second = rpmalloc(5000000);

    cr_assert(ge(uint, span_of(first)->number, RP_HUGE_BIT));
    cr_assert(ge(uint, span_of(second)->number, RP_HUGE_BIT));
    cr_assert(ne(uint, span_of(first)->number, span_of(second)->number));
    rpfree(first);
    rpfree(second);
}

Test(huge, there_is_no_limit_of_blocks) {
    enum { COUNT = 400 };
    static unsigned char *many[COUNT];
    unsigned wrong = 0;

    for (int i = 0; i < COUNT; ++i) {
        many[i] = rpmalloc(LARGE_MAX + 1);
        many[i][0] = many[i][LARGE_MAX] = (unsigned char)i;
    }
    for (int i = 0; i < COUNT; ++i) {
        wrong += many[i][0] != (unsigned char)i ||
                 many[i][LARGE_MAX] != (unsigned char)i;
        rpfree(many[i]);
    }

    cr_assert(zero(uint, wrong));
    cr_assert(zero(sz, rp_huge_memory_in_use()));
}

Test(huge, as_much_as_asked_for_and_little_more_is_mapped) {
    struct rpmalloc_global_statistics now;

    void *block = rpmalloc(5000000);
    rpmalloc_global_statistics(&now);

    cr_assert(le(sz, now.huge, 5000000 + SPAN_BYTES));
    rpfree(block);
}

// ---- longer and shorter ----

static size_t faults(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_minflt;
}

static unsigned wrong_bytes(const unsigned char *block, size_t size) {
    unsigned wrong = 0;

    for (size_t i = 0; i < size; i += 1000)
        wrong += block[i] != (unsigned char)(i / 1000);
    return wrong;
}

static void write_bytes(unsigned char *block, size_t size) {
    for (size_t i = 0; i < size; i += 1000)
        block[i] = (unsigned char)(i / 1000);
}

Test(huge, a_block_of_the_system_grows_and_shrinks_with_its_pages) {
    enum { MIB = 1 << 20 };
    static void *between[12];
    unsigned char *block = rpmalloc(20 * MIB);
    write_bytes(block, 20 * MIB);
    size_t before = faults();

    for (int i = 0; i < 12; ++i) {
        // So that there is no room behind it.
        between[i] = rpmalloc(4 * MIB);
        block = rprealloc(block, (size_t)(30 + 10 * i) * MIB);
        cr_assert(ge(sz, rpmalloc_usable_size(block), (30 + 10 * i) * MIB));
    }
    cr_assert(zero(uint, wrong_bytes(block, 20 * MIB)));
    block = rprealloc(block, 10 * MIB);

    cr_assert(lt(sz, faults() - before, 10 * MIB / 4096));
    cr_assert(lt(sz, rpmalloc_usable_size(block), 12 * MIB));
    cr_assert(zero(uint, wrong_bytes(block, 10 * MIB)));
    rpfree(block);
    for (int i = 0; i < 12; ++i)
        rpfree(between[i]);
    cr_assert(zero(sz, rp_huge_memory_in_use()));
}

Test(huge, a_block_with_a_great_alignment_is_copied) {
    size_t alignment = (size_t)1 << 21;
    unsigned char *block = rpaligned_alloc(alignment, 5000000);
    write_bytes(block, 5000000);

    block = rpaligned_realloc(block, alignment, 50000000, 0, 0);

    cr_assert(zero(sz, (uintptr_t)block % alignment));
    cr_assert(zero(uint, wrong_bytes(block, 5000000)));
    rpfree(block);
}

Test(huge, a_block_of_an_embedder_is_copied) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(48);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
    unsigned char *block = rpmalloc(5000000);
    write_bytes(block, 5000000);

    block = rprealloc(block, 50000000);

    cr_assert(zero(uint, wrong_bytes(block, 5000000)));
    rpfree(block);
    rpmalloc_finalize();
    cr_assert(zero(sz, embedder_outstanding()));
}

Test(huge, a_block_of_a_first_class_heap_stays_of_it) {
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    unsigned char *block = rpmalloc_heap_alloc(heap, 5000000);
    write_bytes(block, 5000000);

    block = rpmalloc_heap_realloc(heap, block, 50000000);

    cr_assert(eq(ptr, rpmalloc_get_heap_for_ptr(block), heap));
    cr_assert(zero(uint, wrong_bytes(block, 5000000)));
    rpmalloc_heap_free_all(heap);
    cr_assert(zero(sz, rp_huge_memory_in_use()));
    rpmalloc_heap_release(heap);
}
