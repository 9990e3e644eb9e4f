// test_commit.c - an embedder that gives the memory of a part of a segment
// back, and knows itself by a pointer.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/base/atomic.h"
#include "core/rpmalloc.h"
#include "tests/core/shadow.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { SPAN = 65536, JUNK = 0xa5, BLOCKS = 3000 };

static struct pool {
    size_t mapped, gone; // bytes
    size_t mistakes, commits, decommits;
    int refuses_commit, refuses_decommit;
} pool;

static void *blocks[BLOCKS];
static struct shadow shadow;

static void expect(int condition) {
    pool.mistakes += !condition;
}

static void *map(void *user, size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    expect(user == &pool);
    if (memory == MAP_FAILED)
        return NULL;
    memset(memory, JUNK, size < 1 << 20 ? size : 1 << 20);
    pool.mapped += size;
    return memory;
}

static void unmap(void *user, void *memory, size_t size) {
    expect(user == &pool);
    expect(munmap(memory, size) == 0);
    pool.mapped -= size;
}

static int decommit(void *user, void *address, size_t size) {
    expect(user == &pool && (uintptr_t)address % SPAN == 0 && size > 0 &&
           size % SPAN == 0);
    if (pool.refuses_decommit)
        return EBUSY;
    expect(madvise(address, size, MADV_DONTNEED) == 0);
    expect(mprotect(address, size, PROT_NONE) == 0);
    pool.gone += size;
    ++pool.decommits;
    return 0;
}

static int commit(void *user, void *address, size_t size) {
    expect(user == &pool && (uintptr_t)address % SPAN == 0 && size > 0 &&
           size % SPAN == 0);
    if (pool.refuses_commit)
        return ENOMEM;
    expect(mprotect(address, size, PROT_READ | PROT_WRITE) == 0);
    memset(address, JUNK, size); // what it holds is anything
    pool.gone -= size;
    ++pool.commits;
    return 0;
}

static const struct rpmalloc_config config = {
    .user = &pool,
    .map_memory = map,
    .unmap_memory = unmap,
    .decommit_memory = decommit,
    .commit_memory = commit,
};

static void start(void) {
    memset(&pool, 0, sizeof pool);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
}

static void end(void) {
    rpmalloc_finalize();
    cr_assert(zero(sz, pool.mistakes));
    cr_assert(zero(sz, pool.mapped));
}

// 62 MiB, of which every 250th block stays; returns what was mapped for all.
static size_t fill_and_pin(void) {
    for (int i = 0; i < BLOCKS; ++i)
        blocks[i] = rpmalloc(16000);
    size_t most = pool.mapped;
    for (int i = 0; i < BLOCKS; ++i)
        if (i % 250 != 0)
            rpfree(blocks[i]);
    rpmalloc_thread_collect();
    return most;
}

Test(commit, what_a_live_span_pins_gives_its_memory_back) {
    start();
    size_t most = fill_and_pin(), gone = pool.gone;

    for (int i = 0; i < BLOCKS; ++i)
        if (i % 250 != 0)
            blocks[i] = memset(rpmalloc(16000), 1, 16000);

    cr_assert(ge(sz, gone, 30 << 20), "%zu bytes of %zu", gone, most);
    cr_assert(gt(sz, pool.commits, 0));
    cr_assert(le(sz, pool.mapped, most + (4 << 20)), "%zu", pool.mapped);
    end();
}

Test(commit, no_block_is_damaged_and_calloc_gives_zeroes) {
    start();
    for (uint64_t seed = 1; seed < 5; ++seed) {
        shadow_init(&shadow, seed, 500, 400000);
        for (int i = 0; i < 4000; ++i) {
            shadow_step(&shadow);
            if (i % 100 == 0)
                rpmalloc_thread_collect();
        }
        shadow_check(&shadow);
        cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
        shadow_free_all(&shadow);
    }
    cr_assert(gt(sz, pool.commits, 10));
    end();
}

Test(commit, what_cannot_be_committed_or_decommitted_is_no_harm) {
    start();
    pool.refuses_decommit = 1;
    fill_and_pin();
    cr_assert(zero(sz, pool.gone));
    pool.refuses_decommit = 0;
    rpmalloc_thread_collect();
    cr_assert(gt(sz, pool.gone, 0));
    pool.refuses_commit = 1;
    int failures = 0;

    for (int i = 0; i < BLOCKS; ++i)
        if (i % 250 != 0)
            failures += (blocks[i] = rpmalloc(16000)) == NULL;
    pool.refuses_commit = 0;
    void *block = rpmalloc(16000);

    cr_assert(gt(int, failures, 0));
    cr_assert(ne(ptr, block, NULL));
    end();
}

static void assert_refused(struct rpmalloc_config wrong) {
    errno = 0;
    cr_assert(eq(int, rpmalloc_initialize_config(&wrong), -1));
    cr_assert(eq(int, errno, EINVAL));
}

static void *allocate(size_t size) {
    return map(&pool, size);
}

static void deallocate(void *memory) {
    (void)memory;
}

Test(commit, functions_that_do_not_go_together_are_refused) {
    struct rpmalloc_config wrong = config;

    wrong.unmap_memory = NULL;
    assert_refused(wrong);
    wrong = config;
    wrong.commit_memory = NULL;
    assert_refused(wrong);
    wrong = config;
    wrong.allocate_memory = allocate;
    wrong.deallocate_memory = deallocate;
    assert_refused(wrong);
    // Of the system's memory there is nothing to be told.
    assert_refused((struct rpmalloc_config){.decommit_memory = decommit,
                                            .commit_memory = commit});
}
