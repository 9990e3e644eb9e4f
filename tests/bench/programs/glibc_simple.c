// glibc_simple.c - one thread, one size after the other, freed in three orders.
//
// After bench-malloc-simple of glibc. What it finds out: the plain speed of
// small sizes, from one block at a time to more than fit any per-thread cache.
//
// Arguments: rounds.
#include "bench.h"

enum { BLOCKS_MAX = 1600 };

static const size_t sizes[] = {16, 64, 128, 256, 512, 1024};
static const uint32_t counts[] = {25, 100, 400, BLOCKS_MAX};

static void *blocks[BLOCKS_MAX];

static void fill(uint32_t count, size_t size) {
    for (uint32_t i = 0; i < count; i++) {
        blocks[i] = bench_take(size);
    }
}

static void run(uint32_t count, size_t size) {
    fill(count, size); // freed in the order of allocation
    for (uint32_t i = 0; i < count; i++) {
        bench_give(blocks[i], size);
    }
    fill(count, size); // the newest first
    for (uint32_t i = count; i-- > 0;) {
        bench_give(blocks[i], size);
    }
    fill(count, size); // the even ones, then the odd ones
    for (uint32_t i = 0; i < count; i += 2) {
        bench_give(blocks[i], size);
    }
    for (uint32_t i = 1; i < count; i += 2) {
        bench_give(blocks[i], size);
    }
}

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 100);
    uint64_t sum = 0;

    for (unsigned long round = 0; round < rounds; round++) {
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
                run(counts[c], sizes[s]);
                sum += counts[c] * sizes[s];
            }
        }
    }
    return bench_report(sum);
}
