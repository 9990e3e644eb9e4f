// test_memory.c - the contract with an embedder that supplies the memory.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "core/rpmalloc.h"
#include "tests/core/embedder.h"
#include "tests/core/shadow.h"
#include "tests/core/threads.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { FIRST_BYTES = 256 * 1024 };

static struct shadow shadow;

// offset: where the embedder's memory starts in its page.
static void start(size_t offset) {
    struct rpmalloc_config config = embedder_config();

    embedder_reset(offset);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
}

static void assert_all_given_back(void) {
    cr_assert(zero(sz, embedder_outstanding()));
    cr_assert(zero(sz, load_relaxed(&embedder.live)));
    cr_assert(zero(sz, load_relaxed(&embedder.mistakes)));
}

static void assert_shadow(void) {
    cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
}

static void run_steps(uint64_t seed, size_t places, size_t most_bytes,
                      int steps) {
    shadow_init(&shadow, seed, places, most_bytes);
    for (int i = 0; i < steps; ++i) {
        shadow_step(&shadow);
        if (i % 400 == 399)
            rpmalloc_thread_collect();
    }
}

// ---- how much, and from where ----

static size_t offsets[] = {0,  1,  2,  7,   8,   15,   16,   17,   24,  32,
                           63, 64, 65, 100, 128, 1000, 2048, 4080, 4095};

ParameterizedTestParameters(memory, any_offset_will_do_for_the_memory) {
    return cr_make_param_array(size_t, offsets,
                               sizeof offsets / sizeof offsets[0]);
}

ParameterizedTest(size_t *offset, memory, any_offset_will_do_for_the_memory) {
    start(*offset);

    run_steps(*offset + 1, 300, 3 << 20, 1000);
    shadow_free_all(&shadow);
    rpmalloc_finalize();

    assert_shadow();
    cr_assert(zero(sz, shadow.failures));
    assert_all_given_back();
}

Test(memory, the_first_allocation_asks_for_little) {
    start(16);

    rpfree(rpmalloc(100));

    cr_assert(le(sz, load_relaxed(&embedder.asked), FIRST_BYTES));
    rpmalloc_finalize();
}

Test(memory, a_few_blocks_of_small_sizes_ask_for_nothing_more) {
    start(1);

    rpfree(rpmalloc(16));
    rpfree(rpmalloc(100));
    rpfree(rpmalloc(1000));

    cr_assert(le(sz, load_relaxed(&embedder.asked), FIRST_BYTES));
    rpmalloc_finalize();
}

Test(memory, initialize_asks_for_no_more_than_the_first_allocation) {
    start(16);

    cr_assert(le(sz, load_relaxed(&embedder.asked), FIRST_BYTES));
    rpmalloc_finalize();
}

Test(memory, the_embedder_is_called_rarely) {
    start(16);
    enum { COUNT = 50000 };
    static void *blocks[COUNT];

    // 50,000 blocks of 256 bytes are 13 MB.
    for (int i = 0; i < COUNT; ++i)
        blocks[i] = rpmalloc(256);
    for (int i = 0; i < COUNT; ++i)
        rpfree(blocks[i]);

    // A request is an eighth of what there is, in powers of two: 16 of 256 KiB,
    // then 8 until each doubling; one span of each is lost by alignment.
    cr_assert(le(sz, load_relaxed(&embedder.calls), 35));
    rpmalloc_finalize();
}

Test(memory, what_is_held_is_what_the_statistics_say) {
    struct rpmalloc_global_statistics now;
    start(48);

    for (int round = 0; round < 8; ++round) {
        run_steps((uint64_t)round + 1, 100, 4 << 20, 200);
        rpmalloc_global_statistics(&now);
        cr_assert(eq(sz, now.mapped, load_relaxed(&embedder.live)));
        shadow_free_all(&shadow);
    }

    rpmalloc_finalize();
    rpmalloc_global_statistics(&now);
    cr_assert(zero(sz, now.mapped));
    assert_all_given_back();
}

Test(memory, the_peak_is_the_most_that_was_held) {
    struct rpmalloc_global_statistics now;
    start(16);

    void *block = rpmalloc(32 << 20);
    size_t most = load_relaxed(&embedder.live);
    rpfree(block);

    rpmalloc_global_statistics(&now);
    cr_assert(eq(sz, now.mapped_peak, most));
    cr_assert(lt(sz, now.mapped, most));
    rpmalloc_finalize();
}

// ---- giving back ----

Test(memory, collect_gives_back_what_holds_no_block) {
    struct rpmalloc_global_statistics now;
    start(16);
    enum { COUNT = 40 };
    void *blocks[COUNT];

    for (int i = 0; i < COUNT; ++i)
        blocks[i] = rpmalloc(1 << 20);
    for (int i = 0; i < COUNT; ++i)
        rpfree(blocks[i]);
    rpmalloc_thread_collect();

    rpmalloc_global_statistics(&now);
    cr_assert(eq(sz, load_relaxed(&embedder.live), now.bookkeeping));
    rpmalloc_finalize();
}

Test(memory, a_huge_block_is_given_back_at_once) {
    start(16);
    rpfree(rpmalloc(1));
    size_t before = load_relaxed(&embedder.live);

    rpfree(rpmalloc(100 << 20));

    cr_assert(eq(sz, load_relaxed(&embedder.live), before));
    rpmalloc_finalize();
}

Test(memory, finalize_gives_back_also_what_still_holds_blocks) {
    start(24);

    run_steps(1, 300, 4 << 20, 1000);
    rpmalloc_finalize();

    assert_shadow();
    assert_all_given_back();
}

Test(memory, the_allocator_can_be_initialized_again_and_again) {
    for (size_t round = 0; round < 8; ++round) {
        start(round * 16);
        run_steps(round + 1, 200, 1 << 20, 500);
        rpmalloc_finalize();

        assert_shadow();
        assert_all_given_back();
    }
}

Test(memory, nothing_of_one_life_counts_in_the_next) {
    struct rpmalloc_global_statistics now;
    start(16);
    run_steps(1, 300, 4 << 20, 1000);
    rpmalloc_finalize();

    start(16);
    rpmalloc_global_statistics(&now);

    cr_assert(zero(sz, now.mapped));
    cr_assert(zero(sz, now.large));
    cr_assert(zero(sz, now.huge));
    cr_assert(zero(sz, now.thread_cache));
    cr_assert(zero(sz, now.global_cache));
    cr_assert(zero(sz, now.segment_free));
    cr_assert(zero(sz, now.segments));
    cr_assert(eq(sz, now.heaps, 1));
    rpmalloc_finalize();
}

Test(memory, the_system_serves_again_after_an_embedder_did) {
    start(16);
    rpfree(rpmalloc(100));
    rpmalloc_finalize();
    size_t calls = load_relaxed(&embedder.calls);

    cr_assert(zero(int, rpmalloc_initialize()));
    rpfree(rpmalloc(100));

    cr_assert(eq(sz, load_relaxed(&embedder.calls), calls));
    rpmalloc_finalize();
}

Test(memory, a_config_that_comes_late_changes_nothing) {
    start(16);
    struct rpmalloc_config other = {0};

    cr_assert(zero(int, rpmalloc_initialize_config(&other)));
    rpfree(rpmalloc(100));

    cr_assert(gt(sz, load_relaxed(&embedder.calls), 0));
    rpmalloc_finalize();
    assert_all_given_back();
}

static void hold_heap(int index, void *context) {
    void **blocks = context;

    blocks[index] = rpmalloc(100);
}

static void *end_late(void *argument) {
    pthread_barrier_t *barrier = argument;

    rpfree(rpmalloc(100));
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    return NULL;
}

Test(memory, a_thread_that_has_a_heap_may_end_after_finalize) {
    // The thread ends without a reset, while its heap does not exist any more.
    start(16);
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t thread;

    cr_assert(zero(int, pthread_create(&thread, NULL, end_late, &barrier)));
    pthread_barrier_wait(&barrier);
    rpmalloc_finalize();
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);

    assert_all_given_back();
}

static void *live_on(void *argument) {
    pthread_barrier_t *barrier = argument;
    void *block = NULL;

    rpfree(rpmalloc(100));
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    rpmalloc_thread_initialize();
    block = rpmalloc(100);
    rpmalloc_thread_reset();
    return block;
}

Test(memory, a_thread_that_has_a_heap_can_get_one_of_the_next_life) {
    pthread_barrier_t barrier;
    pthread_t thread;
    void *block;
    pthread_barrier_init(&barrier, NULL, 2);
    start(16);
    cr_assert(zero(int, pthread_create(&thread, NULL, live_on, &barrier)));
    pthread_barrier_wait(&barrier);
    rpmalloc_finalize();
    cr_assert(zero(sz, embedder_outstanding()));

    start(16);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, &block);

    cr_assert(ne(ptr, block, NULL));
    rpfree(block);
    rpmalloc_finalize();
    assert_all_given_back();
}

Test(memory, heaps_and_tables_of_many_threads_are_given_back) {
    static void *blocks[THREADS_MAX];
    start(17);

    threads_run(THREADS_MAX, hold_heap, blocks);
    for (int i = 0; i < THREADS_MAX; ++i)
        rpfree(blocks[i]);
    rpmalloc_finalize();

    assert_all_given_back();
}

// ---- no memory ----

Test(memory, without_any_memory_every_call_says_so) {
    start(16);
    embedder.fail_count = SIZE_MAX;
    static const size_t sizes[] = {0, 1, 1000, 30000, 100000, 10000000};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        void *result = NULL;

        errno = 0;
        cr_assert(eq(ptr, rpmalloc(sizes[i]), NULL));
        cr_assert(eq(int, errno, ENOMEM));
        errno = 0;
        cr_assert(eq(ptr, rpcalloc(1, sizes[i]), NULL));
        cr_assert(eq(int, errno, ENOMEM));
        errno = 0;
        cr_assert(eq(ptr, rprealloc(NULL, sizes[i]), NULL));
        cr_assert(eq(int, errno, ENOMEM));
        errno = 0;
        cr_assert(eq(ptr, rpaligned_alloc(4096, sizes[i]), NULL));
        cr_assert(eq(int, errno, ENOMEM));
        errno = 0;
        cr_assert(eq(int, rpposix_memalign(&result, 64, sizes[i]), ENOMEM));
        cr_assert(eq(ptr, result, NULL));
        cr_assert(zero(int, errno));
    }
    rpmalloc_finalize();
    assert_all_given_back();
}

static void try_thread(int index, void *context) {
    (void)index;
    rpmalloc_thread_initialize();
    *(int *)context += rpmalloc_is_thread_initialized();
    *(int *)context += rpmalloc(100) != NULL;
    *(int *)context += errno != ENOMEM;
    *(int *)context += rpmalloc_initialize() != -1;
    rpmalloc_thread_collect();
    rpmalloc_thread_reset();
}

Test(memory, a_thread_that_cannot_have_a_heap_goes_without) {
    int wrong = 0;
    start(16);
    void *block = rpmalloc(100);
    embedder.fail_at = load_relaxed(&embedder.calls);
    embedder.fail_count = SIZE_MAX / 2;

    threads_run(1, try_thread, &wrong);

    cr_assert(zero(int, wrong));
    rpfree(block);
    rpmalloc_finalize();
    assert_all_given_back();
}

Test(memory, when_memory_is_back_so_are_blocks) {
    start(16);
    embedder.fail_count = 5;

    int failures = 0;
    void *block;
    while ((block = rpmalloc(100)) == NULL && failures < 100)
        ++failures;

    cr_assert(ne(ptr, block, NULL));
    cr_assert(le(int, failures, 5));
    rpmalloc_finalize();
}

// Takes blocks until there are none of any size.
static void use_up(void) {
    for (size_t size = 4 << 20; size >= 16; size -= size > 200 ? size / 2 : 16)
        for (void *block = rpmalloc(size); block != NULL;)
            block = rpmalloc(size);
}

Test(memory, a_shrinking_realloc_keeps_its_block_when_there_is_no_other) {
    static const size_t sizes[] = {1000, 30000, 1000000, 10000000};
    start(16);
    void *first = rpmalloc(16);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        char *block = rpmalloc(sizes[i]);
        memset(block, 7, sizes[i]);
        embedder.fail_at = load_relaxed(&embedder.calls);
        embedder.fail_count = SIZE_MAX / 2;
        use_up();
        errno = 4711;
        char *shrunk = rprealloc(block, 100 + 16 * i);
        embedder.fail_count = 0;

        cr_assert(ne(ptr, shrunk, NULL), "of %zu bytes", sizes[i]);
        cr_assert(eq(int, errno, 4711));
        for (size_t k = 0; k < 100; ++k)
            cr_assert(eq(int, shrunk[k], 7));
        rpfree(shrunk);
    }

    rpfree(first);
    rpmalloc_finalize();
    assert_all_given_back();
}

// Takes blocks of `size` bytes until there are no more; returns their bytes.
static size_t fill_memory(size_t size) {
    static void *blocks[100000];
    size_t count = 0;

    while (count < 100000 && (blocks[count] = rpmalloc(size)) != NULL)
        ++count;
    for (size_t i = 0; i < count; ++i)
        rpfree(blocks[i]);
    return count * size;
}

Test(memory, a_small_pool_serves_one_size_after_another) {
    enum { POOL = 8 << 20 };
    static const size_t some[] = {8000, 100000, 200,    1000000, 30000,
                                  500,  400000, 100000, 64,      3000000};
    start(16);
    embedder.most_live = POOL;

    for (size_t i = 0; i < sizeof some / sizeof some[0]; ++i)
        cr_assert(ge(sz, fill_memory(some[i]), POOL / 2), "blocks of %zu bytes",
                  some[i]);

    rpmalloc_finalize();
    assert_all_given_back();
}

// Leaves an empty span of every class in the heap.
static void use_every_class(int index, void *context) {
    (void)index, (void)context;
    for (size_t size = 1; size < 32000; size += 1 + size / 16)
        rpfree(rpmalloc(size));
}

Test(memory, what_ended_threads_keep_is_there_for_others) {
    enum { POOL = 8 << 20 };
    start(16);
    embedder.most_live = POOL;

    threads_run(1, use_every_class, NULL);

    cr_assert(ge(sz, fill_memory(1000000), 4000000));
    rpmalloc_finalize();
    assert_all_given_back();
}

// A life with blocks of every kind and a second thread, in which calls
// fail_at .. fail_at + fail_count - 1 of the embedder fail.
static void live_with_failures(size_t offset, size_t fail_at,
                               size_t fail_count) {
    int ignored = 0;

    start(offset);
    embedder.fail_at = fail_at;
    embedder.fail_count = fail_count;
    embedder.errno_value = EDOM; // is nobody's business
    shadow_init(&shadow, 77, 100, 4 << 20);
    for (int i = 0; i < 300; ++i) {
        shadow_step(&shadow);
        if (i % 100 == 70)
            rpmalloc_thread_collect();
        if (i == 100)
            threads_run(1, try_thread, &ignored);
    }
    shadow_check(&shadow);
    shadow_free_all(&shadow);
}

// What must hold of it, whatever failed.
static void assert_lived_well(size_t fail_at) {
    struct rpmalloc_thread_statistics mine;

    rpmalloc_thread_statistics(&mine);
    cr_assert(zero(sz, shadow.mistakes), "call %zu failed: %s", fail_at,
              shadow.first_mistake);
    cr_assert(zero(sz, mine.in_use), "call %zu failed", fail_at);
    rpmalloc_finalize();
    assert_all_given_back();
}

Test(memory, when_any_one_call_fails_no_block_is_lost_or_damaged) {
    size_t calls = 1;

    for (size_t n = 0; n < calls; ++n) {
        live_with_failures(n % 3 * 8, n, 1);
        calls = load_relaxed(&embedder.calls);
        assert_lived_well(n);
    }

    cr_assert(gt(sz, calls, 30));
}

Test(memory, when_all_calls_fail_from_any_one_on_no_block_is_lost_or_damaged) {
    size_t calls = 1;

    for (size_t n = 0; n < calls; n += 1 + n / 20) {
        live_with_failures(16, n, SIZE_MAX / 2);
        if (load_relaxed(&embedder.calls) > calls)
            calls = load_relaxed(&embedder.calls);
        cr_assert(gt(sz, shadow.failures, 0));
        assert_lived_well(n);
        calls = calls > 40 ? 40 : calls;
    }
}

Test(memory, free_keeps_errno_whatever_the_embedder_does_to_it) {
    start(16);
    embedder.errno_value = EDOM;
    void *huge = rpmalloc(10000000);

    errno = 4711;
    rpfree(huge);

    cr_assert(eq(int, errno, 4711));
    rpmalloc_finalize();
}

Test(memory, posix_memalign_keeps_errno_whatever_the_embedder_does_to_it) {
    void *block = NULL;
    start(16);
    embedder.errno_value = EDOM;

    errno = 4711;
    cr_assert(zero(int, rpposix_memalign(&block, 64, 10000000)));

    cr_assert(eq(int, errno, 4711));
    rpmalloc_finalize();
}

// ---- several threads ----

static void churn(int index, void *context) {
    struct shadow *s = (struct shadow *)context + index;

    shadow_init(s, (uint64_t)index + 1, 200, 300000);
    for (int i = 0; i < 2000; ++i) {
        shadow_step(s);
        if (i % 500 == 0)
            rpmalloc_thread_collect();
        if (i % 300 == 0)
            rpmalloc_thread_reset();
    }
    shadow_free_all(s);
    rpmalloc_thread_reset();
}

Test(memory, threads_share_the_embedder) {
    enum { THREADS = 4 };
    static struct shadow shadows[THREADS];
    start(40);

    threads_run(THREADS, churn, shadows);
    rpmalloc_finalize();

    for (int i = 0; i < THREADS; ++i)
        cr_assert(zero(sz, shadows[i].mistakes), "%s",
                  shadows[i].first_mistake);
    assert_all_given_back();
}

Test(memory, threads_survive_an_embedder_that_fails_now_and_then) {
    enum { THREADS = 4 };
    static struct shadow shadows[THREADS];

    for (size_t n = 0; n < 4; ++n) {
        start(40);
        embedder.fail_at = n * 7;
        embedder.fail_count = 40;
        threads_run(THREADS, churn, shadows);
        rpmalloc_finalize();

        for (int i = 0; i < THREADS; ++i)
            cr_assert(zero(sz, shadows[i].mistakes), "%s",
                      shadows[i].first_mistake);
        assert_all_given_back();
    }
}
