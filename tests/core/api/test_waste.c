// test_waste.c - what blocks of one size cost beyond themselves, in both homes
// of memory.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "core/rpmalloc.h"
#include "tests/core/embedder.h"

#include <stdint.h>

enum { BYTES = 200 << 20, PERCENT = 100 };

// Whole bytes of 100 that were asked for.
static size_t percent_of(size_t bytes) {
    return bytes / (BYTES / PERCENT);
}

static void fill(size_t size) {
    for (size_t i = 0; i < BYTES / size; ++i)
        cr_assert(ne(ptr, rpmalloc(size), NULL));
}

// Of the system's memory, what has pages.
static size_t held(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now.mapped - now.segment_free;
}

static size_t pool_sizes[] = {32768, 65536, 131072, 262144, 1 << 20, 2 << 20};

ParameterizedTestParameters(waste, an_embedder_is_asked_for_little_more) {
    return cr_make_param_array(size_t, pool_sizes,
                               sizeof pool_sizes / sizeof pool_sizes[0]);
}

ParameterizedTest(size_t *size, waste, an_embedder_is_asked_for_little_more) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(16);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));

    fill(*size);

    cr_assert(le(sz, percent_of(load_relaxed(&embedder.live)), 106));
}

static size_t page_sizes[] = {4096, 8192, 16384, 32768, 65536, 1 << 20};

ParameterizedTestParameters(waste, blocks_of_whole_pages_fill_the_memory) {
    return cr_make_param_array(size_t, page_sizes,
                               sizeof page_sizes / sizeof page_sizes[0]);
}

ParameterizedTest(size_t *size, waste, blocks_of_whole_pages_fill_the_memory) {
    fill(*size);

    cr_assert(le(sz, percent_of(held()), 102));
}

static size_t alignments[] = {256, 4096};

ParameterizedTestParameters(waste, aligned_blocks_cost_no_more) {
    return cr_make_param_array(size_t, alignments,
                               sizeof alignments / sizeof alignments[0]);
}

ParameterizedTest(size_t *alignment, waste, aligned_blocks_cost_no_more) {
    for (size_t i = 0; i < BYTES / *alignment; ++i)
        cr_assert(ne(ptr, rpaligned_alloc(*alignment, *alignment), NULL));

    cr_assert(le(sz, percent_of(held()), 105));
}
