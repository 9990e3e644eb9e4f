// test_pool.c - memory that is counted, limited, and given back at once.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "viewer/base/pool.h"

static struct pool pool;

static void begin(void) {
    pool_start(&pool, 10000);
}

static void end(void) {
    pool_free(&pool);
}

TestSuite(pool, .init = begin, .fini = end);

Test(pool, counts_what_is_asked_for_and_given_back) {
    char *a = pool_get(&pool, 1000), *b = pool_zeroed(&pool, 10, 100);
    uint64_t both = pool.bytes;

    memset(a, 1, 1000);
    cr_expect(both >= 2000 && both < 2200);
    cr_expect(eq(i8, b[999], 0));
    b = pool_resize(&pool, b, 10, 200);
    cr_expect(eq(u64, pool.bytes, both + 1000));
    pool_give(&pool, a);
    pool_give(&pool, b);

    cr_expect(eq(u64, pool.bytes, 0));
    cr_expect(eq(u64, pool.most, both + 1000));
}

Test(pool, blocks_that_move_stay_in_the_list) {
    char *blocks[20];
    for (size_t i = 0; i < 20; i++)
        blocks[i] = pool_get(&pool, 1);
    for (size_t i = 0; i < 20; i += 2)
        blocks[i] = pool_resize(&pool, blocks[i], 1, 300);
    for (size_t i = 0; i < 20; i += 3)
        pool_give(&pool, blocks[i]);

    pool_free(&pool);

    cr_expect(eq(u64, pool.bytes, 0));
}

// Asks for more and more, up to the limit; how much it got.
static uint64_t ask(struct failure *failure) {
    volatile uint64_t got = 0;
    jmp_buf out;
    if (pool_try(&pool, out)) {
        for (;;) {
            pool_get(&pool, 100);
            got = got + 100;
        }
    }
    pool_done(&pool);
    pool_fail(&pool, "a.rptrace", failure);
    return got;
}

Test(pool, work_ends_at_the_limit_with_a_sentence) {
    struct failure failure;

    uint64_t got = ask(&failure);

    cr_expect(got > 5000 && got < 10000);
    cr_expect(pool.most <= 10000);
    cr_expect(strncmp(failure.text, "a.rptrace: reading the trace takes more",
                      39) == 0,
              "%s", failure.text);
    pool_free(&pool);
    cr_expect(eq(u64, ask(&failure), got));
}

static uint64_t more(const void *context) {
    return *(const uint64_t *)context;
}

Test(pool, a_limit_that_is_explained_goes_up) {
    static uint64_t explained = 20000;
    struct failure failure;
    pool.explained = more;
    pool.context = &explained;

    cr_expect(ask(&failure) > 10000);

    cr_expect(pool.most > 10000 && pool.most <= 20000);
}

Test(pool, a_size_that_cannot_be_is_refused) {
    struct failure failure;
    volatile bool refused = true;
    jmp_buf out;

    if (pool_try(&pool, out)) {
        pool_zeroed(&pool, SIZE_MAX / 2, 8);
        refused = false;
    }

    pool_done(&pool);
    pool_fail(&pool, "a.rptrace", &failure);
    cr_expect(refused);
    cr_expect(eq(u64, pool.bytes, 0));
}
