// malloc_large.c - 20 buffers of 5 to 25 MiB, replaced at random and written in
// full.
//
// After the test of that name in mimalloc-bench (from Stolyarov's report to
// mimalloc). What it finds out: does the allocator fault in fresh zero pages
// for each buffer, and does it keep the memory of the old one?
//
// Arguments: replacements.
#include "bench.h"

enum {
    BUFFERS = 20,
    SIZE_LOW = 5 << 20,
    SIZE_HIGH = 25 << 20,
};

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 20);
    struct bench_random random = bench_seed(0);
    void *buffers[BUFFERS] = {NULL};
    size_t sizes[BUFFERS];
    uint64_t sum = 0;

    for (unsigned long i = 0; i < rounds; i++) {
        uint32_t slot = bench_below(&random, BUFFERS);
        if (buffers[slot]) {
            bench_give(buffers[slot], sizes[slot]);
        }
        size_t size = bench_between(&random, SIZE_LOW, SIZE_HIGH);
        void *buffer = malloc(size);
        if (!buffer) {
            bench_fail("malloc returned NULL");
        }
        memset(buffer, 0, size);
        bench_stamp(buffer, size);
        buffers[slot] = buffer;
        sizes[slot] = size;
        sum += size;
    }
    for (uint32_t slot = 0; slot < BUFFERS; slot++) {
        if (buffers[slot]) {
            bench_give(buffers[slot], sizes[slot]);
        }
    }
    return bench_report(sum);
}
