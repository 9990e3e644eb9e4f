// placements.c - where the allocator puts blocks: one line a block.
//
// Runs a fixed sequence of calls in one thread and notes for each block its
// span and how far behind its start it lies. The lines are written
// at the end, so that writing does not allocate in between.
#include "core/rpmalloc.h"
#include "tests/core/random.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#pragma weak rpmalloc_thread_collect
#pragma weak rpmalloc_thread_reset
#pragma weak rpmalloc_place_of

enum { STEPS = 8000, PLACES = 1500, MOST_BYTES = 3 << 20 };

static struct rpmalloc_place notes[STEPS];
static void *blocks[PLACES];

static void *allocate(uint64_t *random, void *old) {
    size_t size = random_size(random, MOST_BYTES);

    switch (random_below(random, 5)) {
    case 0:
        return realloc(old, size + 1);
    case 1:
        free(old);
        return calloc(1, size);
    case 2:
        free(old);
        return memalign((size_t)16 << random_below(random, 13), size);
    default:
        free(old);
        return malloc(size);
    }
}

int main(void) {
    uint64_t random = 1;

    if (rpmalloc_thread_collect == NULL)
        return 1; // not preloaded
    for (int step = 0; step < STEPS; ++step) {
        void **block = &blocks[random_below(&random, PLACES)];
        *block = allocate(&random, *block);
        notes[step] = rpmalloc_place_of(*block);
        if (step % 2000 == 1999)
            rpmalloc_thread_collect();
        if (step % 3000 == 2999)
            rpmalloc_thread_reset();
    }
    for (int step = 0; step < STEPS; ++step)
        printf("%x %u\n", notes[step].span, notes[step].offset);
    return 0;
}
