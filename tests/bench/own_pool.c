// own_pool.c - what the library asks of an embedder for each byte of blocks of
// one size.
//
// Linked with the static library, it plays the embedder.
//
// Arguments: bytes of a block, MiB.
#include <stdio.h>
#include <stdlib.h>

#include "core/rpmalloc.h"
#include "programs/bench.h"

static size_t held; // bytes, and never given back here

void *rpmalloc_allocate_memory_external(size_t size) {
    held += size;
    return malloc(size);
}

void rpmalloc_deallocate_memory_external(void *pointer) {
    free(pointer);
}

int main(int argc, char **argv) {
    size_t size = bench_argument(argc, argv, 1, 1 << 20);
    size_t count = (bench_argument(argc, argv, 2, 200) << 20) / size;

    if (rpmalloc_initialize()) {
        bench_fail("rpmalloc_initialize failed");
    }
    for (size_t i = 0; i < count; i++) {
        if (!rpmalloc(size)) {
            bench_fail("rpmalloc returned NULL");
        }
    }
    printf("mapped / asked\t%.3f\n", (double)held / (double)(count * size));
    return 0;
}
