// foreign.c - a thread frees what another one has allocated: in order, or from
// span to span; and a thread that has never allocated.
//
// Arguments: thousands of blocks that are freed, of 100 at the most; order (0:
// as they were allocated, 1: each is of another span than the one before);
// whether the thread allocates something first.
#include "bench.h"

enum { BLOCKS = 100000, SIZE = 64, SPAN = 64 << 10 };

static void *blocks[BLOCKS];
static size_t count, is_strided, allocates;

static void *free_some(void *argument) {
    size_t step = is_strided ? SPAN / SIZE : 1;
    size_t left = count;

    if (allocates) {
        free(malloc(SIZE));
    }
    for (size_t first = 0; first < step; first++) {
        for (size_t i = first; i < BLOCKS && left > 0; i += step, left--) {
            free(blocks[i]);
        }
    }
    return argument;
}

int main(int argc, char **argv) {
    count = bench_argument(argc, argv, 1, 100) * 1000;
    is_strided = bench_argument(argc, argv, 2, 0);
    allocates = bench_argument(argc, argv, 3, 1);
    if (count > BLOCKS) {
        bench_fail("there are 100 thousand blocks");
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = bench_take(SIZE);
    }
    bench_join(bench_start(free_some, NULL));
    return 0;
}
