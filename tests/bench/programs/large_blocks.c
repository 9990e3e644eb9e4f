// large_blocks.c - 100 live blocks of 32 KiB to 2 MiB, replaced at random; one
// word of each page is written.
//
// What it finds out: whether blocks of several pages are kept and re-used, or
// cost a system call and fresh pages each time; and what keeping them costs.
//
// Arguments: rounds of 1,000 replacements.
#include "bench.h"

enum {
    BLOCKS = 100,
    STEPS = 1000,
    SIZE_LOW = 32 << 10,
    SIZE_HIGH = 2 << 20,
    PAGE = 4096,
};

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 20);
    struct bench_random random = bench_seed(0);
    void *blocks[BLOCKS] = {NULL};
    size_t sizes[BLOCKS];
    uint64_t sum = 0;

    for (unsigned long i = 0; i < rounds * STEPS; i++) {
        uint32_t slot = bench_below(&random, BLOCKS);
        if (blocks[slot]) {
            bench_give(blocks[slot], sizes[slot]);
        }
        size_t size = bench_skewed(&random, SIZE_LOW, SIZE_HIGH);
        volatile uint8_t *block = bench_take(size);
        for (size_t at = PAGE; at < size - 1; at += PAGE) {
            block[at] = (uint8_t)at;
        }
        blocks[slot] = (void *)(uintptr_t)block;
        sizes[slot] = size;
        sum += size;
    }
    for (uint32_t slot = 0; slot < BLOCKS; slot++) {
        if (blocks[slot]) {
            bench_give(blocks[slot], sizes[slot]);
        }
    }
    return bench_report(sum);
}
