// test_directory.c - what stands at a number, in a table that only grows.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/bookkeeping.h"
#include "core/memory/directory.h"
#include "core/memory/memory.h"
#include "tests/core/embedder.h"
#include "tests/core/threads.h"

enum { THREADS = 4, NUMBERS = 5 * LEAF_ENTRIES };

static struct directory directory;
static int things[2];

Test(directory, nothing_stands_anywhere_at_first) {
    cr_assert(eq(ptr, directory_get(&directory, 0), NULL));
    cr_assert(eq(ptr, directory_get(&directory, DIRECTORY_ENTRIES - 1), NULL));
}

Test(directory, what_is_put_at_a_number_stands_there_alone) {
    for (uint32_t at = 0; at < DIRECTORY_ENTRIES; at = at * 7 + 1) {
        cr_assert(
            eq(ptr, rp_directory_fill(&directory, at, &things[0]), &things[0]));

        cr_assert(eq(ptr, directory_get(&directory, at), &things[0]));
        cr_assert(eq(ptr, directory_get(&directory, at + 1), NULL));
    }
}

Test(directory, who_comes_first_stays) {
    rp_directory_fill(&directory, 3, &things[0]);

    cr_assert(
        eq(ptr, rp_directory_fill(&directory, 3, &things[1]), &things[0]));
    cr_assert(eq(ptr, directory_get(&directory, 3), &things[0]));
}

Test(directory, it_ends_somewhere) {
    uint32_t last = DIRECTORY_ENTRIES - 1;

    cr_assert(
        eq(ptr, rp_directory_fill(&directory, last, &things[0]), &things[0]));
    cr_assert(
        eq(ptr, rp_directory_fill(&directory, last + 1, &things[0]), NULL));
    cr_assert(eq(ptr, directory_get(&directory, UINT32_MAX), NULL));
}

Test(directory, without_memory_nothing_is_put_anywhere) {
    embedder_reset(0);
    embedder.fail_count = SIZE_MAX;
    struct rpmalloc_config config = embedder_config();
    rp_memory_configure(&config);

    cr_assert(eq(ptr, rp_directory_fill(&directory, 5, &things[0]), NULL));
    cr_assert(eq(ptr, directory_get(&directory, 5), NULL));
}

Test(directory, it_forgets) {
    rp_directory_fill(&directory, 5, &things[0]);

    rp_directory_reset(&directory);

    cr_assert(eq(ptr, directory_get(&directory, 5), NULL));
}

// ---- races ----

static void *found[THREADS][NUMBERS];
static char marks[THREADS];

static void fill_all(int index, void *context) {
    (void)context;
    for (uint32_t i = 0; i < NUMBERS; ++i)
        found[index][i] = rp_directory_fill(&directory, i, &marks[index]);
}

Test(directory, threads_agree_on_what_stands_there) {
    unsigned wrong = 0;

    threads_run(THREADS, fill_all, NULL);

    for (uint32_t i = 0; i < NUMBERS; ++i)
        for (int t = 0; t < THREADS; ++t)
            wrong += found[t][i] == NULL ||
                     found[t][i] != directory_get(&directory, i);
    cr_assert(zero(uint, wrong));
}
