// test_config.c - the config makes the difference that its header promises.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "core/heap/cache.h"
#include "core/memory/surplus.h"
#include "core/rpmalloc.h"
#include "core/span/segment.h"
#include "tests/core/embedder.h"
#include "tests/core/mapping.h"
#include "tests/core/threads.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SPAN = 65536, MEBIBYTE = 1 << 20, BLOCKS = 64 };

static void *blocks[4096];

static struct rpmalloc_global_statistics global_now(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now;
}

static void initialize(struct rpmalloc_config config) {
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
}

// 64 large blocks of 4 spans, 16 MiB in all, are had and given back.
static void use_and_free(void) {
    for (int i = 0; i < BLOCKS; ++i)
        blocks[i] = rpmalloc(4 * SPAN - 1000);
    for (int i = 0; i < BLOCKS; ++i)
        rpfree(blocks[i]);
}

// ---- caches ----

Test(config, by_default_a_thread_keeps_two_mebibytes) {
    initialize((struct rpmalloc_config){0});

    use_and_free();

    cr_assert(eq(sz, global_now().thread_cache, 2 * MEBIBYTE));
}

Test(config, a_thread_keeps_as_much_as_it_is_told) {
    initialize((struct rpmalloc_config){.thread_cache_bytes = 9 * SPAN});

    use_and_free();

    // Two runs of four spans fit into nine.
    cr_assert(eq(sz, global_now().thread_cache, 8 * SPAN));
}

Test(config, a_thread_may_keep_nothing) {
    initialize(
        (struct rpmalloc_config){.thread_cache_bytes = RPMALLOC_NOTHING});

    use_and_free();

    cr_assert(zero(sz, global_now().thread_cache));
}

Test(config, by_default_what_all_threads_keep_goes_by_work) {
    initialize((struct rpmalloc_config){0});

    use_and_free();
    size_t kept = global_now().global_cache;
    for (int i = 0; i < 200000; ++i)
        rpfree(rpmalloc(100));

    cr_assert(eq(sz, kept, BLOCKS * 4 * SPAN - 2 * MEBIBYTE));
    cr_assert(gt(sz, global_now().global_cache, 0));
    cr_assert(le(sz, global_now().global_cache, MEBIBYTE));
}

Test(config, all_threads_keep_as_much_as_they_are_told) {
    initialize((struct rpmalloc_config){.global_cache_bytes = 3 * MEBIBYTE});

    use_and_free();

    cr_assert(le(sz, global_now().global_cache, 3 * MEBIBYTE));
}

Test(config, all_threads_may_keep_nothing) {
    initialize(
        (struct rpmalloc_config){.thread_cache_bytes = RPMALLOC_NOTHING,
                                 .global_cache_bytes = RPMALLOC_NOTHING});

    use_and_free();

    cr_assert(zero(sz, global_now().global_cache));
}

Test(config, memory_is_kept_until_it_is_collected_if_so_told) {
    initialize((struct rpmalloc_config){.purge = RPMALLOC_PURGE_NEVER});

    use_and_free();

    cr_assert(ge(sz, global_now().global_cache + global_now().thread_cache,
                 BLOCKS * 4 * SPAN));
    rpmalloc_thread_collect();
    cr_assert(zero(sz, global_now().global_cache));
}

// ---- segments ----

static size_t largest_request;
static struct rpmalloc_config unkind;

static void *note_request(size_t size) {
    if (size > largest_request)
        largest_request = size;
    return unkind.allocate_memory(size);
}

static void fill_with_small_blocks(size_t segment_bytes) {
    unkind = embedder_config();
    embedder_reset(16);
    initialize((struct rpmalloc_config){
        .allocate_memory = note_request,
        .deallocate_memory = unkind.deallocate_memory,
        .segment_bytes = segment_bytes,
    });
    for (int i = 0; i < 4096; ++i)
        blocks[i] = rpmalloc(8000);
}

Test(config, by_default_at_most_4_mebibytes_are_asked_for_at_once) {
    fill_with_small_blocks(0);

    cr_assert(eq(sz, largest_request, 4 * MEBIBYTE));
    rpmalloc_finalize();
}

static const size_t segment_sizes[] = {256 * 1024, 300000, MEBIBYTE,
                                       3 * MEBIBYTE, 4 * MEBIBYTE};

Test(config, no_more_is_asked_for_at_once_than_is_told) {
    for (size_t i = 0; i < sizeof segment_sizes / sizeof *segment_sizes; ++i) {
        largest_request = 0;
        fill_with_small_blocks(segment_sizes[i]);

        cr_assert(le(sz, largest_request, segment_sizes[i]));
        cr_assert(ge(sz, largest_request, segment_sizes[i] / 2));
        rpmalloc_finalize();
    }
}

Test(config, a_large_block_gets_its_segment_whatever_is_told) {
    fill_with_small_blocks(256 * 1024);

    void *large = rpmalloc(2000000);

    cr_assert(ne(ptr, large, NULL));
    memset(large, 1, 2000000);
    rpmalloc_finalize();
    cr_assert(zero(sz, embedder_outstanding()));
}

// ---- what the system is told ----

static int is_advised(const void *block) {
    if (!mapping_says("/proc/self/smaps", block, "VmFlags:"))
        cr_skip_test("the system does not tell");
    return mapping_says("/proc/self/smaps", block, " hg");
}

static void *grown_block(void) {
    for (int i = 0; i < 100000; ++i)
        if (rpmalloc(100) == NULL)
            return NULL;
    return rpmalloc(100);
}

Test(config, segments_are_advised_to_be_of_huge_pages) {
    initialize(
        (struct rpmalloc_config){.huge_pages = RPMALLOC_HUGE_PAGES_ALWAYS});

    cr_assert(is_advised(rpmalloc(100)));
    cr_assert(is_advised(rpmalloc(10 * MEBIBYTE)));
}

Test(config, a_small_program_is_not_advised_when_nothing_is_told) {
    initialize((struct rpmalloc_config){0});

    cr_assert(not(is_advised(rpmalloc(100))));
    // Beside them a block that it may never touch, and one that it will.
    cr_assert(not(is_advised(rpmalloc(40 * MEBIBYTE))));
    cr_assert(is_advised(rpmalloc(10 * MEBIBYTE)));
}

Test(config, a_heap_that_has_grown_is_advised_when_nothing_is_told) {
    initialize((struct rpmalloc_config){0});

    cr_assert(is_advised(grown_block()));
}

static struct rpmalloc_config never_huge[] = {
    {.huge_pages = RPMALLOC_HUGE_PAGES_NEVER},
    {.global_cache_bytes = RPMALLOC_NOTHING},
    {.huge_pages = RPMALLOC_HUGE_PAGES_ALWAYS, .segment_bytes = MEBIBYTE},
};

ParameterizedTestParameters(config, nothing_is_advised_for) {
    return cr_make_param_array(struct rpmalloc_config, never_huge,
                               sizeof never_huge / sizeof *never_huge);
}

ParameterizedTest(struct rpmalloc_config *config, config,
                  nothing_is_advised_for) {
    initialize(*config);

    cr_assert(not(is_advised(grown_block())));
}

Test(config, who_wants_huge_pages_and_nothing_kept_has_nothing_kept) {
    initialize(
        (struct rpmalloc_config){.huge_pages = RPMALLOC_HUGE_PAGES_ALWAYS,
                                 .thread_cache_bytes = RPMALLOC_NOTHING,
                                 .global_cache_bytes = RPMALLOC_NOTHING});
    cr_assert(is_advised(grown_block()));

    use_and_free();

    cr_assert(zero(sz, global_now().thread_cache));
    cr_assert(zero(sz, global_now().global_cache));
}

Test(config, mappings_have_the_name_where_the_system_can) {
    initialize((struct rpmalloc_config){.name = "level memory"});
    void *block = rpmalloc(100);

    if (!mapping_says("/proc/self/maps", block, "[anon:"))
        cr_skip_test("this system has no names for mappings");
    cr_assert(mapping_says("/proc/self/maps", block, "[anon:level memory]"));
}

// ---- when ----

Test(config, one_that_comes_after_the_first_block_changes_nothing) {
    void *block = rpmalloc(10000000);
    struct rpmalloc_config config = embedder_config();
    embedder_reset(16);

    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
    rpfree(rpmalloc(100));
    rpfree(block);
    rpmalloc_finalize();

    cr_assert(zero(sz, load_relaxed(&embedder.calls)));
}

static void assert_refused(struct rpmalloc_config config) {
    embedder_reset(16);
    errno = 0;

    cr_assert(eq(int, rpmalloc_initialize_config(&config), -1));

    cr_assert(eq(int, errno, EINVAL));
    cr_assert(zero(sz, global_now().heaps));
}

Test(config, one_of_the_two_functions_of_the_embedder_is_refused) {
    struct rpmalloc_config config = embedder_config();

    assert_refused(
        (struct rpmalloc_config){.allocate_memory = config.allocate_memory});
    assert_refused((struct rpmalloc_config){.deallocate_memory =
                                                config.deallocate_memory});
    initialize(config);
    rpfree(rpmalloc(100));
    cr_assert(gt(sz, load_relaxed(&embedder.calls), 0));
    rpmalloc_finalize();
}

// ---- two threads at once ----

enum { TWO = 2, ROUNDS = 3000 };

static _Atomic(int) arrived;

// What each of two threads tells, and what came of it.
static void configure_in_race(int index, void *context) {
    int *results = context;
    struct rpmalloc_config config = {
        .thread_cache_bytes = index == 0 ? RPMALLOC_NOTHING : 16 * SPAN,
        .segment_bytes = index == 0 ? 256 * 1024 : 4 * MEBIBYTE,
        .global_cache_bytes = index == 0 ? 1000 : 3000,
    };

    // Wait for the other, awake.
    add_relaxed(&arrived, 1);
    for (int i = 0; i < 100000 && load_relaxed(&arrived) < TWO; ++i)
        continue;
    results[index] = rpmalloc_initialize_config(&config);
    results[TWO + index] = results[index] == 0 ? 0 : errno;
    rpmalloc_thread_reset();
}

Test(config, of_two_threads_at_once_one_tells) {
    int mixed = 0, strange = 0;

    for (int i = 0; i < ROUNDS; ++i) {
        int results[2 * TWO] = {0};
        store_relaxed(&arrived, 0);
        threads_run(TWO, configure_in_race, results);
        int first = rp_cache_limit == 0;
        mixed += first != (rp_segment_settings.most_spans == 4) ||
                 first != (rp_surplus_settings.keep_bytes == 1000);
        for (int k = 0; k < TWO; ++k)
            strange += results[k] != 0 && results[TWO + k] != EAGAIN;
        strange += results[0] != 0 && results[1] != 0;
        rpmalloc_finalize();
    }

    cr_assert(zero(int, mixed));
    cr_assert(zero(int, strange));
}

Test(config, it_holds_until_finalize_and_not_longer) {
    initialize(
        (struct rpmalloc_config){.thread_cache_bytes = RPMALLOC_NOTHING});
    rpmalloc_finalize();
    initialize((struct rpmalloc_config){0});

    use_and_free();

    cr_assert(gt(sz, global_now().thread_cache, 0));
}
