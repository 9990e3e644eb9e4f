// test_hooks_model.c - the hooks tell the truth: a model rebuilt from them
// equals what rp_walk finds by looking, block for block.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/core/model.h"
#include "tests/core/observer.h"
#include "tests/core/random.h"
#include "tests/core/shadow.h"
#include "tests/core/threads.h"

#include <sys/mman.h>

enum { THREADS = 4 };

static struct shadow shadows[THREADS];

static void assert_model(void) {
    cr_assert(model_matches_walk(), "%s", load_relaxed(&model.first_mistake));
    cr_assert(zero(sz, load_relaxed(&model.mistakes)), "%s",
              load_relaxed(&model.first_mistake));
}

static void assert_shadow(struct shadow *s) {
    cr_assert(zero(sz, s->mistakes), "%s", s->first_mistake);
}

Test(hooks, an_event_tells_what_was_asked_for) {
    observer_clear();

    void *block = rpaligned_alloc(64, 1000);

    const struct observed *call = observer_last("alloc");
    cr_assert(ne(ptr, (void *)(uintptr_t)call, NULL));
    cr_assert(eq(u64, call->values[2], 1000));
    cr_assert(eq(u64, call->values[3], RP_ALLOC_ALIGNED));
    cr_assert(eq(u64, call->values[4], 64));
    rpfree(block);
}

Test(hooks, a_failed_call_is_no_event) {
    rpfree(rpmalloc(1));
    observer_clear();
    volatile size_t most = SIZE_MAX, three = 3; // or compilers object

    cr_assert(eq(ptr, rpmalloc(most), NULL));
    cr_assert(eq(ptr, rpcalloc(most, most), NULL));
    cr_assert(eq(ptr, rpaligned_alloc(three, 1), NULL));

    cr_assert(zero(sz, observer_total()));
}

Test(hooks, a_realloc_that_moves_is_an_allocation_and_then_a_free) {
    void *block = rpmalloc(100);
    observer_clear();

    block = rprealloc(block, 5000);

    cr_assert(eq(sz, observer_count("alloc"), 1));
    cr_assert(eq(sz, observer_count("free"), 1));
    cr_assert(eq(u64, observer_last("alloc")->values[3], RP_ALLOC_REALLOC));
    cr_assert(observer_last("free") > observer_last("alloc"));
    rpfree(block);
}

Test(hooks, a_realloc_in_place_is_a_resize) {
    void *block = rpmalloc(100);
    observer_clear();

    block = rprealloc(block, 101);

    cr_assert(eq(sz, observer_total(), 1));
    cr_assert(eq(u64, observer_last("resize")->values[2], 101));
    rpfree(block);
}

static void *ask_elsewhere(void *block) {
    void *own = rpmalloc(100); // so that the thread has a heap

    rpmalloc_usable_size(block);
    rpfree(own);
    return NULL;
}

Test(hooks, a_size_is_asked_of_a_foreign_block_where_the_span_is_not_ones_own) {
    void *block = rpmalloc(100), *large = rpmalloc(300000);
    pthread_t thread;

    rpmalloc_usable_size(block);
    cr_assert(eq(u64, observer_last("usable_size")->values[2], 0));
    rpmalloc_usable_size(large); // any thread may have got it
    cr_assert(eq(u64, observer_last("usable_size")->values[2], 1));
    pthread_create(&thread, NULL, ask_elsewhere, block);
    pthread_join(thread, NULL);
    cr_assert(eq(u64, observer_last("usable_size")->values[2], 1));
    rpfree(block);
    rpfree(large);
}

Test(hooks, the_model_of_one_thread_equals_the_walk_at_every_moment) {
    struct shadow *s = &shadows[0];
    shadow_init(s, 11, 600, 3 << 20);

    for (int i = 0; i < 15000; ++i) {
        shadow_step(s);
        if (i % 500 == 0)
            assert_model();
        if (i % 3000 == 0)
            rpmalloc_thread_collect();
        if (i % 2500 == 0)
            rpmalloc_thread_reset();
    }

    assert_shadow(s);
    assert_model();
}

Test(hooks, the_model_counts_the_blocks_that_the_program_has) {
    struct shadow *s = &shadows[0];
    shadow_init(s, 12, 2000, 100000);
    size_t live = 0;

    for (int i = 0; i < 20000; ++i)
        shadow_step(s);
    for (size_t i = 0; i < MODEL_SPANS; ++i)
        live += load_relaxed(&model.spans[i].live);
    for (size_t i = 0; i < MODEL_HUGE; ++i)
        live += load_relaxed(&model.huge[i].live);

    cr_assert(eq(sz, live, shadow_count(s)));
}

Test(hooks, the_bytes_that_are_held_equal_the_statistics_at_every_moment) {
    struct shadow *s = &shadows[0];
    struct rpmalloc_global_statistics now;
    shadow_init(s, 13, 500, 8 << 20);

    for (int i = 0; i < 2500; ++i) {
        shadow_step(s);
        rpmalloc_global_statistics(&now);
        if (now.mapped != load_relaxed(&model.held))
            cr_assert(eq(sz, now.mapped, load_relaxed(&model.held)));
    }
}

// Each thread works on its own shadow, and frees some blocks of the others.
struct exchange {
    _Atomic(void *) shelf[512];
};

static void work(int index, void *context) {
    struct exchange *exchange = context;
    struct shadow *s = &shadows[index];

    shadow_init(s, (uint64_t)index + 100, 500, 70000);
    for (int i = 0; i < 15000; ++i) {
        if (i % 4 != 0) {
            shadow_step(s);
            continue;
        }
        void *fresh = rpmalloc(random_size(&s->random, 3000));
        size_t place = random_below(&s->random, 512);
        // A block changes hands: its bytes are not looked at any more.
        rpfree(swap_acq_rel(&exchange->shelf[place], fresh));
        if (i % 5000 == 0)
            rpmalloc_thread_reset();
    }
    if (index % 2 == 0)
        rpmalloc_thread_reset();
}

Test(hooks, the_model_of_several_threads_equals_the_walk_when_they_stop) {
    static struct exchange exchange;

    for (int round = 0; round < 2; ++round) {
        threads_run(THREADS, work, &exchange);
        assert_model();
        for (int i = 0; i < THREADS; ++i) {
            shadow_free_all(&shadows[i]);
            assert_shadow(&shadows[i]);
        }
        assert_model();
    }
}

static void assert_replay(void) {
    cr_assert(model_matches_replay(), "%s", load_relaxed(&model.first_mistake));
    assert_model();
}

Test(hooks, a_replay_tells_what_the_events_told) {
    struct shadow *s = &shadows[0];
    shadow_init(s, 15, 1000, 6 << 20);

    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 1500; ++i)
            shadow_step(s);
        assert_replay();
        rpmalloc_thread_collect();
        assert_replay();
        rpmalloc_thread_reset();
        assert_replay();
    }

    assert_shadow(s);
}

Test(hooks, a_replay_tells_what_several_threads_left) {
    static struct exchange exchange;

    threads_run(THREADS, work, &exchange);

    assert_replay();
}

Test(hooks, a_replay_of_nothing_tells_nothing) {
    observer_clear();

    cr_assert(model_matches_replay());

    cr_assert(zero(sz, observer_total()));
}

// Spans with few blocks, whose other pages are gone.
Test(hooks, the_model_knows_which_pages_are_gone) {
    enum { COUNT = 20000 };
    static void *blocks[COUNT];

    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < COUNT; ++i)
            if (blocks[i] == NULL)
                blocks[i] = rpmalloc(100 + i % 4 * 200);
        for (size_t i = 0; i < COUNT; ++i)
            if (i % 97 != 0) {
                rpfree(blocks[i]);
                blocks[i] = NULL;
            }
        rpmalloc_thread_collect();
        assert_model();
        assert_replay();
    }

    cr_assert(gt(sz, observer_count("span_decommit"), 100));
}

static void lock_memory(void) {
    if (mlockall(MCL_CURRENT) != 0)
        cr_skip_test("memory cannot be locked here");
}

Test(hooks, pages_that_did_not_go_do_not_come) {
    enum { COUNT = 5000 };
    static void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; ++i)
        blocks[i] = rpmalloc(300);
    lock_memory();

    for (size_t i = 0; i < COUNT; ++i)
        if (i % 97 != 0)
            rpfree(blocks[i]);
    rpmalloc_thread_collect();
    for (size_t i = 0; i < COUNT; ++i)
        if (i % 97 != 0)
            blocks[i] = rpmalloc(300);

    assert_model();
}

// Blocks of first-class heaps, small, large and huge; some freed by a thread.
static void *heap_blocks[300];

static void free_heap_blocks(void *context) {
    for (size_t i = *(size_t *)context; i < 300; i += 3)
        rpfree(heap_blocks[i]);
    rpmalloc_thread_reset();
}

Test(hooks, the_model_knows_the_blocks_of_first_class_heaps) {
    uint64_t random = 1;
    size_t by_thread = 0;

    for (int round = 0; round < 10; ++round) {
        struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
        for (size_t i = 0; i < 300; ++i)
            heap_blocks[i] =
                rpmalloc_heap_alloc(heap, random_size(&random, 5 << 20));
        assert_model();
        thread_run(free_heap_blocks, &by_thread);
        assert_model();
        for (size_t i = 1; i < 300; i += 3)
            rpmalloc_heap_free(heap, heap_blocks[i]);
        assert_replay();
        if (round % 2 == 0)
            rpmalloc_heap_free_all(heap);
        rpmalloc_heap_release(heap);
        assert_model();
        if (round % 2 == 0)
            continue;
        by_thread = 2;
        thread_run(free_heap_blocks, &by_thread);
        by_thread = 0;
        assert_replay();
    }
}

Test(hooks, nothing_is_left_after_finalize) {
    struct shadow *s = &shadows[0];
    shadow_init(s, 14, 500, 8 << 20);
    for (int i = 0; i < 2500; ++i)
        shadow_step(s);
    shadow_free_all(s);

    rpmalloc_finalize();

    cr_assert(zero(sz, load_relaxed(&model.held)));
    assert_model();
}
