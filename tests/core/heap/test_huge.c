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

    cr_assert(le(sz, now.huge, 5000000 + 8192));
    rpfree(block);
}
