// test_stuck.c - a process that has as many mappings as it may gives back all
// the same, a little later.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BYTES = 1 << 20, COUNT = 16, PAGE = 4096, MOST = 1 << 20 };

static char *filler;
static void *parts[COUNT];

// Uses all mappings up that there may be; 0: there are too many.
static int fill_mappings(void) {
    filler = mmap(NULL, (size_t)MOST * PAGE, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (size_t i = 1; i < MOST; i += 2)
        if (mprotect(filler + i * PAGE, PAGE, PROT_READ) != 0)
            return 1;
    return 0;
}

// Pages of all parts that are in memory; -1: some have no addresses any more.
static int resident(int part) {
    unsigned char pages[BYTES / PAGE];
    int count = 0;

    if (mincore(parts[part], BYTES, pages) != 0)
        return -1;
    for (size_t i = 0; i < BYTES / PAGE; ++i)
        count += pages[i] & 1;
    return count;
}

Test(stuck, what_is_not_unmapped_loses_its_pages_and_is_tried_again) {
    for (int i = 0; i < COUNT; ++i) {
        parts[i] = rp_memory_map(BYTES, 65536);
        memset(parts[i], 1, BYTES);
    }
    if (!fill_mappings())
        cr_skip_test("there may be too many mappings");

    // From the middle of one mapping: each makes one more of it.
    for (int i = 1; i < COUNT; i += 2)
        rp_memory_unmap(parts[i], BYTES);
    int pages = 0;
    for (int i = 1; i < COUNT; i += 2)
        pages += resident(i) > 0 ? resident(i) : 0;
    munmap(filler, (size_t)MOST * PAGE);
    rp_memory_unmap(parts[0], BYTES);

    cr_assert(gt(int, pages, 0), "nothing was refused");
    cr_assert(le(int, pages, COUNT));
    for (int i = 1; i < COUNT; i += 2)
        cr_assert(eq(int, resident(i), -1));
}
