// test_external.c - memory from functions that the program is linked with.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/core/embedder.h"

#include <stdlib.h>

static size_t calls, returns;

void *rpmalloc_allocate_memory_external(size_t size) {
    ++calls;
    return malloc(size);
}

void rpmalloc_deallocate_memory_external(void *pointer) {
    ++returns;
    free(pointer);
}

Test(external, the_functions_serve_without_being_named) {
    rpfree(rpmalloc(100));
    rpfree(rpmalloc(10000000));

    cr_assert(eq(sz, calls, 2));
    cr_assert(eq(sz, returns, 1));
}

Test(external, finalize_gives_everything_back) {
    for (int i = 0; i < 1000; ++i)
        cr_assert(ne(ptr, rpmalloc((size_t)i * 100), NULL));

    rpmalloc_finalize();

    cr_assert(gt(sz, calls, 0));
    cr_assert(eq(sz, returns, calls));
}

Test(external, functions_of_a_config_go_first) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(16);
    rpmalloc_initialize_config(&config);

    rpfree(rpmalloc(100));

    cr_assert(zero(sz, calls));
    cr_assert(gt(sz, load_relaxed(&embedder.calls), 0));
    rpmalloc_finalize();
}
