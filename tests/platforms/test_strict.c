// test_strict.c - memory that was given back and is refused when it is wanted
// again: NULL and ENOMEM, or other memory, and nothing is lost.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/platforms/strict.h"

#include <errno.h>
#include <string.h>

enum { BLOCKS = 120, SIZE = 120000 };

static unsigned char *blocks[BLOCKS];

// Free spans without memory, beside blocks that live.
static void give_memory_back(void) {
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = rpmalloc(SIZE);
        memset(blocks[i], 1, SIZE);
    }
    for (size_t i = 0; i < BLOCKS; ++i)
        if (i % 8 != 0) {
            rpfree(blocks[i]);
            blocks[i] = NULL;
        }
    rpmalloc_thread_collect();
}

static size_t free_bytes(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now.segment_free + now.global_cache + now.thread_cache;
}

Test(strict, memory_that_was_given_back_is_committed_before_it_is_used) {
    give_memory_back();

    for (size_t i = 0; i < BLOCKS; ++i)
        if (blocks[i] == NULL)
            memset(blocks[i] = rpmalloc(SIZE), 2, SIZE);

    cr_assert(gt(sz, load_relaxed(&strict_commits), 0));
    for (size_t i = 0; i < BLOCKS; ++i)
        cr_assert(eq(int, blocks[i][SIZE - 1], i % 8 == 0 ? 1 : 2));
}

Test(strict, a_request_is_refused_when_its_memory_does_not_come_back) {
    give_memory_back();
    size_t before = free_bytes();
    store_relaxed(&strict_refuses, 1);

    errno = 0;
    void *large = rpmalloc(SIZE);
    int why = errno;

    cr_assert(zero(ptr, large));
    cr_assert(eq(int, why, ENOMEM));
    cr_assert(gt(sz, load_relaxed(&strict_refusals), 0));
    cr_assert(eq(sz, free_bytes(), before));
}

Test(strict, nothing_is_lost_when_memory_comes_back_later) {
    give_memory_back();
    size_t before = free_bytes();
    store_relaxed(&strict_refuses, 1);
    for (int i = 0; i < 50; ++i)
        rpfree(rpmalloc(SIZE));
    store_relaxed(&strict_refuses, 0);

    for (size_t i = 0; i < BLOCKS; ++i)
        if (blocks[i] == NULL)
            memset(blocks[i] = rpmalloc(SIZE), 2, SIZE);

    for (size_t i = 0; i < BLOCKS; ++i) {
        cr_assert(eq(int, blocks[i][0], i % 8 == 0 ? 1 : 2));
        if (i % 8 != 0)
            rpfree(blocks[i]);
    }
    rpmalloc_thread_collect();
    cr_assert(eq(sz, free_bytes(), before));
}
