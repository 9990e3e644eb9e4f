// first_allocation.c - what the library asks of its embedder, and when.
//
// Linked with the static library, it plays the embedder. Each line of output:
// the moment, calls so far, bytes so far, with tabs between.
#include <stdio.h>
#include <stdlib.h>

#include "core/rpmalloc.h"

static unsigned long calls;
static size_t bytes;

void *rpmalloc_allocate_memory_external(size_t size) {
    calls++;
    bytes += size;
    return malloc(size);
}

void rpmalloc_deallocate_memory_external(void *pointer) {
    free(pointer);
}

static void note(const char *moment) {
    printf("%s\t%lu\t%zu\n", moment, calls, bytes);
}

// One block that stays allocated, so that no later one takes its place.
static void take(size_t size) {
    if (!rpmalloc(size)) {
        fputs("first_allocation: rpmalloc returned NULL\n", stderr);
        exit(1);
    }
}

int main(void) {
    if (rpmalloc_initialize()) {
        perror("first_allocation: rpmalloc_initialize");
        return 1;
    }
    note("after initialize");
    rpmalloc_thread_initialize();
    note("after thread initialize");
    take(64);
    note("after the first block of 64 B");
    for (size_t size = 16; size <= 1024; size += 16) {
        take(size);
    }
    note("after a block of each size up to 1 KiB");
    return 0;
}
