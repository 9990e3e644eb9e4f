// test_hooks_checked.c - tests core/api/checked.c: with checks on, a block is
// what the observer makes of it, and all else is as ever.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/core/model.h"
#include "tests/core/observer.h"
#include "tests/core/shadow.h"

#include <errno.h>
#include <stdint.h>

static struct shadow shadow;

Test(checked, what_is_told_is_what_was_asked_for) {
    observer_check();
    void *first = rpmalloc(40);
    observer_clear();

    void *block = rpmalloc(40); // its list has blocks by now

    cr_assert(eq(sz, observer_count("alloc"), 1));
    cr_assert(eq(u64, observer_last("alloc")->values[2], 40));
    cr_assert(eq(sz, rpmalloc_usable_size(block), 40));
    rpfree(block);
    rpfree(first);
}

Test(checked, calls_of_all_kinds_do_what_they_do) {
    observer_check();
    shadow_init(&shadow, 5, 300, 3 << 20);

    for (int i = 0; i < 20000; ++i)
        shadow_step(&shadow);
    shadow_check(&shadow);

    cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
    cr_assert(model_matches_walk(), "%s", load_relaxed(&model.first_mistake));
    shadow_free_all(&shadow);
}

Test(checked, what_is_too_large_is_refused) {
    observer_check();
    volatile size_t most = SIZE_MAX;

    errno = 0;
    cr_assert(eq(ptr, rpmalloc(most), NULL));
    cr_assert(eq(int, errno, ENOMEM));
    cr_assert(eq(ptr, rpcalloc(most, 2), NULL));
    cr_assert(eq(ptr, rpaligned_alloc(4096, most), NULL));
}

Test(checked, a_heap_of_the_program_s_own_frees_all_of_its_blocks) {
    observer_check();
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    observer_clear();

    for (int i = 0; i < 100; ++i)
        cr_assert(rpmalloc_heap_alloc(heap, 500) != NULL);
    cr_assert(rpmalloc_heap_calloc(heap, 3, 100000) != NULL);
    cr_assert(rpmalloc_heap_aligned_alloc(heap, 256, 20000000) != NULL);
    rpmalloc_heap_free(heap, rpmalloc_heap_alloc(heap, 10));
    rpmalloc_heap_free_all(heap);

    cr_assert(eq(sz, observer_count("heap_end"), 1));
    cr_assert(eq(sz, observer_count("free"), observer_count("alloc")));
    cr_assert(model_matches_walk(), "%s", load_relaxed(&model.first_mistake));
    rpmalloc_heap_release(heap);
}
